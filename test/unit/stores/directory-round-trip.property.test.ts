import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Entity } from '../../../src/protocol/content.js';
import { isSafeFilename } from '../../../src/stores/asset-filename.js';
import { createDirectoryDestination, createDirectorySource } from '../../../src/stores/index.js';
import { createMemoryFiles } from '../../../src/testing/memory-files.js';

const path = '/data/content';

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
  fc.string({ unit: fc.constantFrom('.', '/', '\\', ' ', 'a', 'ı', '😀', '\0', ':'), maxLength: 6 }),
  fc.constantFrom('CON', 'aux.txt', 'com1', 'LPT9.x', '..', '__proto__', 'constructor'),
);

const assets = fc.uniqueArray(fc.record({ filename, bytes: fc.uint8Array({ maxLength: 300 }) }), {
  selector: (asset) => asset.filename,
  maxLength: 8,
});

test('whatever rows and assets are written to a folder, the same are read, and unsafe names are refused', async () => {
  const chunkSize = fc.integer({ min: 1, max: 200 });
  const maxLineFile = fc.integer({ min: 1, max: 500 });
  await fc.assert(
    fc.asyncProperty(
      entities,
      assets,
      chunkSize,
      maxLineFile,
      async (rows, files, chunkSize, maxLineFile) => {
        const disk = createMemoryFiles({ chunkSize });
        const to = createDirectoryDestination({ path, files: disk, maxLineFile });
        await to.open();
        await to.prepare({ steps: ['entities', 'assets'], metadata: {}, schemas: null });
        const writer = await to.rowWriter('entities');
        await writer.write(rows as readonly Entity[]);
        await writer.end();
        const assetWriter = await to.assetWriter();
        for (const { filename, bytes } of files) {
          const written = assetWriter.write({
            filename,
            size: bytes.length,
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

        const from = createDirectorySource({ path, files: disk });
        await from.open();
        const found: unknown[] = [];
        for await (const batch of from.rows('entities')) found.push(...batch);
        expect(JSON.stringify(found)).toBe(JSON.stringify(rows));
        const bytes: [string, number[]][] = [];
        for await (const asset of from.assets()) {
          const content: number[] = [];
          for await (const chunk of asset.stream()) content.push(...chunk);
          bytes.push([asset.filename, content]);
        }
        const safe = files.filter((file) => isSafeFilename(file.filename));
        expect(bytes).toEqual(
          safe
            .map((file): [string, number[]] => [file.filename, [...file.bytes]])
            .sort(([a], [b]) => (a < b ? -1 : 1)),
        );
        await from.close();
        expect(await disk.list('/data')).toEqual(['content']);
      },
    ),
    { seed: 20261122, numRuns: 150 },
  );
});
