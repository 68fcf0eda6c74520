import { createMemoryStore, type MemoryContent } from '../../src/stores/memory.js';
import { createMerge, type MergeOptions } from '../../src/transfer/merge/create-merge.js';

export const T = 'api::t.t';
export const U = 'api::u.u';
export const FILE = 'plugin::upload.file';
export const FOLDER = 'plugin::upload.folder';
const schemas = {
  [T]: {
    uid: T,
    attributes: {
      title: { type: 'string' },
      slug: { type: 'uid' },
      seo: { type: 'component', component: 'shared.seo' },
      one: { type: 'relation', relation: 'oneToOne', target: U },
      many: { type: 'relation', relation: 'manyToMany', target: T },
    },
  },
  [U]: { uid: U, attributes: { title: { type: 'string' } } },
  [FILE]: { uid: FILE, attributes: { name: { type: 'string' } } },
  [FOLDER]: {
    uid: FOLDER,
    attributes: {
      name: { type: 'string' },
      path: { type: 'string' },
      pathId: { type: 'integer', unique: true },
    },
  },
  'shared.seo': { uid: 'shared.seo', attributes: { text: { type: 'string' }, image: { type: 'media' } } },
};
export const P = '2026-01-01T00:00:00.000Z';
export const ent = (
  type: string,
  id: number | string,
  documentId: string | undefined,
  more: object = {},
) => ({
  type,
  id,
  data: { documentId, locale: null, publishedAt: P, updatedAt: P, ...more },
});
export const basic = (
  relation: string,
  field: string,
  a: [string, number | string],
  b: [string, number | string],
  pos = 1,
) => ({
  kind: 'relation.basic',
  relation,
  left: { type: a[0], ref: a[1], field, pos },
  right: { type: b[0], ref: b[1] },
});
/** A relation for which the target has a field, too. */
export const paired = (...given: Parameters<typeof basic>) => {
  const link = basic(...given);
  return { ...link, right: { ...link.right, field: 'owner' } };
};
export const shown = (fileId: number, type: string, ref: number | string, field: string) => ({
  kind: 'relation.morph',
  relation: 'morphToMany',
  left: { type: FILE, ref: fileId, field: 'related' },
  right: { type, ref, field, pos: 1 },
});
export const asset = (id: number, hash: string, bytes = hash) => ({
  filename: `${hash}.txt`,
  metadata: { id, hash, ext: '.txt', name: hash },
  bytes: new TextEncoder().encode(bytes),
});
export const fileRow = (id: number, hash: string, more: object = {}) =>
  ent(FILE, id, hash, { name: hash, hash, ext: '.txt', folderPath: '/', ...more });
export const site = (content: object): MemoryContent =>
  ({
    metadata: { createdAt: P },
    schemas,
    entities: [],
    links: [],
    configuration: [],
    assets: [],
    ...content,
  }) as never;

export const merge = (
  from: MemoryContent,
  to: ReturnType<typeof createMemoryStore>,
  options: Partial<MergeOptions> = {},
) => createMerge({ from: createMemoryStore(from).source(), to, ...options } as MergeOptions);
