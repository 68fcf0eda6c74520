export const headLength = 512;

export const isGzip = (head: Uint8Array): boolean => head[0] === 0x1f && head[1] === 0x8b && head[2] === 8;

/** The format's name stands in the header of the first entry; where there is none, a tar ends with zeros at once. */
export const isTar = (head: Uint8Array): boolean =>
  textOf(head, 257, 262) === 'ustar' || (head.length === headLength && head.every((byte) => byte === 0));

export const isAge = (head: Uint8Array): boolean => textOf(head).startsWith('age-encryption.org/v1\n');

export interface Told {
  /** Completes "it is". */
  readonly what: string;
  /** A sentence without its stop. */
  readonly cure: string;
}

const download =
  'It was saved in the place of the archive, as where a download needs a login or its address is old: download the archive again';
const unpack = 'Unpack it, and give the folder that holds metadata.json';

const begins = (...bytes: readonly number[]) => bytes;
const signatures: readonly (readonly [readonly number[], string])[] = [
  [begins(0x50, 0x4b, 0x03, 0x04), 'a zip archive'],
  [begins(0x50, 0x4b, 0x05, 0x06), 'a zip archive without a file'],
  [begins(0x42, 0x5a, 0x68), 'compressed with bzip2'],
  [begins(0xfd, 0x37, 0x7a, 0x58, 0x5a), 'compressed with xz'],
  [begins(0x28, 0xb5, 0x2f, 0xfd), 'compressed with zstd'],
  [begins(0x04, 0x22, 0x4d, 0x18), 'compressed with lz4'],
  [begins(0x1f, 0x9d), 'compressed with compress'],
  [begins(0x37, 0x7a, 0xbc, 0xaf), 'a 7z archive'],
  [begins(0x52, 0x61, 0x72, 0x21), 'a rar archive'],
];

const texts: readonly (readonly [RegExp, string, string])[] = [
  [
    /^version https:\/\/git-lfs\.github\.com\//,
    'a pointer of Git LFS, not the file itself',
    'Fetch it with: git lfs pull',
  ],
  [/^\/annex\/objects\//, 'a pointer of git-annex, not the file itself', 'Fetch it with: git annex get'],
  [/^\s*(<!doctype html|<html|<head|<body)/i, 'a web page', download],
  [/^\s*<(\?xml|[a-z!])/i, 'XML', download],
  [/^\s*[[{]/, 'JSON', download],
];

/** What the first bytes of a file say that it is, where it is none of the archives that are read. */
export function toldBy(head: Uint8Array): Told | undefined {
  if (isGzip(head)) return { what: 'compressed with gzip', cure: 'End its name in .tar.gz' };
  if (isTar(head)) return { what: 'a tar that is not encrypted', cure: 'End its name in .tar' };
  if (isAge(head))
    return {
      what: 'encrypted in the age format',
      cure: 'End its name in .tar.gz.age or .tar.age, and give its password',
    };
  const signature = signatures.find(([bytes]) => bytes.every((byte, at) => head[at] === byte));
  if (signature !== undefined) return { what: signature[1], cure: unpack };
  // Behind the mark of UTF-8, which some editors put there.
  const text = textOf(head).replace(/^\u00ef\u00bb\u00bf/, '');
  if (!isText(text)) return undefined;
  const found = texts.find(([pattern]) => pattern.test(text));
  return found && { what: found[1], cure: found[2] };
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what no text holds.
const isText = (text: string): boolean => !/[\u0000-\u0008\u000e-\u001f\u007f]/.test(text);

function textOf(head: Uint8Array, from = 0, to = headLength): string {
  return Buffer.from(head.subarray(from, to)).toString('latin1');
}
