import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Entity } from '../../../src/protocol/content.js';
import { isSafeFilename } from '../../../src/stores/asset-filename.js';
import { createArchiveDestination, createArchiveSource } from '../../../src/stores/index.js';
import { createMemoryFiles } from '../../../src/testing/memory-files.js';
import { formats, keyOf } from './archive-files.js';

const entities = fc.array(
  fc.record({
    type: fc.string({ unit: 'binary' }),
    id: fc.oneof(fc.nat(), fc.string()),
    data: fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue()),
  }),
  { maxLength: 30 },
);

const filename = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.string({ unit: 'grapheme', minLength: 60, maxLength: 120 }),
  fc.string({ unit: fc.constantFrom('.', '/', '\\', ' ', 'a', 'ı', '😀', '\0', ':'), maxLength: 6 }),
  fc.constantFrom('CON', 'aux.txt', 'com1', 'LPT9.x', '..', '__proto__', 'constructor'),
);

const assets = fc.uniqueArray(
  fc.record({ filename, bytes: fc.uint8Array({ maxLength: 2000 }), isSized: fc.boolean() }),
  { selector: (asset) => asset.filename, maxLength: 8 },
);

test.each(formats)(
  'whatever rows and assets are written to x.%s, the same are read, in their order, and unsafe names are refused',
  async (format) => {
    const path = `/data/x.${format}`;
    const chunkSize = fc.integer({ min: 16, max: 2000 });
    const maxLineFile = fc.integer({ min: 1, max: 500 });
    await fc.assert(
      fc.asyncProperty(
        entities,
        assets,
        chunkSize,
        maxLineFile,
        async (rows, given, chunkSize, maxLineFile) => {
          const files = createMemoryFiles({ chunkSize });
          const options = { path, files, ...keyOf(format) };
          const to = createArchiveDestination({ ...options, maxLineFile, ageWorkFactor: 4 });
          await to.open();
          await to.prepare({ steps: ['entities', 'assets'], metadata: {}, schemas: null });
          const writer = await to.rowWriter('entities');
          await writer.write(rows as readonly Entity[]);
          await writer.end();
          const assetWriter = await to.assetWriter();
          for (const { filename, bytes, isSized } of given) {
            const written = assetWriter.write({
              filename,
              size: isSized ? bytes.length : null,
              metadata: { filename },
              async *stream() {
                yield bytes;
              },
            });
            if (isSafeFilename(filename)) await written;
            else await expect(written).rejects.toMatchObject({ code: 'UNSAFE_FILENAME' });
          }
          await assetWriter.end();
          await to.commit();
          await to.close();

          const from = createArchiveSource(options);
          await from.open();
          const found: unknown[] = [];
          for await (const batch of from.rows('entities')) found.push(...batch);
          expect(JSON.stringify(found)).toBe(JSON.stringify(rows));
          const read: [string, unknown, number[]][] = [];
          for await (const { filename, metadata, stream } of from.assets()) {
            const content: number[] = [];
            for await (const chunk of stream()) content.push(...chunk);
            read.push([filename, metadata, content]);
          }
          const safe = given.filter((asset) => isSafeFilename(asset.filename));
          expect(read).toEqual(safe.map(({ filename, bytes }) => [filename, { filename }, [...bytes]]));
          await from.close();
          expect(await files.list('/data')).toEqual([`x.${format}`]);
        },
      ),
      { seed: 20261124, numRuns: 25 },
    );
  },
  30_000,
);
