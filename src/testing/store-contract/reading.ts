import assert from 'node:assert/strict';
import {
  assertHolds,
  assertRejects,
  assertSame,
  content,
  empty,
  planOf,
  put,
  readAll,
  rowsOf,
} from './content.js';
import type { Cases } from './contract-case.js';

/** What is written is read back. */
export const readingCases: Cases = {
  'reads back every stage as it was written'(store) {
    return put(store, content('one', 1200)).then(() => assertHolds(store, content('one', 1200)));
  },

  async 'gives metadata and schemas as they came with the plan'(store) {
    await put(store, content('one'), 'first');
    const from = store.source();
    await from.open();
    assert.deepEqual(await from.metadata(), planOf('first').metadata);
    assert.deepEqual({ ...(await from.schemas()) }, planOf('first').schemas);
    await from.close();
  },

  async 'keeps metadata and schemas where the plan has none'(store) {
    await put(store, content('one'), 'first');
    await put(store, content('two'), null);
    const from = store.source();
    await from.open();
    assert.deepEqual(await from.metadata(), planOf('first').metadata);
    assert.deepEqual({ ...(await from.schemas()) }, planOf('first').schemas);
    await from.close();
  },

  async 'answers null for metadata and schemas while it holds nothing'(store) {
    const to = store.destination();
    await to.open();
    assert.equal(await to.metadata(), null);
    assert.equal(await to.schemas(), null);
    await to.close();
  },

  async 'holds a version without rows'(store) {
    await put(store, content('one'));
    await put(store, empty);
    await assertHolds(store, empty);
  },

  async 'gives the same rows as texts, where it has them'(store) {
    await put(store, content('one'));
    const from = store.source();
    await from.open();
    for (const step of ['entities', 'links', 'configuration'] as const) {
      const texts: string[] = [];
      for await (const batch of from.rowTexts?.(step) ?? []) texts.push(...batch);
      if (from.rowTexts === undefined) continue;
      assert.deepStrictEqual(
        texts.map((text) => JSON.parse(text)),
        await rowsOf(from, step),
      );
    }
    await from.close();
  },

  async 'gives the same bytes to a reader that keeps no chunk'(store) {
    await put(store, content('one'));
    const from = store.source();
    await from.open();
    for await (const each of from.assets()) {
      const copies: Uint8Array[] = [];
      for await (const chunk of each.stream({ reuse: true, chunkSize: 7 }))
        copies.push(new Uint8Array(chunk));
      assert.deepEqual(new Uint8Array(Buffer.concat(copies)), content('one').assets[each.filename]);
    }
    await from.close();
  },

  async 'frees what it holds when an iteration is stopped'(store) {
    await put(store, content('old', 1200));
    const from = store.source();
    await from.open();
    for await (const _ of from.rows('entities')) break;
    for await (const each of from.assets()) {
      for await (const _ of each.stream()) break;
      break;
    }
    assertSame(await readAll(from), content('old', 1200));
    await from.close();
    await put(store, content('new'));
    await assertHolds(store, content('new'));
  },

  async 'rejects what is pending when a source is closed'(store) {
    await put(store, content('old', 1200));
    const from = store.source();
    await from.open();
    const rows = from.rows('entities')[Symbol.asyncIterator]();
    await rows.next();
    const assets = from.assets()[Symbol.asyncIterator]();
    await assets.next();
    await from.close();
    await assertRejects(rows.next(), 'ABORTED');
    await assertRejects(assets.next(), 'ABORTED');
    await from.close();
  },
};
