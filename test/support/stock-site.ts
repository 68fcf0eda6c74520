import type { Entity, Link, Schemas } from '../../src/protocol/content.js';
import type { MemoryContent } from '../../src/stores/memory.js';

export const [page, topic, user, home] = [
  'api::page.page',
  'api::topic.topic',
  'api::user.user',
  'api::home.home',
];
export const [file, folder] = ['plugin::upload.file', 'plugin::upload.folder'];
const locale = 'plugin::i18n.locale';
export const teaser = 'shared.teaser';

const relation = (kind: string, target: string, more: object = {}) => ({
  type: 'relation',
  relation: kind,
  target,
  ...more,
});

const schemas: Schemas = Object.fromEntries(
  Object.entries({
    [page]: {
      attributes: {
        title: { type: 'string' },
        cover: { type: 'media', multiple: false },
        pictures: { type: 'media', multiple: true },
        topics: relation('manyToMany', topic, { inversedBy: 'pages' }),
        writer: relation('manyToOne', user, { inversedBy: 'pages' }),
        about: { type: 'relation', relation: 'morphToOne' },
        teasers: { type: 'component', component: teaser, repeatable: true },
      },
    },
    [topic]: {
      attributes: { name: { type: 'string' }, pages: relation('manyToMany', page, { mappedBy: 'topics' }) },
    },
    [user]: {
      attributes: { name: { type: 'string' }, pages: relation('oneToMany', page, { mappedBy: 'writer' }) },
    },
    [home]: { kind: 'singleType', attributes: { best: relation('oneToMany', page) } },
    [teaser]: {
      attributes: { text: { type: 'string' }, topic: relation('oneToOne', topic), image: { type: 'media' } },
    },
    [file]: {
      attributes: { name: { type: 'string' }, related: { type: 'relation', relation: 'morphToMany' } },
    },
    [folder]: { attributes: { path: { type: 'string' }, pathId: { type: 'integer', unique: true } } },
    [locale]: { attributes: { code: { type: 'string' } } },
  }).map(([uid, schema]) => [uid, { uid, ...schema }]),
);

type Fields = Readonly<Record<string, unknown>>;

export const row = (type: string, id: number, documentId: string, data: Fields = {}): Entity => ({
  ...{ type, id },
  data: { documentId, updatedAt: '2026-11-01T00:00:00.000Z', ...data },
});

export const fileRow = (id: number, documentId: string, data: Fields = {}): Entity =>
  row(file, id, documentId, {
    ...{
      name: `${documentId}.png`,
      hash: documentId,
      ext: '.png',
      size: 1,
      url: `/uploads/${documentId}.png`,
    },
    ...{ formats: null, folderPath: '/', ...data },
  });

type End = readonly [type: string, ref: number, field?: string | undefined, pos?: number | undefined];

const end = ([type, ref, field, pos]: End) => ({
  ...{ type, ref },
  ...(field === undefined ? {} : { field }),
  ...(pos === undefined ? {} : { pos }),
});

export const link = (name: string, left: End, right: End): Link => ({
  kind: name.startsWith('morph') ? 'relation.morph' : 'relation.basic',
  relation: name,
  left: end(left),
  right: end(right),
});

/** A file that a row shows. */
export const shows = (id: number, [type, ref, field, pos]: End): Link =>
  link('morphToMany', [file, id, 'related'], [type, ref, field, pos ?? 1]);

export const site = (entities: readonly Entity[], links: readonly Link[] = []): MemoryContent => ({
  metadata: { createdAt: '2026-11-30T00:00:00.000Z', strapi: { version: '5.54.0' } },
  schemas,
  entities,
  links,
  configuration: [],
  assets: entities.flatMap(({ type, id, data }) =>
    type === file
      ? [{ filename: `${data['hash']}.png`, metadata: { id, hash: data['hash'] }, bytes: new Uint8Array(3) }]
      : [],
  ),
});

/** The same content in another order of its rows, its links, and the keys of each: a PostgreSQL promises none. */
export const reordered = (content: MemoryContent): MemoryContent => ({
  ...content,
  entities: content.entities
    .map((one) => ({ ...one, data: otherKeys(one.data) as Entity['data'] }))
    .reverse(),
  links: [...content.links].reverse(),
});

function otherKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(otherKeys);
  if (typeof value !== 'object' || value === null) return value;
  const fields = Object.entries(value).reverse();
  return Object.fromEntries(fields.map(([name, inner]) => [name, otherKeys(inner)]));
}
