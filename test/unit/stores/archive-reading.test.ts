import { describe, expect, test } from 'vitest';
import type { FileSystem } from '../../../src/ports/files.js';
import { archiveFormatOf, createArchiveSource } from '../../../src/stores/index.js';
import { createMemoryFiles, type MemoryFiles } from '../../../src/testing/memory-files.js';
import {
  contentOf,
  description,
  type Entry,
  entity,
  type Format,
  formats,
  keyOf,
  lines,
  metadata,
  packed,
  put,
  strapiContent,
  strapiOrder,
  tarOf,
  upload,
} from '../../support/archive-files.js';

async function archiveOf(format: Format, entries: readonly Entry[]): Promise<MemoryFiles> {
  const files = createMemoryFiles();
  await put(files, `/data/x.${format}`, await packed(format, await tarOf(entries)));
  return files;
}

const sourceOf = (files: FileSystem, format: Format = 'tar') =>
  createArchiveSource({ path: `/data/x.${format}`, files, ...keyOf(format) });

/** How many bytes of the archive are read, from its opening on. */
function counting(disk: MemoryFiles): { readonly files: FileSystem; read(): number } {
  let read = 0;
  const files: FileSystem = {
    ...disk,
    async openFile(path: string) {
      const file = await disk.openFile(path);
      return {
        ...file,
        async *stream(from: number, to: number) {
          for await (const chunk of file.stream(from, to)) {
            read += chunk.length;
            yield chunk;
          }
        },
      };
    },
  };
  return { files, read: () => read };
}

test.each([
  ['export.tar', 'tar'],
  ['/a.b/export.tar.gz', 'tar.gz'],
  ['export.tar.enc', 'tar.enc'],
  ['export_2026.tar.gz.enc', 'tar.gz.enc'],
  ['export.tar.age', 'tar.age'],
  ['EXPORT.TAR.GZ.AGE', 'tar.gz.age'],
  ['export', undefined],
  ['export.gz', undefined],
  ['export.tar/inside', undefined],
  ['tar', undefined],
  ['export.tar.zip', undefined],
])('the name %s is that of an archive of the format %s', (path, format) => {
  expect(archiveFormatOf(path)).toBe(format);
});

describe.each(formats)('an archive x.%s', (format) => {
  test('is read as Strapi writes it', async () => {
    expect(await contentOf(sourceOf(await archiveOf(format, strapiOrder), format))).toEqual(strapiContent);
  });

  test('is read in whatever order its entries lie', async () => {
    const reversed = strapiOrder.toReversed();
    const found = await contentOf(sourceOf(await archiveOf(format, reversed), format));
    expect(found).toEqual({
      ...strapiContent,
      entities: [entity(3), entity(1), entity(2)],
      assets: strapiContent.assets.toReversed(),
    });
  });

  test('is read with its descriptions apart from their files', async () => {
    const ofAssets = strapiOrder.filter(({ name }) => name.startsWith('assets/metadata'));
    const rest = strapiOrder.filter((entry) => !ofAssets.includes(entry));
    for (const order of [
      [...ofAssets, ...rest],
      [...rest, ...ofAssets],
    ]) {
      expect(await contentOf(sourceOf(await archiveOf(format, order), format))).toEqual(strapiContent);
    }
  });

  test('is read as other tools pack a folder, and what is no part of an export is passed over', async () => {
    const packedByHand: readonly Entry[] = [
      { name: './', type: 'directory' },
      { name: './assets/', type: 'directory' },
      ...strapiOrder.map((entry) => ({ ...entry, name: `./${entry.name}` })),
      { name: 'README.md', content: 'x' },
      { name: 'entities/.DS_Store', content: 'x' },
      { name: 'other/entities/entities_00001.jsonl', content: 'x' },
    ];
    expect(await contentOf(sourceOf(await archiveOf(format, packedByHand), format))).toEqual(strapiContent);
  });

  test('tells what its stages come to as soon as it is open', async () => {
    const source = sourceOf(await archiveOf(format, strapiOrder), format);
    await source.open();
    expect(source.totals?.('entities')).toEqual({ count: 3 });
    expect(source.totals?.('assets')).toEqual({ count: 2, bytes: 1000 });
    await source.close();
  });

  test('is refused wherever it is cut', async () => {
    const files = createMemoryFiles();
    const whole = await packed(format, await tarOf(strapiOrder));
    const step = Math.max(1, Math.floor(whole.length / 41));
    for (let length = 0; length < whole.length - 1; length += step) {
      await put(files, `/data/x.${format}`, whole.subarray(0, length));
      await expect(contentOf(sourceOf(files, format)), `${length} of ${whole.length}`).rejects.toMatchObject({
        code: expect.stringMatching(/^(DAMAGED_ARCHIVE|WRONG_KEY)$/) as string,
      });
    }
  });

  test('is read on as it was verified when another takes its place', async () => {
    const files = await archiveOf(format, strapiOrder);
    const source = sourceOf(files, format);
    await source.open();
    await put(files, '/data/other', Buffer.from('something else'));
    await files.rename('/data/other', `/data/x.${format}`);
    expect(await contentOf({ ...source, open: async () => {} })).toEqual(strapiContent);
  });

  test('that is closed while it is verified rejects with ABORTED', async () => {
    const source = sourceOf(await archiveOf(format, strapiOrder), format);
    const opening = source.open();
    const outcome = opening.catch((error: unknown) => error);
    await source.close();
    // Where it was quicker, it is closed all the same.
    await outcome;
    await expect(source.metadata()).rejects.toMatchObject({ code: 'ABORTED' });
  });
});

describe('what is compressed or authenticated', () => {
  test.each(['tar.gz', 'tar.gz.enc', 'tar.age', 'tar.gz.age'] as const)(
    'in x.%s is refused, or the same, wherever a bit of it is turned',
    async (format) => {
      const files = createMemoryFiles();
      const whole = await packed(format, await tarOf(strapiOrder));
      let refused = 0;
      for (let at = 0; at < whole.length; at += 13) {
        const changed = Uint8Array.from(whole);
        changed[at] = (changed[at] ?? 0) ^ 0x10;
        await put(files, `/data/x.${format}`, changed);
        const found = await contentOf(sourceOf(files, format)).catch(
          (error: { code?: string }) => error.code,
        );
        if (typeof found === 'object') expect(found).toEqual(strapiContent);
        else {
          // What was changed may be noticed by what it says before it is by its checksum.
          expect(found).toMatch(
            /^(DAMAGED_ARCHIVE|WRONG_KEY|ARCHIVE_LIMIT|NOT_AN_EXPORT|BROKEN_LINE|MISSING_ASSET_DESCRIPTION)$/,
          );
          refused += 1;
        }
      }
      // A gzip header has a date and a system that nobody checks.
      expect(refused).toBeGreaterThan(whole.length / 13 - 4);
    },
  );

  test('in a tar is refused where a header was changed', async () => {
    const files = createMemoryFiles();
    const whole = await tarOf(strapiOrder);
    for (let at = 0; at < 345; at += 3) {
      const changed = Uint8Array.from(whole);
      changed[at] = (changed[at] ?? 0) ^ 0x01;
      await put(files, '/data/x.tar', changed);
      await expect(contentOf(sourceOf(files)), `byte ${at}`).rejects.toMatchObject({
        code: 'DAMAGED_ARCHIVE',
      });
    }
  });
});

describe.each(['tar.enc', 'tar.gz.enc', 'tar.age', 'tar.gz.age'] as const)('the key of x.%s', (format) => {
  const opened = async (key: string | undefined) => {
    const files = await archiveOf(format, strapiOrder);
    const source = createArchiveSource({
      path: `/data/x.${format}`,
      files,
      ...(key === undefined ? {} : { key }),
    });
    return source.open().then(
      () => source.close(),
      (error: Error) => error,
    );
  };

  test('is asked for where there is none', async () => {
    expect(await opened(undefined)).toMatchObject({ code: 'MISSING_KEY' });
    expect(await opened('')).toMatchObject({ code: 'MISSING_KEY' });
  });

  test('that is wrong is told as such, and appears in no error', async () => {
    const error = (await opened('swordfish')) as Error;
    expect(error).toMatchObject({ code: 'WRONG_KEY', details: { path: `/data/x.${format}` } });
    expect(`${error.stack} ${JSON.stringify(error)} ${String(error.cause)}`).not.toContain('swordfish');
  });
});

const rows: Entry = { name: 'entities/entities_00001.jsonl', content: lines(entity(1)) };

describe('an entry that no export holds', () => {
  test.each<[string, Entry, RegExp]>([
    ['an absolute path', { name: '/etc/passwd' }, /absolute/],
    ['the path of a drive', { name: 'C:/x' }, /absolute/],
    ['a path out of the archive', { name: 'assets/uploads/../../x' }, /leads out/],
    ['a path out of it from the beginning', { name: '../x' }, /leads out/],
    ['a backslash beside a slash', { name: 'assets/uploads\\x' }, /backslash/],
    ['a path of Windows out of the archive', { name: 'assets\\..\\..\\x' }, /leads out/],
    ['the path of a drive of Windows', { name: 'C:\\x' }, /absolute/],
    ['a control character', { name: 'assets/uploads/a\nb' }, /control/],
    ['a symbolic link', { name: 'assets/uploads/x', type: 'symlink', linkname: '/etc/passwd' }, /neither/],
    ['a hard link', { name: 'assets/uploads/x', type: 'link', linkname: 'metadata.json' }, /neither/],
    ['a character device', { name: 'null', type: 'character-device' }, /neither/],
    ['a block device', { name: 'sda', type: 'block-device' }, /neither/],
    ['a pipe', { name: 'pipe', type: 'fifo' }, /neither/],
    ['a folder that leads out', { name: '../x/', type: 'directory' }, /leads out/],
    ['the same path again', rows, /twice/],
    ['the same path, written otherwise', { ...rows, name: './entities//entities_00001.jsonl' }, /twice/],
    ['the same path, as Windows writes it', { ...rows, name: rows.name.replace('/', '\\') }, /twice/],
    ['metadata.json again', metadata, /twice/],
    ['a file name that is too long', upload('x'.repeat(251)), /that of a file/],
    ['a description of such a file', description('x'.repeat(251)), /that of a file/],
  ])('is refused: %s', async (_, entry, reason) => {
    const files = await archiveOf('tar.gz', [rows, metadata, entry]);
    await expect(sourceOf(files, 'tar.gz').open()).rejects.toMatchObject({
      code: 'UNSAFE_ENTRY',
      details: { entry: JSON.stringify(entry.name), reason: expect.stringMatching(reason) as string },
    });
  });

  test('is refused: one of a kind that nobody knows', async () => {
    const tar = Uint8Array.from(await tarOf([{ name: 'x', content: '' }, metadata]));
    tar[156] = 'Z'.charCodeAt(0);
    const sum = tar.subarray(0, 512).reduce((all, byte, at) => all + (at >= 148 && at < 156 ? 32 : byte), 0);
    tar.set(Buffer.from(`${sum.toString(8).padStart(6, '0')}\0 `), 148);
    const files = createMemoryFiles();
    await put(files, '/data/x.tar', tar);
    await expect(sourceOf(files).open()).rejects.toMatchObject({ code: 'UNSAFE_ENTRY' });
  });
});

describe('what follows the end of a tar', () => {
  const big: readonly Entry[] = [
    description('big.bin'),
    { ...upload('big.bin'), content: 'x'.repeat(1_500_000) },
  ];
  const other = [{ ...rows, name: 'entities/entities_00009.jsonl' }];
  const endMark = 1024;
  const long: Entry = { name: `entities/${'e'.repeat(150)}.jsonl`, content: lines(entity(2)) };

  async function openedAs(format: Format, bytes: Uint8Array) {
    const files = createMemoryFiles({ chunkSize: 4096 });
    await put(files, `/data/x.${format}`, bytes);
    const source = sourceOf(files, format);
    await source.open();
    await source.close();
  }

  /** Another archive behind one, as Strapi's reader would not see it. */
  const appended: Readonly<Record<string, () => Promise<Uint8Array>>> = {
    'another tar': async () => Buffer.concat([await tarOf([rows, metadata]), await tarOf(other)]),
    'another tar, behind the padding of ten blocks': async () =>
      Buffer.concat([await tarOf([rows, metadata]), new Uint8Array(10 * 1024), await tarOf(other)]),
    'another tar, behind one block of zeros': async () =>
      Buffer.concat([(await tarOf([rows, metadata])).subarray(0, -endMark / 2), await tarOf(other)]),
    'another tar that begins with a long name': async () =>
      Buffer.concat([await tarOf([rows, metadata]), await tarOf([long])]),
    'another tar, behind a file that is passed over': async () =>
      Buffer.concat([await tarOf([rows, metadata, ...big]), await tarOf(other)]),
    'another tar with such a file': async () =>
      Buffer.concat([await tarOf([rows, metadata]), await tarOf([...big, ...other])]),
    'another tar, behind zeros that hold a checksum': async () => {
      const zeros = new Uint8Array(endMark);
      zeros.set(Buffer.from('000400\0 '), 148);
      const first = (await tarOf([rows, metadata])).subarray(0, -endMark);
      return Buffer.concat([first, zeros, await tarOf(other)]);
    },
    'bytes that are no tar': async () =>
      Buffer.concat([await tarOf([rows, metadata]), Buffer.alloc(2048, 'x')]),
  };

  test.each(
    (['tar', 'tar.gz'] as const).flatMap((format) =>
      Object.entries(appended).map(([name, make]) => [format, name, make] as const),
    ),
  )('is refused in a .%s: %s', async (format, _, make) => {
    await expect(openedAs(format, await packed(format, await make()))).rejects.toMatchObject({
      code: 'DAMAGED_ARCHIVE',
    });
  });

  test.each(formats.slice(2))('is refused in a .%s too', async (format) => {
    const tar = await appended['another tar']?.();
    await expect(openedAs(format, await packed(format, tar ?? new Uint8Array()))).rejects.toMatchObject({
      code: 'DAMAGED_ARCHIVE',
    });
  });

  test('is refused as a second member of a .tar.gz', async () => {
    const bytes = Buffer.concat([
      await packed('tar.gz', await tarOf([rows, metadata])),
      await packed('tar.gz', await tarOf(other)),
    ]);
    await expect(openedAs('tar.gz', bytes)).rejects.toMatchObject({
      code: 'DAMAGED_ARCHIVE',
      details: { reason: expect.stringContaining('after its end') as string },
    });
  });

  test.each(formats)('may be zeros, as tar pads it, in a .%s', async (format) => {
    const tar = Buffer.concat([await tarOf([rows, metadata, ...big, long]), new Uint8Array(10 * 1024)]);
    await openedAs(format, await packed(format, tar));
  });
});

describe('an archive that is no export', () => {
  test.each<[string, readonly Entry[], object]>([
    ['has no metadata.json', [rows], { code: 'NOT_AN_EXPORT' }],
    ['holds nothing', [], { code: 'NOT_AN_EXPORT' }],
    [
      'has metadata.json that is no JSON',
      [{ name: 'metadata.json', content: '{' }],
      { code: 'NOT_AN_EXPORT' },
    ],
    [
      'has metadata.json without an object',
      [{ name: 'metadata.json', content: '1' }],
      { code: 'NOT_AN_EXPORT' },
    ],
    ['has a file without a description', [upload('a.png'), metadata], { code: 'MISSING_ASSET_DESCRIPTION' }],
    ['has a description without a file', [description('a.png'), metadata], { code: 'MISSING_ASSET' }],
    [
      'has a description that is no JSON',
      [description('a.png', '{'), upload('a.png'), metadata],
      { code: 'MISSING_ASSET_DESCRIPTION', details: { reason: 'it is no JSON' } },
    ],
    [
      'has a row that is none',
      [{ ...rows, content: `${rows.content}{"secret":1}\n` }, metadata],
      { code: 'BROKEN_LINE', details: { line: 2, file: 'entities/entities_00001.jsonl' } },
    ],
  ])('is refused when it is opened: it %s', async (_, entries, error) => {
    const files = await archiveOf('tar', entries);
    await expect(sourceOf(files).open()).rejects.toMatchObject(error);
    expect(await files.list('/data')).toEqual(['x.tar']);
  });

  test('is refused: nothing stands there, or a folder does', async () => {
    const files = createMemoryFiles();
    await expect(sourceOf(files).open()).rejects.toMatchObject({
      code: 'NOT_AN_EXPORT',
      details: { reason: 'it does not exist' },
    });
    await files.makeDirectory('/data/x.tar');
    await expect(sourceOf(files).open()).rejects.toMatchObject({ code: 'NOT_AN_EXPORT' });
  });

  test('is refused: it is another file', async () => {
    const files = createMemoryFiles();
    await put(files, '/data/x', Buffer.from('\0\x01 something'));
    await expect(createArchiveSource({ path: '/data/x', files }).open()).rejects.toMatchObject({
      code: 'NOT_AN_EXPORT',
      details: { reason: 'it is a file, and no archive' },
    });
  });

  test.each(['tar.gz', 'tar.age'] as const)('is refused: x.%s is something else', async (format) => {
    const files = createMemoryFiles();
    await put(files, `/data/x.${format}`, Buffer.from('<html>Not found</html>\n'.repeat(100)));
    await expect(sourceOf(files, format).open()).rejects.toMatchObject({
      code: 'NOT_AN_EXPORT',
      details: { reason: expect.stringContaining('a web page') as string },
    });
  });

  test('is refused: entries are followed by bytes that are none', async () => {
    const files = createMemoryFiles();
    await put(files, '/data/x.tar', Buffer.concat([await tarOf(strapiOrder), Buffer.alloc(512, 1)]));
    await expect(sourceOf(files).open()).rejects.toMatchObject({ code: 'DAMAGED_ARCHIVE' });
  });
});

describe('a bomb', () => {
  const limited = (files: MemoryFiles, limits: object, format: Format = 'tar.gz') =>
    createArchiveSource({ path: `/data/x.${format}`, files, limits, ...keyOf(format) }).open();
  const tooMuch = { code: 'ARCHIVE_LIMIT' };

  test('of zeros is refused before it is unpacked', async () => {
    const zeros = await packed('tar.gz', new Uint8Array(1024 * 1024));
    const files = createMemoryFiles();
    // A gzip may consist of many.
    const whole = new Uint8Array(zeros.length * 300);
    for (let at = 0; at < whole.length; at += zeros.length) whole.set(zeros, at);
    await put(files, '/data/x.tar.gz', whole);
    const unpackedBytes = 16 * 1024 * 1024;
    await expect(limited(files, { unpackedBytes })).rejects.toMatchObject({
      ...tooMuch,
      details: { limit: 'unpackedBytes', value: unpackedBytes },
    });
  });

  test('is none for the zeros in it: an asset may shrink to a thousandth', async () => {
    const zeros = { ...upload('a'), content: new Uint8Array(300 * 1024) };
    const files = await archiveOf('tar.gz', [description('a'), zeros, rows, metadata]);
    await expect(limited(files, {})).resolves.toBeUndefined();
  });

  test('is refused by the bytes that it unpacks to, and taken where they are allowed', async () => {
    for (const format of formats) {
      const tar = await tarOf(strapiOrder);
      const files = createMemoryFiles();
      await put(files, `/data/x.${format}`, await packed(format, tar));
      await expect(limited(files, { unpackedBytes: tar.length - 1 }, format)).rejects.toMatchObject(tooMuch);
      await expect(limited(files, { unpackedBytes: tar.length }, format)).resolves.toBeUndefined();
    }
  });

  test('of entries is refused by their number', async () => {
    const files = await archiveOf('tar.gz', [
      ...Array.from({ length: 20 }, (_, index) => ({ name: `x${index}` })),
      metadata,
    ]);
    await expect(limited(files, { entries: 20 })).rejects.toMatchObject({
      ...tooMuch,
      details: { limit: 'entries', value: 20 },
    });
    await expect(limited(files, { entries: 21 })).resolves.toBeUndefined();
  });

  test('of a line without an end is refused by its length', async () => {
    const endless: Entry = { ...rows, content: lines(entity(1, 'x'.repeat(1_000_000))) };
    const files = await archiveOf('tar.gz', [endless, metadata]);
    await expect(limited(files, { lineBytes: 500_000 })).rejects.toMatchObject({
      code: 'CONTENT_LIMIT',
      details: { limit: 'lineBytes', value: 500_000 },
    });
    await expect(limited(files, {})).resolves.toBeUndefined();
  });

  test('of what would have to be kept is refused by its length', async () => {
    const apart = [description('a', `{"x":"${'x'.repeat(2000)}"}`), rows, upload('a'), metadata];
    await expect(limited(await archiveOf('tar.gz', apart), { heldBytes: 1000 })).rejects.toMatchObject({
      code: 'CONTENT_LIMIT',
    });
    const schemas: Entry = { name: 'schemas/schemas_00001.jsonl', content: lines({ uid: 'x'.repeat(2000) }) };
    await expect(
      limited(await archiveOf('tar.gz', [schemas, metadata]), { heldBytes: 1000 }),
    ).rejects.toMatchObject(tooMuch);
  });

  test('of a password that takes all memory is refused before it is tried', async () => {
    const files = createMemoryFiles();
    const cheap = Buffer.from(await packed('tar.age', await tarOf(strapiOrder))).toString('latin1');
    const dear = cheap.replace(/^(-> scrypt \S+) 4$/m, '$1 30');
    await put(files, '/data/x.tar.age', Buffer.from(dear, 'latin1'));
    await expect(limited(files, {}, 'tar.age')).rejects.toMatchObject(tooMuch);
  });

  test('of a header without an end is refused', async () => {
    const files = createMemoryFiles();
    await put(
      files,
      '/data/x.tar.age',
      Buffer.from(`age-encryption.org/v1\n-> scrypt ${'a'.repeat(200_000)}`),
    );
    await expect(limited(files, {}, 'tar.age')).rejects.toMatchObject({ code: 'DAMAGED_ARCHIVE' });
  });
});

describe('reading', () => {
  const MiB = 1024 * 1024;
  const large = [
    ...strapiOrder.slice(0, -1),
    ...[1, 2, 3].flatMap((id) => [description(`${id}.bin`), upload(`${id}.bin`, Buffer.alloc(3 * MiB, id))]),
    metadata,
  ];

  test('goes through a compressed archive twice: once to verify it, once for all its stages', async () => {
    const inOrder = [...large.filter(({ name }) => !/^(links|config)/.test(name)).slice(0, -1)];
    const all = [...inOrder, ...large.filter(({ name }) => /^(links|config)/.test(name)), metadata];
    const plain = await archiveOf('tar.gz', all);
    const { files, read } = counting(plain);
    const size = (await plain.stat('/data/x.tar.gz'))?.size ?? 0;
    await contentOf(sourceOf(files, 'tar.gz'));
    // And once its first bytes, for what it is.
    expect(read()).toBeLessThanOrEqual(2 * size + 512);
  });

  test.each(['tar', 'tar.enc'] as const)('verifies x.%s without reading the files in it', async (format) => {
    const { files, read } = counting(await archiveOf(format, large));
    const source = sourceOf(files, format);
    await source.open();
    expect(read()).toBeLessThan(3 * MiB);
    await source.close();
  });

  test.each(['tar', 'tar.enc'] as const)(
    'refuses x.%s that is cut within a file that is passed over',
    async (format) => {
      const files = createMemoryFiles();
      const whole = await packed(format, await tarOf(large));
      await put(files, `/data/x.${format}`, whole.subarray(0, whole.length - 2 * MiB));
      await expect(sourceOf(files, format).open()).rejects.toMatchObject({ code: 'DAMAGED_ARCHIVE' });
    },
  );
});
