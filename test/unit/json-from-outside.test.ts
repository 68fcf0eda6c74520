import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Files that call JSON.parse themselves, and why what they parse cannot become large. */
const exempt: Readonly<Record<string, string>> = {
  'src/protocol/json.ts': 'it is what counts',
  'src/protocol/frame-bytes.ts': 'it counts the bytes first, and parses text that it cut itself',
  'src/stores/directory/versions.ts': 'its own marker',
  'src/server/token-file.ts': 'its own tokens',
  'src/diff/link-ends.ts': 'text that it wrote itself',
  'src/strapi/description.ts': 'what its own Strapi describes',
  'src/strapi/database/fields.ts': 'what the database of its own Strapi holds, which that parses itself',
  'src/transfer/content-counts.ts': 'text that it wrote itself',
  'src/inspector/frames.ts': 'proofs of 4 KiB at most',
  'src/inspector/ring.ts': 'text that it wrote itself',
  'src/inspector/inspector.ts': 'a command of 4 KiB at most',
  'src/inspector/plain-page.ts': 'a page that reads its own inspector',
  'src/inspector/reporter.ts': 'what its own inspector asks',
  'src/inspector/reports.ts': 'reports of processes of this user, 16 MiB at most',
  'src/inspector/relay.ts': 'events of 4 MiB at most',
  'src/inspector/page/feed.ts': 'a page that reads its own inspector',
  'src/inspector/page/embedded.ts': 'a page that reads what it is one file with',
};

it('reads no JSON from outside without counting what it holds', () => {
  const files = readdirSync(`${root}/src`, { recursive: true, encoding: 'utf8' })
    .map((name) => `src/${name.replaceAll('\\', '/')}`)
    // What tests and embedders' tests are made of reads what they wrote.
    .filter((name) => /\.tsx?$/.test(name) && !name.startsWith('src/testing/'));
  const parsing = files.filter((name) => readFileSync(`${root}/${name}`, 'utf8').includes('JSON.parse('));
  expect(parsing.filter((name) => !Object.hasOwn(exempt, name))).toEqual([]);
});
