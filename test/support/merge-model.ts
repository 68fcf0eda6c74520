import type { Entity, Link, Schemas } from '../../src/protocol/content.js';
import type { MemoryContent } from '../../src/stores/memory.js';

/** A site without ids: documents by name, links by the names of what they lead to. */
export interface Model {
  readonly documents: ReadonlyMap<string, ModelDocument>;
}

export interface ModelDocument {
  readonly type: string;
  readonly documentId: string;
  readonly rows: ReadonlyMap<string, ModelRow>;
}

export interface ModelRow {
  readonly title: string;
  readonly updatedAt: string;
  /** Each component has a caption, and the file that it shows. */
  readonly slides: readonly { readonly caption: string; readonly image?: string }[];
  /** Documents by name, in their order. */
  readonly tags: readonly string[];
  /** Another article, in the same locale and state. */
  readonly related?: string;
  /** A file by name. */
  readonly cover?: string;
}

export const types = {
  article: 'api::article.article',
  tag: 'api::tag.tag',
  homepage: 'api::homepage.homepage',
  file: 'plugin::upload.file',
} as const;

const schemas: Schemas = {
  [types.article]: {
    uid: types.article,
    attributes: {
      title: { type: 'string' },
      slides: { type: 'component', component: 'shared.slide', repeatable: true },
      tags: { type: 'relation', relation: 'manyToMany', target: types.tag, inversedBy: 'articles' },
      related: { type: 'relation', relation: 'manyToOne', target: types.article },
      cover: { type: 'media' },
    },
  },
  [types.tag]: { uid: types.tag, attributes: { title: { type: 'string' } } },
  [types.homepage]: {
    uid: types.homepage,
    kind: 'singleType',
    attributes: {
      title: { type: 'string' },
      tags: { type: 'relation', relation: 'oneToMany', target: types.tag },
    },
  },
  [types.file]: { uid: types.file, attributes: { name: { type: 'string' } } },
  'shared.slide': {
    uid: 'shared.slide',
    attributes: { caption: { type: 'string' }, image: { type: 'media' } },
  },
};

export const nameOf = (type: string, documentId: string) => `${type}:${documentId}`;

/** Writes a model as content whose ids begin at `first`: no two servers agree on ids. */
export function contentOf({ documents }: Model, first: number): MemoryContent {
  const ids = new Map<string, number>();
  let next = first;
  for (const [name, { rows }] of documents)
    for (const place of rows.keys()) ids.set(`${name} ${place}`, next++);
  const entities: Entity[] = [];
  const links: Link[] = [];
  const assets: MemoryContent['assets'][number][] = [];
  let component = first * 2;
  const backs = new Map<number, number>();
  const morph = (file: string, type: string, ref: number, field: string) => {
    const id = ids.get(`${file} /published`);
    if (id === undefined) return;
    links.push({
      kind: 'relation.morph',
      relation: 'morphToMany',
      left: { type: types.file, ref: id, field: 'related' },
      right: { type, ref, field, pos: 1 },
    });
  };
  for (const [name, { type, documentId, rows }] of documents) {
    for (const [place, { title, updatedAt, slides, tags, related, cover }] of rows) {
      const [locale, state] = place.split('/');
      const id = ids.get(`${name} ${place}`) ?? 0;
      const slideRows = slides.map(({ caption, image }) => {
        component += 1;
        if (image !== undefined) morph(image, 'shared.slide', component, 'image');
        return { id: component, caption };
      });
      const publishedAt = state === 'draft' ? null : '2026-01-01T00:00:00.000Z';
      const base = { documentId, locale: locale === '' ? null : locale, publishedAt, updatedAt };
      if (type === types.file) {
        const filename = `${documentId}_h.txt`;
        const file = {
          ...base,
          name: `${documentId}.txt`,
          hash: `${documentId}_h`,
          ext: '.txt',
          caption: title,
        };
        entities.push({ type, id, data: file });
        assets.push({ filename, metadata: { ...file, id }, bytes: new TextEncoder().encode(title) });
        continue;
      }
      const components = type === types.article ? { slides: slideRows } : {};
      entities.push({ type, id, data: { ...base, title, ...components } });
      tags.forEach((tag, at) => {
        const ref = ids.get(`${tag} /published`);
        if (ref === undefined) return;
        const back = (backs.get(ref) ?? 0) + 1;
        backs.set(ref, back);
        const inverse = type === types.article ? { field: 'articles', pos: back } : {};
        links.push({
          kind: 'relation.basic',
          relation: type === types.article ? 'manyToMany' : 'oneToMany',
          left: { type, ref: id, field: 'tags', pos: (at + 1) * 3 },
          right: { type: types.tag, ref, ...inverse },
        });
      });
      if (related !== undefined) {
        const ref = ids.get(`${related} ${place}`);
        if (ref !== undefined)
          links.push({
            kind: 'relation.basic',
            relation: 'manyToOne',
            left: { type, ref: id, field: 'related' },
            right: { type, ref },
          });
      }
      if (cover !== undefined) morph(cover, type, id, 'cover');
    }
  }
  return {
    metadata: { createdAt: '2026-01-01T00:00:00.000Z' },
    schemas,
    entities,
    links,
    configuration: [],
    assets,
  };
}

/** Reads content back; throws where an id stands twice or a link leads nowhere. */
export function modelOf({ entities, links, assets }: MemoryContent): Model {
  const documents = new Map<string, ModelDocument>();
  const places = new Map<string, { name: string; place: string; slide?: number }>();
  const bytes = new Map(assets.map((asset) => [asset.filename, new TextDecoder().decode(asset.bytes)]));
  if (bytes.size !== assets.length) throw new Error('a file stands twice');
  const at = (type: string, ref: number | string) => {
    const found = places.get(`${type} ${ref}`);
    if (found === undefined) throw new Error(`a link leads to ${type} ${ref}, which does not stand`);
    return found;
  };
  const put = (type: string, id: number | string, where: { name: string; place: string; slide?: number }) => {
    if (places.has(`${type} ${id}`)) throw new Error(`${type} ${id} stands twice`);
    places.set(`${type} ${id}`, where);
  };
  const rowsOf = new Map<string, Map<string, ModelRow>>();
  for (const { type, id, data } of entities) {
    const { documentId, locale, publishedAt } = data as {
      documentId: string;
      locale: string | null;
      publishedAt: unknown;
    };
    const name = nameOf(type, documentId);
    const place = `${locale ?? ''}/${publishedAt === null ? 'draft' : 'published'}`;
    put(type, id, { name, place });
    const slides = (data['slides'] ?? []) as { id: number; caption: string }[];
    for (const [number, slide] of slides.entries())
      put('shared.slide', slide.id, { name, place, slide: number });
    const isFile = type === types.file;
    const rows = rowsOf.get(name) ?? new Map<string, ModelRow>();
    rowsOf.set(name, rows);
    if (rows.has(place)) throw new Error(`${name} ${place} stands twice`);
    const title = isFile ? bytes.get(`${String(data['hash'])}.txt`) : (data['title'] as string);
    if (title === undefined) throw new Error(`the file of ${name} is missing`);
    rows.set(place, {
      title,
      updatedAt: data['updatedAt'] as string,
      slides: slides.map(({ caption }) => ({ caption })),
      tags: [],
    });
    documents.set(name, { type, documentId, rows });
  }
  const set = (name: string, place: string, change: (row: ModelRow) => ModelRow) => {
    const rows = rowsOf.get(name);
    const row = rows?.get(place);
    if (rows !== undefined && row !== undefined) rows.set(place, change(row));
  };
  const inOrder = links.map((link) => link).sort((a, b) => (a.left.pos ?? 0) - (b.left.pos ?? 0));
  for (const { kind, left, right } of inOrder) {
    const owner = kind === 'relation.morph' ? at(right.type, right.ref) : at(left.type, left.ref);
    const target = kind === 'relation.morph' ? at(left.type, left.ref) : at(right.type, right.ref);
    const field = kind === 'relation.morph' ? right.field : left.field;
    set(owner.name, owner.place, (row) => {
      if (field === 'tags') return { ...row, tags: [...row.tags, target.name] };
      if (field === 'related') return { ...row, related: target.name };
      if (field === 'cover') return { ...row, cover: target.name };
      const slides = row.slides.map((slide, number) =>
        number === owner.slide ? { ...slide, image: target.name } : slide,
      );
      return { ...row, slides };
    });
  }
  return { documents };
}

/** As a plain value whose order says nothing. */
export function plain({ documents }: Model): unknown {
  const sorted = [...documents].sort(([a], [b]) => (a < b ? -1 : 1));
  return sorted.map(([name, { rows }]) => [name, [...rows].sort(([a], [b]) => (a < b ? -1 : 1))]);
}

/** What a merge of these documents, and of the files that they show, must come to. */
export function mergedModel(standing: Model, source: Model, chosen: readonly string[]): Model {
  const documents = new Map(standing.documents);
  const coming = new Map(chosen.map((name) => [name, source.documents.get(name)]));
  for (const document of [...coming.values()])
    for (const { cover, slides } of document?.rows.values() ?? [])
      for (const file of [cover, ...slides.map(({ image }) => image)])
        if (file !== undefined) coming.set(file, source.documents.get(file));
  /** A single type is one document: it keeps the name that it has. */
  const standsAs = (name: string, type: string) =>
    type !== types.homepage
      ? name
      : ([...standing.documents].find(([, one]) => one.type === type)?.[0] ?? name);
  for (const [name, document] of coming) {
    if (document === undefined) continue;
    const stands = standsAs(name, document.type);
    const documentId = stands.slice(stands.lastIndexOf(':') + 1);
    documents.set(stands, { ...document, documentId });
  }
  return withoutDangling({ documents }, coming, standsAs);
}

function withoutDangling(
  { documents }: Model,
  coming: ReadonlyMap<string, ModelDocument | undefined>,
  standsAs: (name: string, type: string) => string,
): Model {
  const taken = new Map<string, string>();
  for (const [name, document] of coming)
    if (document?.type === types.homepage)
      for (const { tags } of document.rows.values())
        for (const tag of tags) taken.set(tag, standsAs(name, document.type));
  const has = (name: string, place: string) => documents.get(name)?.rows.has(place) === true;
  const pruned = [...documents].map(([name, document]): [string, ModelDocument] => {
    const rows = [...document.rows].map(([place, row]): [string, ModelRow] => {
      const { related, cover, ...rest } = row;
      return [
        place,
        {
          ...rest,
          tags: row.tags.filter((tag) => has(tag, '/published')),
          slides: row.slides.map(({ caption, image }) => ({
            caption,
            ...(image !== undefined && has(image, '/published') ? { image } : {}),
          })),
          ...(related !== undefined && has(related, place) ? { related } : {}),
          ...(cover !== undefined && has(cover, '/published') ? { cover } : {}),
        },
      ];
    });
    return [name, { ...document, rows: new Map(rows) }];
  });
  return { documents: new Map(pruned) };
}
