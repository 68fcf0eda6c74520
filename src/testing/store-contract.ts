import assert from 'node:assert/strict';
import type { Asset, Configuration, Entity, Link, RowStep, Step } from '../protocol/content.js';
import { type ErrorCode, TransferError } from '../protocol/errors.js';
import type { TransferDestination, TransferPlan, TransferSource } from '../stores/store.js';

/** A fresh, empty store. Each call of `source` and `destination` gives a new one of that same store. */
export interface StoreUnderTest {
  /** A source that reads what the store holds when it is opened. */
  source(): TransferSource;
  /** A destination that replaces what the store holds. */
  destination(): TransferDestination;
  /** Removes everything that the store has left behind. */
  readonly dispose?: (() => Promise<void>) | undefined;
}

/** One behaviour, to be run as one test. */
export interface ContractCase {
  /** The behaviour that the store must have. */
  readonly name: string;
  /** Rejects with an AssertionError if the store behaves otherwise. */
  run(): Promise<void>;
}

/** Content as the suite writes and compares it. */
interface Content {
  readonly entities: readonly Entity[];
  readonly links: readonly Link[];
  readonly configuration: readonly Configuration[];
  readonly assets: Readonly<Record<string, Uint8Array>>;
}

const empty: Content = { entities: [], links: [], configuration: [], assets: {} };
const everyStep: readonly Step[] = ['entities', 'assets', 'links', 'configuration'];

function bytes(length: number, seed = 1): Uint8Array {
  const filled = new Uint8Array(length);
  for (let index = 0; index < length; index += 1) filled[index] = index * 31 + seed;
  return filled;
}

const entity = (id: number, title: string): Entity => ({ type: 'api::page.page', id, data: { title, id } });

/** Content that differs from that of another label in every stage. */
function content(label: string, count = 3): Content {
  const ids = Array.from({ length: count }, (_, index) => index + 1);
  return {
    entities: ids.map((id) => entity(id, `${label} ${id}`)),
    links: ids.map((id) => ({
      kind: 'relation.basic',
      relation: 'manyToOne',
      left: { type: 'api::page.page', ref: id, field: label },
      right: { type: 'api::page.page', ref: 1 },
    })),
    configuration: [{ type: 'core-store', value: { key: label, value: '"x"' } }],
    assets: { [`${label}.bin`]: bytes(3000, label.length), [`${label}_empty.txt`]: bytes(0) },
  };
}

function planOf(label: string | null): TransferPlan {
  return {
    steps: everyStep,
    metadata: label === null ? null : { createdAt: '2026-01-02T03:04:05.678Z', strapi: { version: label } },
    schemas: label === null ? null : { [`api::${label}`]: { uid: `api::${label}`, attributes: {} } },
  };
}

function asset(filename: string, content: Uint8Array, announced = content.length): Asset {
  return {
    filename,
    size: announced,
    metadata: { id: 1, name: filename, nested: { of: filename } },
    async *stream() {
      for (let at = 0; at < content.length; at += 1000) yield content.subarray(at, at + 1000);
    },
  };
}

async function writeRows<S extends RowStep>(
  to: TransferDestination,
  step: S,
  rows: Content[S],
): Promise<void> {
  const writer = await to.rowWriter(step);
  // In two batches, since rows come in batches.
  await writer.write(rows.slice(0, 1) as never);
  await writer.write(rows.slice(1) as never);
  const stats = await writer.end();
  if (stats !== undefined) assert.deepEqual(stats, { started: rows.length, finished: rows.length });
}

async function writeAll(to: TransferDestination, what: Content): Promise<void> {
  await writeRows(to, 'entities', what.entities);
  const assets = await to.assetWriter();
  for (const [filename, content] of Object.entries(what.assets)) await assets.write(asset(filename, content));
  const stats = await assets.end();
  const count = Object.keys(what.assets).length;
  if (stats !== undefined) assert.deepEqual(stats, { started: count, finished: count });
  await writeRows(to, 'links', what.links);
  await writeRows(to, 'configuration', what.configuration);
}

/** A whole transfer into the store. */
async function put(store: StoreUnderTest, what: Content, label: string | null = 'label'): Promise<void> {
  const to = store.destination();
  await to.open();
  await to.prepare(planOf(label));
  await writeAll(to, what);
  await to.commit();
  await to.close();
}

async function rowsOf<S extends RowStep>(from: TransferSource, step: S): Promise<Content[S]> {
  const rows: unknown[] = [];
  for await (const batch of from.rows(step)) {
    assert.ok(batch.length > 0, 'a batch holds a row');
    rows.push(...batch);
  }
  return rows as unknown as Content[S];
}

async function bytesOf(each: Asset): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  // Keeps the chunks without copying them: a chunk belongs to its reader.
  for await (const chunk of each.stream()) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function assetsOf(from: TransferSource): Promise<Content['assets']> {
  const found: [string, Uint8Array][] = [];
  for await (const each of from.assets()) {
    const content = await bytesOf(each);
    assert.equal(each.size, content.length, 'the size is that of the bytes');
    assert.deepEqual(each.metadata, asset(each.filename, content).metadata);
    found.push([each.filename, content]);
  }
  // Not by assignment: `__proto__` is a file name like any other.
  return Object.fromEntries(found);
}

async function readAll(from: TransferSource): Promise<Content> {
  return {
    entities: await rowsOf(from, 'entities'),
    assets: await assetsOf(from),
    links: await rowsOf(from, 'links'),
    configuration: await rowsOf(from, 'configuration'),
  };
}

function assertSame(actual: Content, expected: Content): void {
  const { assets, ...rows } = actual;
  const { assets: expectedAssets, ...expectedRows } = expected;
  assert.deepEqual(rows, expectedRows);
  assert.deepEqual(Object.keys(assets).sort(), Object.keys(expectedAssets).sort());
  for (const [name, content] of Object.entries(assets)) {
    assert.ok(
      Buffer.from(expectedAssets[name] ?? []).equals(content),
      `the bytes of ${name} are what was written`,
    );
  }
}

async function assertHolds(store: StoreUnderTest, expected: Content): Promise<void> {
  const from = store.source();
  await from.open();
  assertSame(await readAll(from), expected);
  await from.close();
}

async function assertRejects(work: Promise<unknown>, ...codes: readonly ErrorCode[]): Promise<void> {
  const error = await work.then(
    () => assert.fail(`resolves, instead of rejecting with ${codes.join(' or ')}`),
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof TransferError, `rejects with a TransferError, not ${String(error)}`);
  assert.ok(
    codes.includes(error.code),
    `rejects with ${codes.join(' or ')}, not ${error.code}: ${error.message}`,
  );
}

/** Opened, prepared and written, not committed. */
async function halfway(store: StoreUnderTest, what: Content): Promise<TransferDestination> {
  const to = store.destination();
  await to.open();
  await to.prepare(planOf('new'));
  await writeAll(to, what);
  return to;
}

type Case = (store: StoreUnderTest) => Promise<void>;

const cases: Readonly<Record<string, Case>> = {
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

  async 'answers metadata and schemas of what stands there, not of what is being written'(store) {
    await put(store, content('one'), 'first');
    const to = await halfway(store, content('two'));
    assert.deepEqual(await to.metadata(), planOf('first').metadata);
    assert.deepEqual({ ...(await to.schemas()) }, planOf('first').schemas);
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

/**
 * The contract of every store, as both ends of a transfer. Run each case in a test of its own:
 *
 *     for (const { name, run } of storeContract(makeStore)) test(name, run);
 *
 * @param makeStore Called once for each case.
 */
export function storeContract(
  makeStore: () => StoreUnderTest | Promise<StoreUnderTest>,
): readonly ContractCase[] {
  return Object.entries(cases).map(([name, holds]) => ({
    name,
    async run() {
      const store = await makeStore();
      try {
        await holds(store);
      } finally {
        await store.dispose?.();
      }
    },
  }));
}
