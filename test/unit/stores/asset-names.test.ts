import { describe, expect, test } from 'vitest';
import { foldedName } from '../../../src/stores/export/file-names.js';
import {
  createArchiveDestination,
  createArchiveSource,
  createDirectoryDestination,
  createDirectorySource,
  type TransferSource,
} from '../../../src/stores/index.js';
import { createMemoryFiles, type MemoryFiles } from '../../../src/testing/memory-files.js';

const asset = (filename: string, text: string, size: number | null = text.length) => ({
  filename,
  size,
  metadata: { name: filename },
  async *stream() {
    yield new TextEncoder().encode(text);
  },
});

const stores = {
  folder: (files: MemoryFiles) => ({
    destination: createDirectoryDestination({ path: '/content', files, force: true }),
    source: createDirectorySource({ path: '/content', files }),
  }),
  archive: (files: MemoryFiles) => ({
    destination: createArchiveDestination({ path: '/content.tar', files, force: true }),
    source: createArchiveSource({ path: '/content.tar', files }),
  }),
};

async function assetsOf(source: TransferSource): Promise<Record<string, string>> {
  await source.open();
  const found: Record<string, string> = {};
  for await (const { filename, stream } of source.assets()) {
    const chunks: Uint8Array[] = [];
    for await (const chunk of stream()) chunks.push(chunk);
    found[filename] = Buffer.concat(chunks).toString();
  }
  await source.close();
  return found;
}

/** Pairs of names that are one: with APFS, HFS+, NTFS, or ext4 where it folds. */
const pairs: readonly (readonly [string, string, string])[] = [
  ['letters of either case', 'Photo.png', 'photo.PNG'],
  ['composed and decomposed letters', 'caf\u00e9.png', 'cafe\u0301.png'],
  ['both at once', 'CAF\u00c9.png', 'cafe\u0301.png'],
  ['a sharp s and its capitals', 'stra\u00dfe.png', 'STRASSE.png'],
  [
    'a final and a medial sigma',
    '\u03a3\u03af\u03c3\u03c5\u03c6\u03bf\u03c2.png',
    '\u03a3\u038a\u03a3\u03a5\u03a6\u039f\u03a3.png',
  ],
  ['a ligature and its letters', '\ufb03.png', 'FFI.png'],
  ['a zero-width joiner', 'a\u200db.png', 'ab.png'],
  ['a soft hyphen', 'a\u00adb.png', 'ab.png'],
  ['Cyrillic', 'ФОТО.png', 'фото.png'],
  ['the Kelvin sign', '\u212a.png', 'k.png'],
  ['the Ångström sign', '\u212b.png', '\u00e5.png'],
];

describe.each(Object.keys(stores) as (keyof typeof stores)[])('in a %s', (kind) => {
  test.each(pairs)('two assets whose names differ by %s are not taken for one', async (_, first, second) => {
    for (const [before, after] of [
      [first, second],
      [second, first],
    ] as const) {
      const { destination } = stores[kind](createMemoryFiles());
      await destination.open();
      await destination.prepare({ steps: ['assets'], metadata: { createdAt: 'x' }, schemas: null });
      const writer = await destination.assetWriter();
      await writer.write(asset(before, 'one'));
      await expect(writer.write(asset(after, 'one'))).rejects.toMatchObject({
        code: 'ASSET_NAMES_CLASH',
        details: { filename: after, other: before },
      });
      await destination.close();
    }
  });

  test('names that no file system takes for one are both kept', async () => {
    const { destination, source } = stores[kind](createMemoryFiles());
    await destination.open();
    await destination.prepare({ steps: ['assets'], metadata: { createdAt: 'x' }, schemas: null });
    const writer = await destination.assetWriter();
    const kept = { 'a.png': '1', 'b.png': '2', 'а.png': 'a Cyrillic a', 'a.png.json': '4', 'ä.png': '5' };
    for (const [name, text] of Object.entries(kept)) await writer.write(asset(name, text));
    await writer.end();
    await destination.commit();
    await destination.close();
    expect(await assetsOf(source)).toEqual(kept);
  });
});

describe('in a folder', () => {
  async function begun(files: MemoryFiles) {
    const { destination } = stores.folder(files);
    await destination.open();
    await destination.prepare({ steps: ['assets'], metadata: { createdAt: 'x' }, schemas: null });
    return { destination, writer: await destination.assetWriter() };
  }

  test('a name that the disk alone takes for another is refused, and the other one is whole', async () => {
    const disk = createMemoryFiles();
    // A disk that folds in a way of its own.
    const place = (path: string) => path.replace('2.png', '1.png');
    const { destination, writer } = await begun({
      ...disk,
      create: (path, options) => disk.create(place(path), options),
    });
    await writer.write(asset('1.png', 'one'));
    await expect(writer.write(asset('2.png', 'two'))).rejects.toMatchObject({ code: 'ASSET_NAMES_CLASH' });
    await writer.end();
    await destination.commit();
    await destination.close();
    expect(await assetsOf(stores.folder(disk).source)).toEqual({ '1.png': 'one' });
  });

  test('a name is free again when its asset could not be written', async () => {
    const { destination, writer } = await begun(createMemoryFiles());
    await expect(writer.write(asset('A.png', 'one', 7))).rejects.toMatchObject({
      code: 'ASSET_SIZE_MISMATCH',
    });
    await writer.write(asset('a.png', 'one'));
    await destination.close();
  });
});

test.each(pairs)('a fold is the same for %s', (_, first, second) => {
  expect(foldedName(first)).toBe(foldedName(second));
  expect(foldedName(foldedName(first))).toBe(foldedName(first));
});
