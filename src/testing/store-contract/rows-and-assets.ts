import assert from 'node:assert/strict';
import type { Asset, Entity } from '../../protocol/content.js';
import { TransferError } from '../../protocol/errors.js';
import {
  assertHolds,
  assertRejects,
  asset,
  bytes,
  content,
  empty,
  entity,
  planOf,
  put,
  rowsOf,
  writeRows,
} from './content.js';
import type { Cases } from './contract-case.js';

/** Rows and assets, of any form. */
export const rowAndAssetCases: Cases = {
  async 'keeps assets byte by byte, of every length around its chunks'(store) {
    const lengths = [0, 1, 999, 1000, 65_536, 262_143, 262_144, 262_145, 1_000_003];
    const assets = Object.fromEntries(lengths.map((length) => [`${length}.bin`, bytes(length, length)]));
    await put(store, { ...empty, assets });
    await assertHolds(store, { ...empty, assets });
  },

  async 'keeps file names of any script'(store) {
    const names = [
      'çığır_ŞÜ.png',
      '😀_emoji.jpg',
      '日本語.txt',
      'a b (1)%20&=.svg',
      '.hidden',
      '-rf',
      "it's.pdf",
      '__proto__',
    ];
    const assets = Object.fromEntries(names.map((name, index) => [name, bytes(10, index)]));
    await put(store, { ...empty, assets });
    await assertHolds(store, { ...empty, assets });
  },

  async 'refuses a file name that would leave its folder'(store) {
    await put(store, content('old'));
    for (const name of ['', '.', '..', '../x', 'a/b', 'a\\b', '/etc/x', 'C:\\x', 'x\0y']) {
      const to = store.destination();
      await to.open();
      await to.prepare(planOf('new'));
      const writer = await to.assetWriter();
      await assertRejects(writer.write(asset(name, bytes(3))), 'UNSAFE_FILENAME');
      await to.rollback();
      await to.close();
    }
    await assertHolds(store, content('old'));
  },

  async 'rejects an asset that is longer or shorter than announced'(store) {
    await put(store, content('old'));
    for (const announced of [0, 2999, 3001]) {
      const to = store.destination();
      await to.open();
      await to.prepare(planOf('new'));
      const writer = await to.assetWriter();
      await assertRejects(writer.write(asset('a.bin', bytes(3000), announced)), 'ASSET_SIZE_MISMATCH');
      await to.close();
    }
    await assertHolds(store, content('old'));
  },

  async 'hands on the error of an asset that cannot be read'(store) {
    await put(store, content('old'));
    const to = store.destination();
    await to.open();
    await to.prepare(planOf('new'));
    const writer = await to.assetWriter();
    const broken: Asset = {
      ...asset('a.bin', bytes(3)),
      async *stream() {
        yield bytes(1);
        throw new TransferError('CHECKSUM_MISMATCH', { filename: 'a.bin', expected: 'a', actual: 'b' });
      },
    };
    await assertRejects(writer.write(broken), 'CHECKSUM_MISMATCH');
    await to.close();
    await assertHolds(store, content('old'));
  },

  async 'keeps the last of two assets with one file name'(store) {
    const to = store.destination();
    await to.open();
    await to.prepare(planOf('new'));
    const writer = await to.assetWriter();
    await writer.write(asset('a.bin', bytes(9000, 1)));
    await writer.write(asset('a.bin', bytes(10, 2)));
    await writer.end();
    await to.commit();
    await to.close();
    await assertHolds(store, { ...empty, assets: { 'a.bin': bytes(10, 2) } });
  },

  async 'keeps rows unchanged, with any keys and strings'(store) {
    const data = JSON.parse(
      '{"__proto__":{"polluted":true},"constructor":1,"text":"\\u2028\\u0000\\r\\n\\ud83d\\ude00 çığ","n":1e300,"a":[null,[],{}]}',
    ) as Record<string, unknown>;
    const row: Entity = { type: 'api::page.page', id: 1, data };
    await put(store, { ...empty, entities: [row] });
    const from = store.source();
    await from.open();
    const [found] = await rowsOf(from, 'entities');
    await from.close();
    assert.equal(JSON.stringify(found), JSON.stringify(row));
    assert.equal(({} as Record<string, unknown>)['polluted'], undefined);
  },

  async 'goes on where a stage ended that is begun again'(store) {
    const to = store.destination();
    await to.open();
    await to.prepare(planOf('new'));
    await writeRows(to, 'entities', [entity(1, 'a')]);
    await writeRows(to, 'entities', [entity(2, 'b')]);
    await to.commit();
    await to.close();
    await assertHolds(store, { ...empty, entities: [entity(1, 'a'), entity(2, 'b')] });
  },
};
