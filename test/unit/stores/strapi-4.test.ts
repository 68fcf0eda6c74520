import { describe, expect, test } from 'vitest';
import { createLocalSource } from '../../../src/stores/index.js';
import { createMemoryFiles } from '../../../src/testing/memory-files.js';
import { contentOf, lines, packed, put, tarOf } from '../../support/archive-files.js';

/** Strapi 4: no documentId, one row for what is published, and schemas as it wrote them. */
const page = {
  type: 'api::page.page',
  id: 1,
  data: {
    title: 'a',
    createdAt: '2023-12-08T05:42:57.437Z',
    publishedAt: '2023-12-08T05:42:57.437Z',
    locale: 'en',
  },
};
const schema = {
  uid: 'api::page.page',
  options: { draftAndPublish: true },
  attributes: { title: { type: 'string' } },
};
const metadata = { createdAt: '2023-12-08T05:42:57.437Z', strapi: { version: '4.14.5' } };

const entries = [
  { name: 'schemas/schemas_00001.jsonl', content: lines(schema) },
  { name: 'entities/entities_00001.jsonl', content: lines(page) },
  { name: 'metadata.json', content: JSON.stringify(metadata) },
];
/** Up to 4.9 on Windows. */
const ofWindows = entries.map((entry) => ({ ...entry, name: entry.name.replace('/', '\\') }));

describe.each([
  ['as it is written elsewhere', entries],
  ['as 4.9 wrote it on Windows', ofWindows],
])('an export of Strapi 4, %s,', (_, packedEntries) => {
  test('is read, and tells its version and what its schemas say of drafts', async () => {
    const files = createMemoryFiles();
    await put(files, '/data/x.tar.gz', await packed('tar.gz', await tarOf(packedEntries)));
    expect(await contentOf(createLocalSource({ path: '/data/x.tar.gz', files }))).toMatchObject({
      metadata,
      schemas: { 'api::page.page': schema },
      entities: [page],
    });
  });
});
