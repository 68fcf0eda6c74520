import assert from 'node:assert/strict';
import type { Asset, Configuration, Entity, Link, RowStep, Step } from '../../protocol/content.js';
import { type ErrorCode, TransferError } from '../../protocol/errors.js';
import type { TransferDestination, TransferPlan, TransferSource } from '../../stores/store.js';
import type { StoreUnderTest } from './contract-case.js';

/** Content as the suite writes and compares it. */
export interface Content {
  readonly entities: readonly Entity[];
  readonly links: readonly Link[];
  readonly configuration: readonly Configuration[];
  readonly assets: Readonly<Record<string, Uint8Array>>;
}

export const empty: Content = { entities: [], links: [], configuration: [], assets: {} };
const everyStep: readonly Step[] = ['entities', 'assets', 'links', 'configuration'];

export function bytes(length: number, seed = 1): Uint8Array {
  const filled = new Uint8Array(length);
  for (let index = 0; index < length; index += 1) filled[index] = index * 31 + seed;
  return filled;
}

export const entity = (id: number, title: string): Entity => ({
  type: 'api::page.page',
  id,
  data: { title, id },
});

/** Content that differs from that of another label in every stage. */
export function content(label: string, count = 3): Content {
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

export function planOf(label: string | null): TransferPlan {
  return {
    steps: everyStep,
    metadata: label === null ? null : { createdAt: '2026-01-02T03:04:05.678Z', strapi: { version: label } },
    schemas: label === null ? null : { [`api::${label}`]: { uid: `api::${label}`, attributes: {} } },
  };
}

export function asset(filename: string, content: Uint8Array, announced = content.length): Asset {
  return {
    filename,
    size: announced,
    metadata: { id: 1, name: filename, nested: { of: filename } },
    async *stream() {
      for (let at = 0; at < content.length; at += 1000) yield content.subarray(at, at + 1000);
    },
  };
}

export async function writeRows<S extends RowStep>(
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

export async function writeAll(to: TransferDestination, what: Content): Promise<void> {
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
export async function put(
  store: StoreUnderTest,
  what: Content,
  label: string | null = 'label',
): Promise<void> {
  const to = store.destination();
  await to.open();
  await to.prepare(planOf(label));
  await writeAll(to, what);
  await to.commit();
  await to.close();
}

export async function rowsOf<S extends RowStep>(from: TransferSource, step: S): Promise<Content[S]> {
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

export async function readAll(from: TransferSource): Promise<Content> {
  return {
    entities: await rowsOf(from, 'entities'),
    assets: await assetsOf(from),
    links: await rowsOf(from, 'links'),
    configuration: await rowsOf(from, 'configuration'),
  };
}

export function assertSame(actual: Content, expected: Content): void {
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

export async function assertHolds(store: StoreUnderTest, expected: Content): Promise<void> {
  const from = store.source();
  await from.open();
  assertSame(await readAll(from), expected);
  await from.close();
}

export async function assertRejects(work: Promise<unknown>, ...codes: readonly ErrorCode[]): Promise<void> {
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
export async function halfway(store: StoreUnderTest, what: Content): Promise<TransferDestination> {
  const to = store.destination();
  await to.open();
  await to.prepare(planOf('new'));
  await writeAll(to, what);
  return to;
}
