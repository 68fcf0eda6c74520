import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'vite';
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';

interface Told {
  readonly place: string;
  readonly input: string;
  readonly code: string;
}

/** What each place says of whatever is over its limits. */
const codes: Readonly<Record<string, string>> = {
  'a push before init': 'MESSAGE_LIMIT',
  'a pull': 'MESSAGE_LIMIT',
  'a push': 'MESSAGE_LIMIT',
  'an answer of a server': 'MESSAGE_LIMIT',
  'a batch of a server': 'MESSAGE_LIMIT',
  'a row of a folder': 'CONTENT_LIMIT',
  'a schema of a folder': 'CONTENT_LIMIT',
  'the metadata of a folder': 'CONTENT_LIMIT',
  'a description in a folder': 'CONTENT_LIMIT',
  'a row of an archive': 'CONTENT_LIMIT',
  'a schema of an archive': 'CONTENT_LIMIT',
  'the metadata of an archive': 'CONTENT_LIMIT',
  'a description in an archive': 'CONTENT_LIMIT',
  'a recording': 'RECORDING_UNREADABLE',
};

const long = ['a long text', 'a long number', 'escapes'];
const inputs = [
  ...['deep nesting', 'empty lists', 'empty objects', 'tiny numbers', 'short texts', 'many keys'],
  ...long,
];

let temporary = '';
let told: readonly Told[] = [];
let rss = 0;
beforeAll(async () => {
  temporary = await mkdtemp(join(tmpdir(), 'ferry-hostile-'));
  await build({
    configFile: false,
    logLevel: 'silent',
    build: {
      ssr: fileURLToPath(new URL('./hostile-json-child.ts', import.meta.url)),
      outDir: join(temporary, 'child'),
      rolldownOptions: { output: { entryFileNames: 'child.mjs' } },
    },
    ssr: { noExternal: true },
  });
  // A parser that was let at any of it would end this process.
  const script = join(temporary, 'child', 'child.mjs');
  const { stdout } = await promisify(execFile)(process.execPath, [
    '--max-old-space-size=192',
    script,
    temporary,
  ]);
  const lines = stdout.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line)]));
  told = lines.filter(({ place }) => place !== undefined);
  rss = lines.at(-1).rss;
}, 120_000);
afterAll(() => rm(temporary, { recursive: true }));

describe.each(Object.entries(codes))('%s', (place, code) => {
  it.each(inputs)('is refused before it is parsed: %s', (input) => {
    const found = told.find((one) => one.place === place && one.input === input);
    // All schemas of an archive are held, and their bytes are known before they are read.
    const isHeld = place === 'a schema of an archive' && long.includes(input);
    expect(found?.code).toBe(isHeld ? 'ARCHIVE_LIMIT' : code);
  });
});

it.each(['a push before init', 'a pull'])('%s takes no deep nesting in a short message either', (place) => {
  expect(told.find((one) => one.place === place && one.input.endsWith('short message'))?.code).toBe(
    'MESSAGE_LIMIT',
  );
});

test('all of it takes little memory, text and buffers included', () => {
  expect(rss).toBeGreaterThan(0);
  expect(rss).toBeLessThan(600);
});
