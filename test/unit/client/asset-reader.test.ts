import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { readAssets } from '../../../src/client/asset-reader.js';
import { createMemoryStore } from '../../../src/stores/memory.js';
import type { AssetWriter } from '../../../src/stores/store.js';

const url = 'https://example.com/admin';
const bytes = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>');
const onADisk = { url: '/uploads/pier_1.svg' };
const atACdn = { url: 'https://cdn.example.com/pier_1.svg' };

/** An asset as a server sends it, which announces this size. */
async function* sent(size: number, metadata: object) {
  const [assetID, filename] = ['a', 'pier_1.svg'];
  const value = createHash('sha256').update(bytes).digest('hex');
  yield [
    [
      { action: 'start', assetID, data: { filename, stats: { size }, metadata } },
      { action: 'stream', assetID, encoding: 'base64', data: bytes.toString('base64') },
      { action: 'end', assetID, checksum: { algorithm: 'sha256', value } },
    ],
  ];
}

/** Reads it into a store, as a pull does. */
async function taken(size: number, checksums: boolean, metadata: object): Promise<number | null> {
  const store = createMemoryStore().destination();
  await store.open();
  await store.prepare({ steps: ['assets'], metadata: null, schemas: null });
  const writer: AssetWriter = await store.assetWriter();
  let announced: number | null = null;
  for await (const asset of readAssets(sent(size, metadata), { url, checksums })) {
    announced = asset.size;
    await writer.write(asset);
  }
  await store.close();
  return announced;
}

describe('a file whose size is another than what was announced', () => {
  test.each([
    [20, atACdn],
    [9000, atACdn],
    [20, {}],
    [20, { url: '//cdn.example.com/pier_1.svg' }],
    [20, { url: null }],
  ])('comes where its checksum is right: %i bytes, %j', async (size, metadata) => {
    expect(await taken(size, true, metadata)).toBeNull();
  });

  test.each([20, 9000])('fails where there is no checksum: %i bytes', async (size) => {
    await expect(taken(size, false, atACdn)).rejects.toMatchObject({ code: 'ASSET_SIZE_MISMATCH' });
  });

  test('fails on the disk of the server: it was changed while it was read', async () => {
    await expect(taken(20, true, onADisk)).rejects.toMatchObject({ code: 'ASSET_SIZE_MISMATCH' });
  });
});

test.each([
  [bytes.length, onADisk, bytes.length],
  [bytes.length, atACdn, null],
  [0, onADisk, null],
])('of %i bytes and %j its size is told where it is sure', async (size, metadata, told) => {
  expect(await taken(size, true, metadata)).toBe(told);
});
