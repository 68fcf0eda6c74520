import type { MemoryContent } from '../../stores/memory.js';

const type = 'api::page.page';

/** One item for each stage: what the server of `testClient` holds, and what a push to it can bring. */
export const oneOfEach: MemoryContent = {
  metadata: { createdAt: '2026-01-02T03:04:05.678Z', strapi: { version: '5.54.0' } },
  schemas: { [type]: { uid: type, modelType: 'contentType', attributes: { title: { type: 'string' } } } },
  entities: [{ type, id: 1, data: { title: 'one' } }],
  links: [
    {
      kind: 'relation.basic',
      relation: 'oneToOne',
      left: { type, ref: 1, field: 'next' },
      right: { type, ref: 1 },
    },
  ],
  configuration: [{ type: 'core-store', value: { key: 'one', value: '1' } }],
  assets: [{ filename: 'one.txt', metadata: { name: 'one.txt' }, bytes: Uint8Array.of(1, 2, 3) }],
};

/** What `testServer` pushes: an answer that counts messages, and not items, must differ. */
export const severalOfEach: MemoryContent = {
  ...oneOfEach,
  entities: [1, 2, 3].map((id) => ({ type, id, data: { title: `number ${id}` } })),
  links: [1, 2, 3].flatMap((ref) =>
    (oneOfEach.links ?? []).map((link) => ({ ...link, left: { ...link.left, ref } })),
  ),
  configuration: ['one', 'two'].map((key) => ({ type: 'core-store', value: { key, value: '1' } })),
  assets: [
    ...(oneOfEach.assets ?? []),
    { filename: 'none.txt', metadata: { name: 'none.txt' }, bytes: new Uint8Array() },
  ],
};
