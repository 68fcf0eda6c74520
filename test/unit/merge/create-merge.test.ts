import { expect, test } from 'vitest';
import { createMemoryStore } from '../../../src/stores/memory.js';
import { createMerge } from '../../../src/transfer/merge/create-merge.js';
import { contentOf, type Model, type ModelRow, modelOf, nameOf, plain, types } from './model.js';

const row = (title: string, more: Partial<ModelRow> = {}): ModelRow => ({
  ...{ title, updatedAt: '2026-01-01T00:00:00.000Z', slides: [], tags: [] },
  ...more,
});

function model(documents: readonly (readonly [string, string, Readonly<Record<string, ModelRow>>])[]): Model {
  return {
    documents: new Map(
      documents.map(([type, documentId, rows]) => [
        nameOf(type, documentId),
        { type, documentId, rows: new Map(Object.entries(rows)) },
      ]),
    ),
  };
}

const x = nameOf(types.tag, 'x');

test('adds a document with its picture, and touches nothing else', async () => {
  const from = createMemoryStore(
    contentOf(
      model([
        [types.article, 'a', { 'en/draft': row('new', { cover: nameOf(types.file, 'f'), tags: [x] }) }],
        [types.article, 'b', { 'en/draft': row('other') }],
        [types.tag, 'x', { '/published': row('sea') }],
        [types.file, 'f', { '/published': row('bytes') }],
      ]),
      100,
    ),
  );
  const to = createMemoryStore(
    contentOf(
      model([
        [types.article, 'c', { 'en/draft': row('stands', { tags: [x] }) }],
        [types.tag, 'x', { '/published': row('ocean') }],
      ]),
      1,
    ),
  );
  const documents = [{ type: types.article, documentId: 'a' }];
  const merge = createMerge({ from: from.source(), to, documents });
  const states: string[] = [];
  merge.actor.subscribe(({ value }) => states.push(JSON.stringify(value)));
  const { counts, plan } = await merge.done;

  expect(counts).toEqual({ add: 2, replace: 0, keep: 0, deletedRows: 0, lostLinks: 0, files: 1 });
  expect(plan.documents.map(({ verb, type }) => `${verb} ${type}`)).toEqual([
    `add ${types.article}`,
    `add ${types.file}`,
  ]);
  expect(plain(modelOf(to.content()))).toEqual(
    plain(
      model([
        [types.article, 'a', { 'en/draft': row('new', { cover: nameOf(types.file, 'f'), tags: [x] }) }],
        [types.article, 'c', { 'en/draft': row('stands', { tags: [x] }) }],
        [types.tag, 'x', { '/published': row('ocean') }],
        [types.file, 'f', { '/published': row('bytes') }],
      ]),
    ),
  );
  expect(states).toEqual(expect.arrayContaining(['"planning"', '"confirming"', '{"applying":"moving"}']));
});
