import type { Entry } from './archive-files.js';

/** How hands and tools pack an export: each makes others of the entries that Strapi's own archive has. */
export interface Packing {
  readonly name: string;
  readonly pack: (entries: readonly Entry[]) => readonly Entry[];
  /** What the error tells, where it is refused; what Strapi's import reads is read. */
  readonly refused?: readonly [code: string, words: RegExp];
  /** Whether a folder can hold the same. */
  readonly onlyInArchives?: true;
}

const renamed = (pattern: RegExp, to: string) => (entries: readonly Entry[]) =>
  entries.map((entry) => ({ ...entry, name: entry.name.replace(pattern, to) }));
const beside =
  (...more: readonly Entry[]) =>
  (entries: readonly Entry[]) => [...entries, ...more];

const appleDouble = Buffer.concat([Uint8Array.of(0x00, 0x05, 0x16, 0x07), Buffer.alloc(159, 1)]);
/** As a Mac's tar writes it: `._x` before each x. */
const macs = (entries: readonly Entry[]) =>
  entries.flatMap((entry) => [{ name: entry.name.replace(/[^/]+$/, '._$&'), content: appleDouble }, entry]);
const moved = (stage: string) => renamed(new RegExp(`^${stage}/`), `${stage}/a/b/`);
const stray = (file: string): readonly [string, RegExp] => [
  'STRAY_FILE',
  new RegExp(`holds ${file}[^,]*, where`),
];

export const packings: readonly Packing[] = [
  { name: 'rows in .json', pack: renamed(/^(entities|links)(.*)\.jsonl$/, '$1$2.json') },
  { name: 'rows in .JSONL', pack: renamed(/\.jsonl$/, '.JSONL') },
  { name: 'rows in .ndjson', pack: renamed(/\.jsonl$/, '.ndjson') },
  { name: 'rows in .txt', pack: renamed(/\.jsonl$/, '.jsonl.txt') },
  { name: 'rows in files without an ending', pack: renamed(/\.jsonl$/, '') },
  { name: 'rows in files of other names', pack: renamed(/\/(\w+)_0000(\d)/, '/$2-of-$1') },
  { name: 'paths that begin with ./', pack: renamed(/^/, './'), onlyInArchives: true },
  { name: 'paths of Windows', pack: renamed(/\//g, '\\'), onlyInArchives: true },
  { name: 'what a Mac adds', pack: macs },
  {
    name: 'what file managers leave',
    pack: beside(
      { name: '.DS_Store', content: 'x' },
      { name: 'entities/.DS_Store', content: 'x' },
      { name: 'assets/.DS_Store', content: 'x' },
      { name: 'assets/uploads/.DS_Store', content: 'x' },
      { name: 'assets/metadata/Thumbs.db', content: 'x' },
      { name: 'links/desktop.ini', content: 'x' },
    ),
  },
  {
    name: 'other files at its top',
    pack: beside({ name: 'README.md', content: 'x' }, { name: 'other/entities/x.jsonl', content: 'x' }),
  },
  ...['schemas', 'entities', 'links', 'configuration'].map((stage) => ({
    name: `the ${stage} in a folder of their folder`,
    pack: moved(stage),
    refused: stray(`${stage}/a`),
  })),
  {
    name: 'assets in a folder of their folder',
    pack: renamed(/^assets\/(uploads|metadata)\//, 'assets/$1/deeper/'),
    refused: stray('assets/(uploads|metadata)/deeper'),
  },
  {
    name: 'assets elsewhere in their folder',
    pack: renamed(/^assets\/uploads\//, 'assets/files/'),
    refused: stray('assets/files'),
  },
  {
    name: 'notes among the descriptions',
    pack: beside({ name: 'assets/metadata/notes.txt', content: 'x' }),
    refused: stray('assets/metadata/notes.txt'),
  },
  {
    name: 'notes among the rows',
    pack: beside({ name: 'entities/notes.md', content: '# Notes' }),
    refused: ['BROKEN_LINE', /entities\/notes\.md, line 1/],
  },
  {
    name: 'all of it in a folder',
    pack: renamed(/^/, 'x/'),
    refused: ['NOT_AN_EXPORT', /its export lies in the folder x inside of it/],
  },
  {
    name: 'all of it in a folder of Windows',
    pack: (entries) => renamed(/\//g, '\\')(renamed(/^/, 'x/')(entries)),
    refused: ['NOT_AN_EXPORT', /its export lies in the folder x inside of it/],
    onlyInArchives: true,
  },
];
