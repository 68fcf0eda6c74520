import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { TransferError } from '../../src/protocol/errors.js';
import { createMemoryStore } from '../../src/stores/memory.js';
import type { TransferSource } from '../../src/stores/store.js';
import { countContent } from '../../src/transfer/content-counts.js';
import { createTransfer } from '../../src/transfer/create-transfer.js';
import { removalsOf } from '../../src/transfer/removals.js';
import { type StrapiInstance, startStrapi } from './harness/strapi.js';

const content = createMemoryStore();
let target: StrapiInstance;

beforeAll(async () => {
  target = await startStrapi({ content: 'site', bucket: true });
  const from = { from: target.adminUrl, fromToken: target.tokens.pull };
  await createTransfer({ ...from, to: content.destination(), only: ['content'] }).done;
});
afterAll(() => target?.stop());

const bucket = () => readdir(join(target.appDir, 'bucket'));

it('the removals name the files that another upload provider holds, by provider', async () => {
  const source = content.source();
  await source.open();
  const { schemas } = content.content();
  const counts = await countContent(source);
  const { files } = removalsOf({ filters: {}, source: schemas, destination: schemas, counts });
  expect(files).toEqual({ count: 2, elsewhere: { bucket: 2 }, rowsStay: false });
});

it('a push that fails says that they are gone: a Strapi keeps no copy of them', async () => {
  expect((await bucket()).length).toBeGreaterThanOrEqual(2);
  const broken: TransferSource = {
    ...content.source(),
    // It is found broken when the server is cleared already.
    rereads: false,
    rows() {
      throw new TransferError('STORE_FAILED', { path: 'here', reason: 'the disk failed' });
    },
  };
  const failed = createTransfer({ from: broken, to: target.adminUrl, toToken: target.tokens.push }).done;
  await expect(failed).rejects.toMatchObject({
    code: 'STORE_FAILED',
    details: { filesDeleted: true },
    message: expect.stringContaining('keeps no copy'),
  });
  expect((await bucket()).filter((name) => name !== '.gitkeep')).toEqual([]);
  expect(await target.counts()).toMatchObject({ 'plugin::upload.file': 2 });
});
