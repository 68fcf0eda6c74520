import { expect, test } from 'vitest';
import { createMemoryStore } from '../../../../src/stores/memory.js';
import { createTransfer } from '../../../../src/transfer/create-transfer.js';
import { keepingOnly, PlannedFiles, withFilesOf } from '../../../../src/transfer/merge/fetched-files.js';
import { fileRow, site } from '../../../support/stock-site.js';

const server = site([fileRow(5, 'five'), fileRow(6, 'six'), fileRow(7, 'seven')]);

async function fetched(rows: readonly number[]) {
  const kept = createMemoryStore();
  const files = new PlannedFiles();
  for (const row of server.entities) if (rows.includes(Number(row.id))) files.add(row);
  const to = keepingOnly(kept.destination(), files, 'https://example.com/admin');
  await createTransfer({ from: createMemoryStore(server).source(), to, only: ['files'] }).done;
  return kept;
}

test('of all files that a server sends those are kept whose rows come', async () => {
  const kept = await fetched([6]);
  expect(kept.content().assets.map(({ filename }) => filename)).toEqual(['six.png']);
});

const picture = { hash: 'six', ext: '.png', mime: 'image/png', size: 1, width: 4, height: 3 };
const small = { hash: 'small_six', ext: '.png', size: 0.5 };
const asset = (metadata: object, filename = 'six.png') => ({
  ...{ filename, metadata: { id: 6, ...metadata }, bytes: new Uint8Array(3) },
});
const planned = fileRow(6, 'six', { ...picture, formats: { small } });

test.each<[string, ReturnType<typeof asset>, string | null]>([
  ['as it was', asset(picture), null],
  ['of which less is told', asset({ hash: 'six' }), null],
  ['with another caption', asset({ ...picture, caption: 'new' }), null],
  ['of another size', asset({ ...picture, size: 2 }), 'FILE_CHANGED'],
  ['of another name on the disk', asset({ ...picture, hash: 'seven' }, 'seven.png'), 'FILE_CHANGED'],
  ['of another ending', asset({ ...picture, ext: '.jpg' }, 'six.jpg'), 'FILE_CHANGED'],
  ['of another kind', asset({ ...picture, mime: 'image/jpeg' }), 'FILE_CHANGED'],
  ['of another width', asset({ ...picture, width: 5 }), 'FILE_CHANGED'],
  ['a format as it was', asset({ ...small, type: 'small' }, 'small_six.png'), null],
  ['a format of another size', asset({ ...small, size: 2 }, 'small_six.png'), 'FILE_CHANGED'],
  ['a format that the row did not have', asset({ hash: 'large_six' }, 'large_six.png'), 'FILE_CHANGED'],
  ['of a row that does not come', asset({ ...picture, id: 5, size: 2 }), null],
])('a file that is sent after the question, %s', async (_, sent, code) => {
  const files = new PlannedFiles();
  files.add(planned);
  const kept = createMemoryStore();
  const to = keepingOnly(kept.destination(), files, 'https://example.com/admin');
  const from = createMemoryStore({ ...server, assets: [sent] }).source();
  const outcome = await createTransfer({ from, to, only: ['files'] }).done.then(
    () => null,
    (error: { code: string }) => error.code,
  );
  expect(outcome).toBe(code);
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
