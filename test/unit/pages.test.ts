import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, normalize } from 'node:path';
import { expect, test } from 'vitest';
import { documentedCommands } from '../reference/program.js';

const read = (path: string) => readFileSync(path, 'utf8');
const docs = readdirSync('docs')
  .filter((name) => name.endsWith('.md'))
  .map((name) => `docs/${name}`);
const pages = ['README.md', 'SECURITY.md', 'docs/examples/react/README.md', ...docs];

test('the README is at most 150 lines', () => {
  expect(read('README.md').trimEnd().split('\n').length).toBeLessThanOrEqual(150);
});

test('the map of the pages leads to each of them', () => {
  const links = new Set(linksOf('docs/README.md').map(({ path }) => path));
  expect(docs.filter((page) => page !== 'docs/README.md' && !links.has(page))).toEqual([]);
});

test.each(pages)('%s links to files and headings that exist', (page) => {
  const broken = linksOf(page).filter(({ path, heading }) => {
    if (!existsSync(path)) return true;
    return heading !== undefined && path.endsWith('.md') && !headingsOf(path).has(heading);
  });
  expect(broken).toEqual([]);
});

// A stranger can take a name that is free, and with it the tokens of whoever runs what a page says.
test.each([...pages, 'CHANGELOG.md'])('%s fetches no package by a name that is not published yet', (page) => {
  if (/^## \[\d/m.test(read('CHANGELOG.md'))) return;
  expect(read(page)).not.toMatch(/npx (--yes |-y )?strapi-ferry|npm (i|install|exec)( -\S+)* strapi-ferry/);
});

const commands = documentedCommands();

test.each(pages)('%s names commands and flags that exist', (page) => {
  const wrong = commandLinesOf(page).filter((line) => {
    const words = line.split(/\s+/).slice(1);
    const command = commands.find(({ name }) => `${words.join(' ')} `.startsWith(`${name} `));
    if (command === undefined) return true;
    const flags = command.options.map(({ long }) => long);
    return words.some((word) => /^--\w/.test(word) && !flags.includes(word.split('=')[0] ?? ''));
  });
  expect(wrong).toEqual([]);
});

const tracked = execFileSync('git', ['ls-files'], { encoding: 'utf8' }).split('\n');

test.each(pages)('%s names files that exist', (page) => {
  const text = read(page);
  const names = [...text.matchAll(/`((?:src|machines|test)\/[\w./-]+|[\w-]+(?:\.\w+)?\.ts)`/g)];
  const gone = names
    .map(([, name = '']) => name)
    // A file, a folder or the beginning of a test's path; or one that the page itself has its reader write.
    .filter((name) => !tracked.some((path) => `/${path}`.includes(`/${name}`)))
    .filter((name) => !text.includes(`\n\`\`\`ts ${basename(name)}\n`));
  expect(gone).toEqual([]);
});

interface Link {
  readonly path: string;
  readonly heading: string | undefined;
}

/** The links of a page to others of the repository, without those in its code. */
function linksOf(page: string): readonly Link[] {
  const prose = read(page).replace(/^ *```[\s\S]*?^ *```$/gm, '');
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = '']) => target)
    .filter((target) => !/^\w+:/.test(target))
    .map((target) => {
      const [path = '', heading] = target.split('#');
      return { path: path === '' ? page : normalize(join(dirname(page), path)), heading };
    });
}

/** The headings of a page, as GitHub makes anchors of them. */
const headingsOf = (page: string) =>
  new Set(
    [...read(page).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
      heading
        .toLowerCase()
        .replace(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );

/** What a page tells a reader to type: in its blocks of code, and as code in its prose. */
function commandLinesOf(page: string): readonly string[] {
  const [fence, code] = [/^ *```[\s\S]*?^ *```$/gm, /`(?:npx --no-install )?(strapi-ferry [a-z][^`]*)`/g];
  const blocks = [...read(page).matchAll(fence)].flatMap(([block]) => block.split('\n'));
  return [
    ...blocks.flatMap((line) => /(?<![\w/@-])strapi-ferry [a-z].*/.exec(line) ?? []),
    ...[...read(page).replace(fence, '').matchAll(code)].map(([, line = '']) => line.replaceAll('\n', ' ')),
  ].map((line) => line.replace(/( [#|>&]|[…\\)]$).*$/, '').trim());
}
