import { expect, test } from 'vitest';
import { createMemoryStore } from '../../../../src/stores/memory.js';
import { createTransfer } from '../../../../src/transfer/create-transfer.js';
import { keepingOnly, withFilesOf } from '../../../../src/transfer/merge/fetched-files.js';
import { fileRow, site } from '../../../support/stock-site.js';

const server = site([fileRow(5, 'five'), fileRow(6, 'six'), fileRow(7, 'seven')]);

async function fetched(rows: readonly number[]) {
  const kept = createMemoryStore();
  const to = keepingOnly(kept.destination(), new Set(rows));
  await createTransfer({ from: createMemoryStore(server).source(), to, only: ['files'] }).done;
  return kept;
}

test('of all files that a server sends those are kept whose rows come', async () => {
  const kept = await fetched([6]);
  expect(kept.content().assets.map(({ filename }) => filename)).toEqual(['six.png']);
});

test('the files of a source are read where they lie once they were fetched, and none before', async () => {
  const kept = await fetched([5, 7]);
  let isFetched = false;
  const source = withFilesOf(createMemoryStore(server).source(), () => (isFetched ? kept.source() : null));
  const names = async () => {
    const found: string[] = [];
    for await (const { filename } of source.assets()) found.push(filename);
    return found;
  };
  await source.open();
  expect(await names()).toEqual([]);
  isFetched = true;
  expect(await names()).toEqual(['five.png', 'seven.png']);
});
