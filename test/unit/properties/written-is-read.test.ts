import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Asset, Entity, Schemas } from '../../../src/protocol/content.js';
import { defaultLimits, type Limits } from '../../../src/protocol/limits.js';
import {
  createArchiveDestination,
  createDirectoryDestination,
  createLocalSource,
  type TransferDestination,
} from '../../../src/stores/index.js';
import { createMemoryFiles, type MemoryFiles } from '../../../src/testing/memory-files.js';

/** Limits that content comes up to in a moment. */
const small: Limits = {
  ...defaultLimits,
  values: 60,
  depth: 12,
  lineBytes: 1500,
  heldBytes: 4000,
  entries: 12,
  unpackedBytes: 40 * 1024,
  ageWorkFactor: 5,
};

interface Given {
  readonly schemas: Schemas | null;
  readonly entities: readonly Entity[];
  readonly assets: readonly Asset[];
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly work: number;
}

const nested = (depth: number): unknown => (depth <= 0 ? 0 : [nested(depth - 1)]);
const data = (long: number, wide: number, deep: number) => ({
  text: 'ğ'.repeat(Math.max(0, Math.floor(long / 2))),
  list: Array.from({ length: wide }, () => 0),
  deep: nested(deep),
});

/** Sizes at and around what is the limit of something: how much the rest of it takes is tried out, too. */
const around = (limit: number, spread = 4) =>
  fc.integer({ min: Math.max(0, limit - spread), max: limit + spread });
const content = fc
  .tuple(
    fc.oneof(fc.constant(10), around(small.lineBytes - 100, 120), around(small.heldBytes - 100, 120)),
    fc.oneof(fc.constant(1), around(small.values - 12, 14)),
    fc.oneof(fc.constant(1), around(small.depth - 2)),
  )
  .map(([long, wide, deep]) => data(long, wide, deep));

const bytes = (size: number): Asset['stream'] =>
  async function* () {
    yield new Uint8Array(size);
  };
const given: fc.Arbitrary<Given> = fc.record({
  schemas: fc.option(
    fc
      .array(content, { minLength: 1, maxLength: 3 })
      .map((all) =>
        Object.fromEntries(
          all.map((each, at) => [`api::a.${at}`, { uid: `api::a.${at}`, attributes: each }]),
        ),
      ),
  ),
  entities: fc
    .array(content, { maxLength: 3 })
    .map((all) => all.map((each, id) => ({ type: 'api::a.a', id, data: each }))),
  assets: fc
    .oneof(
      fc.array(fc.tuple(content, fc.constant(10)), { maxLength: 2 }),
      fc.array(fc.tuple(fc.constant({}), fc.constant(0)), { minLength: 4, maxLength: 7 }),
      fc.array(fc.tuple(fc.constant({}), around(small.unpackedBytes - 5 * 512, 3000)), { maxLength: 1 }),
    )
    .map((all) =>
      all.map(([metadata, size], at) => ({ filename: `${at}.bin`, size, metadata, stream: bytes(size) })),
    ),
  metadata: fc.oneof(fc.constant({}), content),
  work: around(small.ageWorkFactor, 1),
});

async function write(to: TransferDestination, { metadata, schemas, entities, assets }: Given) {
  await to.open();
  await to.prepare({ steps: ['entities', 'assets'], metadata, schemas });
  const rows = await to.rowWriter('entities');
  if (entities.length > 0) await rows.write(entities);
  await rows.end();
  const files = await to.assetWriter();
  for (const asset of assets) await files.write(asset);
  await files.end();
  await to.commit();
  await to.close();
  return to.notices?.() ?? [];
}

async function read(path: string, files: MemoryFiles, limits: Limits) {
  const source = createLocalSource({ path, files, limits, key: 'k' });
  try {
    await source.open();
    const schemas = await source.schemas();
    const rows: Entity[] = [];
    for await (const batch of source.rows('entities')) rows.push(...batch);
    const assets: string[] = [];
    for await (const { filename, stream } of source.assets()) {
      assets.push(filename);
      for await (const _ of stream());
    }
    return { metadata: await source.metadata(), schemas, entities: rows, assets };
  } finally {
    await source.close();
  }
}

/** What the notices say that a reader has to give. */
const toldIn = (notices: readonly string[]): Partial<Limits> =>
  Object.fromEntries(
    [...notices.join().matchAll(/`limits\.(\w+): (\d+)`/g)].map(([, name, value]) => [name, Number(value)]),
  );

type Make = (path: string, files: MemoryFiles, work: number) => TransferDestination;
const folder: Make = (path, files) => createDirectoryDestination({ path, files, limits: small });
const archive: Make = (path, files, ageWorkFactor) =>
  createArchiveDestination({
    path,
    files,
    limits: small,
    ageWorkFactor,
    ...(/age|enc/.test(path) ? { key: 'k' } : {}),
  });

describe.each<[string, Make]>([
  ['/data/x', folder],
  ['/data/x.tar', archive],
  ['/data/x.tar.gz', archive],
  ['/data/x.tar.age', archive],
])('what is written to %s', (path, make) => {
  test('is read back by everybody, or its notice names the limits with which it is', async () => {
    const seen = new Set<string>();
    await fc.assert(
      fc.asyncProperty(given, async (given) => {
        const files = createMemoryFiles();
        await files.makeDirectory('/data');
        const notices = await write(make(path, files, given.work), given);
        const told = toldIn(notices);
        for (const limit of Object.keys(told)) seen.add(limit);
        const expected = {
          ...given,
          work: undefined,
          assets: given.assets.map(({ filename }) => filename),
        };
        expect({ ...(await read(path, files, { ...small, ...told })), work: undefined }).toEqual(expected);
        const plainly = await read(path, files, small).then(
          () => undefined,
          (error: { code: string; details: { limit: string } }) => error,
        );
        if (plainly !== undefined) expect(Object.keys(told), plainly.code).toContain(plainly.details.limit);
      }),
      { numRuns: path.endsWith('.age') ? 25 : 80 },
    );
    const all = ['values', 'depth', 'lineBytes', 'heldBytes'];
    expect([...seen]).toEqual(
      expect.arrayContaining(path === '/data/x' ? all : [...all, 'entries', 'unpackedBytes']),
    );
  });
});
