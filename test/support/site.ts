import type { Entity, Link, Schemas } from '../../src/protocol/content.js';
import type { MemoryContent } from '../../src/stores/memory.js';

const article = 'api::article.article';
const tag = 'api::tag.tag';

export const schemas: Schemas = {
  [article]: {
    uid: article,
    attributes: {
      title: { type: 'string' },
      extra: { type: 'json' },
      seo: { type: 'component', component: 'shared.seo', repeatable: false },
      gallery: { type: 'component', component: 'shared.slide', repeatable: true },
      sections: { type: 'dynamiczone', components: ['shared.slide', 'shared.seo'] },
    },
  },
  [tag]: { uid: tag, attributes: { name: { type: 'string' } } },
  'api::place.place': { uid: 'api::place.place', attributes: { code: { type: 'string', unique: true } } },
  'shared.seo': {
    uid: 'shared.seo',
    attributes: {
      description: { type: 'text' },
      canonical: { type: 'component', component: 'shared.link', repeatable: false },
    },
  },
  'shared.slide': { uid: 'shared.slide', attributes: { caption: { type: 'string' } } },
  'shared.link': { uid: 'shared.link', attributes: { href: { type: 'string' } } },
};

/** Where the ids of a side begin, how far its `pos` numbers are apart: what no two servers agree on. */
export interface Numbering {
  readonly row: number;
  readonly component: number;
  readonly setting: number;
  readonly pos: number;
}

const plain: Numbering = { row: 0, component: 0, setting: 0, pos: 1 };

function articleRow(id: number, data: object, { row, component }: Numbering): Entity {
  const c = component + 10 * id;
  return {
    type: article,
    id: row + id,
    data: {
      documentId: 'first',
      locale: 'en',
      publishedAt: null,
      title: 'Vapur ⛴️',
      extra: { id: 7, list: [1, null] },
      seo: { id: c, description: 'd', canonical: { id: c + 1, href: '/a' } },
      gallery: [
        { id: c + 2, caption: 'one' },
        { id: c + 3, caption: 'two' },
      ],
      sections: [
        { __component: 'shared.slide', id: c + 4, caption: 'three' },
        { __component: 'shared.seo', id: c + 4, description: 'e', canonical: null },
      ],
      ...data,
    },
  };
}

/** A site with a bit of everything that a comparison has to see, under the given numbers. */
export function site(numbers: Partial<Numbering> = {}): MemoryContent {
  const numbering = { ...plain, ...numbers };
  const { row, component, setting, pos } = numbering;
  const link = (left: Link['left'], right: Link['right'], kind = 'relation.basic'): Link => ({
    kind,
    relation: kind === 'relation.morph' ? 'morphToMany' : 'manyToMany',
    left,
    right,
  });
  const tagged = (from: number, to: number, at: number, back: number) =>
    link(
      { type: article, ref: row + from, field: 'tags', pos: at * pos },
      { type: tag, ref: row + to, field: 'articles', pos: back * pos },
    );
  return {
    metadata: { createdAt: `2026-01-02T03:04:05.678Z`, strapi: { version: '5.54.0' } },
    schemas,
    entities: [
      articleRow(1, {}, numbering),
      articleRow(2, { publishedAt: '2026-01-01T00:00:00.000Z' }, numbering),
      articleRow(3, { locale: 'tr', title: 'Yazı' }, numbering),
      articleRow(4, { documentId: 'second', title: 'Second' }, numbering),
      { type: tag, id: row + 1, data: { documentId: 'sea', name: 'sea' } },
      { type: tag, id: row + 2, data: { documentId: 'land', name: 'land' } },
      { type: tag, id: row + 3, data: { documentId: 'air', name: 'air' } },
      { type: 'api::place.place', id: row + 1, data: { code: 'pier', note: 'no document' } },
      { type: 'plugin::log.line', id: row + 1, data: { text: 'no key at all' } },
      { type: 'plugin::log.line', id: row + 2, data: { text: 'nor here' } },
    ],
    links: [
      tagged(1, 1, 1, 1),
      tagged(1, 2, 2, 1),
      tagged(1, 3, 3, 1),
      tagged(2, 1, 1, 1),
      tagged(4, 1, 1, 2),
      link(
        { type: 'shared.link', ref: component + 11, field: 'place' },
        { type: 'api::place.place', ref: row + 1 },
      ),
      link(
        { type: 'shared.slide', ref: component + 14, field: 'line' },
        { type: 'plugin::log.line', ref: row + 1 },
      ),
      link(
        { type: article, ref: row + 1, field: 'localizations' },
        { type: article, ref: 'first' },
        'circular',
      ),
      link(
        { type: tag, ref: row + 1, field: 'related' },
        { type: 'shared.slide', ref: component + 12, field: 'image', pos },
        'relation.morph',
      ),
    ],
    configuration: [
      { type: 'core-store', value: { id: setting + 1, key: 'views', type: 'object', value: { size: 10 } } },
      {
        type: 'core-store',
        value: { id: setting + 2, key: 'views', type: 'string', tag: 'x', value: 'en', environment: null },
      },
      {
        type: 'core-store',
        value: { id: setting + 3, key: 'plugin_upload_metrics', value: { at: setting } },
      },
      { type: 'webhook', value: { id: setting + 1, name: 'deploy', url: 'https://example.com/hook' } },
    ],
    assets: [
      { filename: 'pier_1.png', metadata: { id: row + 1, name: 'pier.png' }, bytes: Uint8Array.of(1, 2, 3) },
      { filename: 'empty.txt', metadata: { id: row + 2, name: 'empty' }, bytes: new Uint8Array(0) },
    ],
  };
}
