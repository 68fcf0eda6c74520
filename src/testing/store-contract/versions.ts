import assert from 'node:assert/strict';
import {
  assertHolds,
  assertRejects,
  assertSame,
  content,
  halfway,
  planOf,
  put,
  readAll,
  writeAll,
} from './content.js';
import type { Cases } from './contract-case.js';

/** What stands, and what a commit or a rollback leaves. */
export const versionCases: Cases = {
  async 'answers metadata and schemas of what stands there, not of what is being written'(store) {
    await put(store, content('one'), 'first');
    const to = await halfway(store, content('two'));
    assert.deepEqual(await to.metadata(), planOf('first').metadata);
    assert.deepEqual({ ...(await to.schemas()) }, planOf('first').schemas);
    await to.close();
  },

  async 'gives a source that is opened before the commit the old content, and one after it the new'(store) {
    await put(store, content('old'));
    const to = await halfway(store, content('new'));
    await assertHolds(store, content('old'));
    await to.commit();
    await assertHolds(store, content('new'));
    await to.close();
    await assertHolds(store, content('new'));
  },

  async 'holds only what was written last after a second commit'(store) {
    await put(store, content('one'));
    await put(store, content('two'));
    await put(store, content('three'));
    await assertHolds(store, content('three'));
  },

  async 'takes one transfer after another through one destination'(store) {
    const to = store.destination();
    await to.open();
    for (const label of ['one', 'two']) {
      await to.prepare(planOf(label));
      await writeAll(to, content(label));
      await to.commit();
      await assertHolds(store, content(label));
    }
    await to.close();
  },

  async 'starts over when it is prepared again'(store) {
    const to = await halfway(store, content('one'));
    await to.prepare(planOf('two'));
    await writeAll(to, content('two'));
    await to.commit();
    await to.close();
    await assertHolds(store, content('two'));
  },

  async 'rolls back to the old content'(store) {
    await put(store, content('old'));
    const to = await halfway(store, content('new'));
    await to.rollback();
    await assertHolds(store, content('old'));
    await to.close();
    await assertHolds(store, content('old'));
  },

  async 'rolls back in the middle of a stage'(store) {
    await put(store, content('old'));
    const to = store.destination();
    await to.open();
    await to.prepare(planOf('new'));
    const writer = await to.rowWriter('entities');
    await writer.write(content('new').entities);
    await to.rollback();
    await to.close();
    await assertHolds(store, content('old'));
  },

  async 'rolls back without an error where nothing was begun, and twice'(store) {
    const to = store.destination();
    await to.rollback();
    await to.open();
    await to.rollback();
    await to.rollback();
    await to.close();
  },

  async 'rolls back when it is closed without a commit'(store) {
    await put(store, content('old'));
    await (await halfway(store, content('new'))).close();
    await assertHolds(store, content('old'));
  },

  async 'leaves what stands there when a commit follows no prepare'(store) {
    await put(store, content('old'));
    const to = store.destination();
    await to.open();
    await to.commit();
    await to.close();
    await assertHolds(store, content('old'));
  },

  async 'lets a source read on what it has opened while commits go by'(store) {
    await put(store, content('old', 1200));
    const from = store.source();
    await from.open();
    const entities = from.rows('entities')[Symbol.asyncIterator]();
    const first = await entities.next();
    await put(store, content('new'));
    await put(store, content('newer'));
    const rows = [...(first.value ?? [])];
    for (let next = await entities.next(); !next.done; next = await entities.next()) rows.push(...next.value);
    assert.deepEqual(rows, content('old', 1200).entities);
    assertSame(await readAll(from), content('old', 1200));
    assert.deepEqual(await from.metadata(), planOf('label').metadata);
    await from.close();
    await assertHolds(store, content('newer'));
  },

  async 'serves several sources of several versions at once'(store) {
    await put(store, content('one'));
    const first = store.source();
    await first.open();
    await put(store, content('two'));
    const second = store.source();
    await second.open();
    const third = store.source();
    await third.open();
    await put(store, content('three'));
    assertSame(await readAll(second), content('two'));
    await second.close();
    assertSame(await readAll(first), content('one'));
    assertSame(await readAll(third), content('two'));
    await first.close();
    await third.close();
    await assertHolds(store, content('three'));
  },

  async 'refuses a second writer, and takes it once the first has ended'(store) {
    const first = await halfway(store, content('one'));
    const second = store.destination();
    await assertRejects(second.open(), 'STORE_IN_USE');
    await second.close();
    await first.commit();
    await first.close();
    await put(store, content('two'));
    await assertHolds(store, content('two'));
  },
};
