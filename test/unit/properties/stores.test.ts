import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Metadata, RowOf, RowStep, Schemas } from '../../../src/protocol/content.js';
import { isSafeFilename } from '../../../src/stores/asset-filename.js';
import { foldedName } from '../../../src/stores/export/file-names.js';
import {
  createArchiveDestination,
  createArchiveSource,
  createDirectoryDestination,
  createDirectorySource,
  createMemoryStore,
  type TransferDestination,
  type TransferSource,
} from '../../../src/stores/index.js';
import { createMemoryFiles } from '../../../src/testing/memory-files.js';
import { formats, keyOf } from '../../support/archive-files.js';
import { runs } from '../../support/runs.js';

const text = fc.string({ unit: 'binary' });
/** As it comes out of JSON: rows that a peer sent. */
const parsed = <T>(arbitrary: fc.Arbitrary<T>) =>
  arbitrary.map((value) => JSON.parse(JSON.stringify(value)) as T);
const content = parsed(
  fc.dictionary(fc.oneof(text, fc.constantFrom('constructor', 'toJSON')), fc.jsonValue()),
);
const end = fc.record({
  type: text,
  ref: fc.oneof(fc.nat(), text),
  field: text,
  pos: fc.double({ noNaN: true }),
});
const rows = fc.record({
  entities: fc.array(fc.record({ type: text, id: fc.oneof(fc.nat(), text), data: content }), {
    maxLength: 20,
  }),
  links: fc.array(parsed(fc.record({ kind: text, relation: text, left: end, right: end })), { maxLength: 5 }),
  configuration: fc.array(
    fc.record({ type: fc.constantFrom('core-store' as const, 'webhook' as const), value: content }),
    { maxLength: 5 },
  ),
});
/** At least one: an export without schemas has no file of them, as one whose schemas are not known. */
const schemas: fc.Arbitrary<Schemas> = fc
  .uniqueArray(text, { minLength: 1, maxLength: 3 })
  .map((uids) => Object.fromEntries(uids.map((uid) => [uid, { uid, attributes: { [uid]: {} } }])));

const filename = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.string({ unit: 'grapheme', minLength: 60, maxLength: 120 }),
  fc.string({ unit: fc.constantFrom('.', '/', '\\', ' ', 'a', 'ı', '😀', '\0', ':'), maxLength: 6 }),
  // Names of Windows' own; two that differ in case alone, two that differ in their normal form alone.
  fc.constantFrom('CON', 'aux.txt', 'com1', 'LPT9.x', '..', '__proto__', 'constructor', 'a?b*.png'),
  fc.constantFrom('photo.png', 'Photo.png', 'é.png'.normalize('NFC'), 'é.png'.normalize('NFD')),
);
const assets = fc.uniqueArray(
  fc.record({
    filename,
    bytes: fc.uint8Array({ maxLength: 2000 }),
    isSized: fc.boolean(),
    metadata: content,
  }),
  // Names that some disks take for one are refused: test/unit/stores/asset-names.test.ts.
  { selector: (asset) => foldedName(asset.filename), maxLength: 8 },
);
const given = fc.record({ rows, schemas, metadata: content, assets });
/** Where files are cut as they are read, and where lines go on in the next file. */
const cuts = fc.record({
  chunkSize: fc.integer({ min: 16, max: 2000 }),
  maxLineFile: fc.integer({ min: 1, max: 500 }),
});

interface Ends {
  readonly to: TransferDestination;
  readonly from: TransferSource;
  /** What lies in the folder afterwards. */
  readonly left?: () => Promise<readonly string[] | undefined>;
}

const stores: readonly (readonly [string, (cut: { chunkSize: number; maxLineFile: number }) => Ends])[] = [
  [
    'memory',
    () => {
      const store = createMemoryStore();
      return { to: store.destination(), from: store.source() };
    },
  ],
  [
    'x',
    ({ chunkSize, maxLineFile }) => {
      const files = createMemoryFiles({ chunkSize });
      const options = { path: '/data/x', files };
      return {
        to: createDirectoryDestination({ ...options, maxLineFile }),
        from: createDirectorySource(options),
        left: () => files.list('/data'),
      };
    },
  ],
  ...formats.map(
    (format) =>
      [
        `x.${format}`,
        ({ chunkSize, maxLineFile }: { chunkSize: number; maxLineFile: number }) => {
          const files = createMemoryFiles({ chunkSize });
          const options = { path: `/data/x.${format}`, files, ...keyOf(format) };
          return {
            to: createArchiveDestination({ ...options, maxLineFile, ageWorkFactor: 4 }),
            from: createArchiveSource(options),
            left: () => files.list('/data'),
          };
        },
      ] as const,
  ),
];

type Given = typeof given extends fc.Arbitrary<infer T> ? T : never;
const rowSteps = ['entities', 'links', 'configuration'] as const;

async function write(to: TransferDestination, { rows, schemas, metadata, assets }: Given): Promise<void> {
  await to.open();
  await to.prepare({ steps: [...rowSteps, 'assets'], metadata: metadata as Metadata, schemas });
  for (const step of rowSteps) {
    const writer = await to.rowWriter(step);
    await writer.write(rows[step] as readonly RowOf[RowStep][]);
    await writer.end();
  }
  const writer = await to.assetWriter();
  for (const { filename, bytes, isSized, metadata } of assets) {
    const written = writer.write({
      filename,
      size: isSized ? bytes.length : null,
      metadata,
      async *stream() {
        yield bytes;
      },
    });
    if (isSafeFilename(filename)) await written;
    else await expect(written).rejects.toMatchObject({ code: 'UNSAFE_FILENAME' });
  }
  await writer.end();
  await to.commit();
  await to.close();
}

/** All of it as text, so that the order of keys counts too. */
async function read(from: TransferSource): Promise<Readonly<Record<string, string>>> {
  await from.open();
  const found: Record<string, string> = {
    metadata: JSON.stringify(await from.metadata()),
    schemas: JSON.stringify(await from.schemas()),
  };
  for (const step of rowSteps) {
    const rows: unknown[] = [];
    for await (const batch of from.rows(step)) rows.push(...batch);
    found[step] = JSON.stringify(rows);
  }
  for await (const { filename, metadata, stream } of from.assets()) {
    const chunks: Uint8Array[] = [];
    for await (const chunk of stream()) chunks.push(chunk.slice());
    found[`asset ${filename}`] = `${JSON.stringify(metadata)} ${Buffer.concat(chunks).toString('base64')}`;
  }
  await from.close();
  return found;
}

test.each(stores)(
  'whatever content is written to %s, the same is read, and unsafe names are refused',
  async (name, open) => {
    await fc.assert(
      fc.asyncProperty(given, cuts, async (given, cut) => {
        const { to, from, left } = open(cut);
        await write(to, given);
        const safe = given.assets.filter(({ filename }) => isSafeFilename(filename));
        expect(await read(from)).toEqual({
          metadata: JSON.stringify(given.metadata),
          schemas: JSON.stringify(given.schemas),
          ...Object.fromEntries(rowSteps.map((step) => [step, JSON.stringify(given.rows[step])])),
          ...Object.fromEntries(
            safe.map(({ filename, metadata, bytes }) => [
              `asset ${filename}`,
              `${JSON.stringify(metadata)} ${Buffer.from(bytes).toString('base64')}`,
            ]),
          ),
        });
        if (left !== undefined) expect(await left()).toEqual([name]);
      }),
      runs(name === 'x' ? 60 : name.endsWith('.enc') ? 5 : 12),
    );
  },
  30_000,
);
