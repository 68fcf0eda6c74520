import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, test } from 'vitest';
import { createLocalSource } from '../../../src/stores/index.js';
import { createMemoryFiles } from '../../../src/testing/memory-files.js';
import {
  contentOf,
  type Format,
  formats,
  keyOf,
  packed,
  put,
  strapiContent,
  strapiOrder,
  tarOf,
} from '../../support/archive-files.js';

const { key } = keyOf('enc') as { readonly key: string };

async function read(name: string, bytes: Uint8Array) {
  const files = createMemoryFiles();
  await put(files, `/data/${name}`, bytes);
  return contentOf(createLocalSource({ path: `/data/${name}`, files, key }));
}

/** Endings of names, by how they say that the archive is encrypted. */
const endings = {
  none: ['', '.bin', '.zip', '.tar', '.gz', '.tgz', '.tar.gz', '.TGZ', '.tar.bz2'],
  strapi: ['.enc', '.gz.enc', '.tgz.enc', '.tar.enc', '.tar.gz.enc', '.TAR.GZ.ENC'],
  age: ['.age', '.gz.age', '.tgz.age', '.tar.age', '.tar.gz.age'],
} as const;
type Cipher = keyof typeof endings;
const ciphers = Object.keys(endings) as readonly Cipher[];

const cipherOf = (format: Format): Cipher =>
  format.endsWith('.enc') ? 'strapi' : format.endsWith('.age') ? 'age' : 'none';

/** What is said where name and bytes do not agree. */
const refusals: Readonly<Record<`${Cipher} named ${Cipher}`, RegExp>> = {
  'none named none': /never/,
  'none named strapi': /its name says that it is encrypted, but it is .*End its name in \.tar/,
  'none named age': /its name says age, but it is .*End its name in \.tar/,
  'strapi named none': /it is a file, and no archive|is a zip|begins as no archive .* has to end in \.enc/,
  'strapi named strapi': /never/,
  'strapi named age': /begins as no archive/,
  'age named none': /it is encrypted in the age format\. End its name in \.tar\.gz\.age/,
  'age named strapi': /but it is encrypted in the age format/,
  'age named age': /never/,
};

describe.each(formats)('what is a .%s', (format) => {
  let bytes: Uint8Array;
  beforeAll(async () => {
    bytes = await packed(format, await tarOf(strapiOrder));
  });

  const actual = cipherOf(format);
  // Each that is tried with a password costs a scrypt.
  const others = ciphers
    .filter((cipher) => cipher !== actual)
    .flatMap((cipher) => endings[cipher].slice(-3).map((ending) => [ending, cipher] as const));

  test.each(endings[actual])('is read as x%s', async (ending) => {
    expect(await read(`x${ending}`, bytes)).toEqual(strapiContent);
  });

  test.each(others)(
    'is not taken for what x%s says, which would be less safe than it looks; the text says what it is',
    async (ending, cipher) => {
      const reading = read(`x${ending}`, bytes);
      await expect(reading).rejects.toMatchObject({
        code: expect.stringMatching(/^(NOT_AN_EXPORT|DAMAGED_ARCHIVE)$/) as string,
        message: expect.stringMatching(refusals[`${actual} named ${cipher}`]) as string,
      });
      await expect(reading).rejects.not.toMatchObject({ message: expect.stringContaining(key) as string });
    },
  );
});

const web = 'a web page. It was saved in the place of the archive';
const unpack = 'Unpack it, and give the folder';
/** Files that people have in the place of an archive, and what is said of each. */
const impostors: readonly (readonly [string, string | Uint8Array, string])[] = [
  ['a web page', '<!DOCTYPE html><html><body>404 not found</body></html>', web],
  ['a web page that begins elsewhere', '\ufeff\n <HTML>', web],
  ['an answer of a bucket', '<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>', 'XML'],
  ['an answer of an API', '{"error":"Not Found"}', 'JSON'],
  [
    'a pointer of Git LFS',
    'version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n',
    'not the file itself. Fetch it with: git lfs pull',
  ],
  ['a pointer of git-annex', '/annex/objects/SHA256E-s1--ab.tar.gz\n', 'git annex get'],
  ['a zip', Uint8Array.of(0x50, 0x4b, 3, 4, 0, 0), `a zip archive. ${unpack}`],
  ['a 7z', Uint8Array.of(0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c), `a 7z archive. ${unpack}`],
  ['a rar', 'Rar!\x1a\x07', `a rar archive. ${unpack}`],
  ['a tar.bz2', 'BZh91AY&SY', `compressed with bzip2. ${unpack}`],
  ['a tar.xz', Uint8Array.of(0xfd, 0x37, 0x7a, 0x58, 0x5a, 0), `compressed with xz. ${unpack}`],
  ['a tar.zst', Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd), `compressed with zstd. ${unpack}`],
  ['a tar.lz4', Uint8Array.of(4, 0x22, 0x4d, 0x18), `compressed with lz4. ${unpack}`],
  ['a tar.Z', Uint8Array.of(0x1f, 0x9d, 0x90), `compressed with compress. ${unpack}`],
];

describe.each(impostors)('%s in the place of an archive', (_, content, words) => {
  const bytes = Buffer.from(content);

  test.each(['x', 'x.tar', 'x.tar.gz', 'x.tgz', 'x.gz.enc', 'x.tar.age'])(
    'is named where it is called %s',
    async (name) => {
      await expect(read(name, bytes)).rejects.toMatchObject({
        code: 'NOT_AN_EXPORT',
        message: expect.stringContaining(words) as string,
      });
    },
  );

  test('is named where it was compressed', async () => {
    await expect(read('x.tar.gz', gzipSync(bytes))).rejects.toMatchObject({
      code: 'NOT_AN_EXPORT',
      message: expect.stringContaining(words) as string,
    });
  });
});

test('an archive that is compressed twice is told', async () => {
  await expect(read('x.tar.gz', gzipSync(gzipSync(await tarOf(strapiOrder))))).rejects.toMatchObject({
    code: 'NOT_AN_EXPORT',
    message: expect.stringContaining('compressed twice. Unpack it once with gunzip') as string,
  });
});

test.each(['x', 'x.tar', 'x.tar.gz', 'x.tgz', 'x.tar.enc', 'x.age'])(
  'an empty file %s is told',
  async (name) => {
    await expect(read(name, new Uint8Array())).rejects.toMatchObject({
      message: expect.stringMatching(/it is empty|it is cut off/) as string,
    });
  },
);

describe('an end that is read', () => {
  test.each(['x.tar', 'x.tgz', 'x.enc', 'x'])('may be a folder, be it called %s', async (name) => {
    const files = createMemoryFiles();
    await files.makeDirectory(`/data/${name}`);
    await files.write(`/data/${name}/metadata.json`, '{}');
    expect(await contentOf(createLocalSource({ path: `/data/${name}`, files }))).toMatchObject({
      metadata: {},
      entities: [],
    });
  });

  test.each(['x.tar', 'x.tgz', 'x.zip', 'x'])('and does not exist, is told as such: %s', async (name) => {
    const files = createMemoryFiles();
    await expect(createLocalSource({ path: `/data/${name}`, files }).open()).rejects.toMatchObject({
      code: 'NOT_AN_EXPORT',
      details: { reason: 'it does not exist' },
    });
  });

  test('that is closed while it is looked at stays closed', async () => {
    const files = createMemoryFiles();
    await put(files, '/data/x.tar', await tarOf(strapiOrder));
    const source = createLocalSource({ path: '/data/x.tar', files });
    const opening = source.open();
    await source.close();
    await expect(opening).rejects.toMatchObject({ code: 'ABORTED' });
    await expect(source.metadata()).rejects.toMatchObject({ code: 'ABORTED' });
  });
});
