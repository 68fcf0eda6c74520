import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runDiff } from '../../../src/cli/commands/diff.command.js';
import type { Environment } from '../../../src/cli/host.js';
import { createDirectoryDestination } from '../../../src/stores/directory/destination.js';
import type { MemoryContent } from '../../../src/stores/memory.js';
import { writeAll } from '../../support/ends.js';
import { site } from '../../support/site.js';

let root = '';
const folder = (name: string) => join(root, name);

async function write(name: string, content: MemoryContent): Promise<void> {
  const destination = createDirectoryDestination({ path: folder(name) });
  const { metadata, schemas } = content;
  await destination.open();
  await destination.prepare({
    steps: ['entities', 'assets', 'links', 'configuration'],
    metadata,
    schemas,
  });
  await writeAll(destination, content);
  await destination.commit();
  await destination.close();
}

async function run(a: string, b: string, flags: Record<string, unknown> = {}, env: Environment = {}) {
  const written = { out: '', err: '' };
  const sink = (name: 'out' | 'err') => ({
    write: (text: string) => {
      written[name] += text;
    },
  });
  const host = {
    stdin: {},
    stdout: sink('out'),
    stderr: sink('err'),
    env,
    on: () => {},
    off: () => {},
    exit: () => {},
  };
  const code = await runDiff(a, b, flags, host);
  return { code, ...written };
}

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'ferry-diff-'));
  const other = site({ row: 500, component: 9000 });
  await write('a', site());
  await write('same', other);
  await write('other', { ...other, assets: other.assets.slice(1), links: other.links.slice(1) });
});
afterAll(() => rm(root, { recursive: true, force: true }));

it('exits with 0 where two folders hold the same, and says so', async () => {
  const { code, out } = await run(folder('a'), folder('same'));
  expect([code, out]).toEqual([0, `${folder('a')} and ${folder('same')} are equal\n`]);
});

it('exits with 1 where they differ, a line for each difference', async () => {
  const { code, out } = await run(folder('a'), folder('other'));
  expect(code).toBe(1);
  expect(out.split('\n')).toEqual([
    `${folder('a')} → ${folder('other')}: 2 differences`,
    '  asset: 1 only in a',
    '  link api::article.article: 1 only in a',
    '',
    'only in a: asset pier_1.png',
    'only in a: link api::article.article, first, en, draft "Vapur ⛴️" · tags: "api::tag.tag, sea · articles"',
    '',
  ]);
});

it('tells as many as are asked for', async () => {
  const { out } = await run(folder('a'), folder('other'), { show: '1' });
  expect(out).toContain('\n\nonly in a: asset pier_1.png\nand 1 more: --show 2 lists all of them\n');
  expect(await run(folder('a'), folder('other'), { show: '0x1' })).toMatchObject({ code: 2, out: '' });
});

it('writes JSON lines, the result last', async () => {
  const { out } = await run(folder('a'), folder('other'), { json: true });
  const events = out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as object);
  expect(events).toMatchObject([
    {
      event: 'summary',
      total: 2,
      counts: [
        { kind: 'asset', onlyInFrom: 1, onlyInTo: 0, changed: 0 },
        { kind: 'link', type: 'api::article.article', onlyInFrom: 1, onlyInTo: 0, changed: 0 },
      ],
    },
    { event: 'difference', kind: 'asset', where: 'pier_1.png', change: 'missing', only: 'from' },
    { event: 'difference', kind: 'link', title: 'Vapur ⛴️', from: 'api::tag.tag, sea · articles' },
    { event: 'result', ok: true, exitCode: 1, equal: false, total: 2, told: 2 },
  ]);
});

it('fails with the code of the table where there is nothing to compare', async () => {
  expect(await run(folder('a'), folder('nowhere'))).toMatchObject({
    code: 6,
    out: '',
    err: expect.stringContaining('NOT_AN_EXPORT') as string,
  });
  expect(await run('https://example.com/admin', folder('a'))).toMatchObject({
    code: 2,
    err: expect.stringMatching(/MISSING_TOKEN.*https:\/\/example\.com\/admin.*--token/) as string,
  });
  const { out } = await run(folder('nowhere'), folder('a'), { json: true });
  expect(JSON.parse(out)).toMatchObject({ event: 'result', ok: false, exitCode: 6 });
});

it('gives the one token in the environment to no server of two', async () => {
  const [a, b] = ['https://a.invalid/admin', 'https://b.invalid/admin'];
  const { code, err } = await run(a, b, {}, { STRAPI_TRANSFER_TOKEN: 'planted' });
  expect(code).toBe(2);
  expect(err).toMatch(
    /^AMBIGUOUS_TOKEN: .*STRAPI_TRANSFER_FROM_TOKEN and STRAPI_TRANSFER_TO_TOKEN.*--from-token/,
  );
  const lacking = await run(a, b, {}, { STRAPI_TRANSFER_FROM_TOKEN: 'planted' });
  expect(lacking.err).toMatch(/^MISSING_TOKEN: .*b\.invalid.*--to-token or in STRAPI_TRANSFER_TO_TOKEN/);
});

it('warns of a token over http', async () => {
  const { code, err } = await run('http://no-such-host.invalid/admin', folder('a'), { fromToken: 'planted' });
  expect(err).toMatch(/^warning: http:\/\/no-such-host\.invalid is http and another machine/);
  expect(code).toBe(4);
});

describe('where files cannot be read', () => {
  const files = (name: string) => join(root, name, 'assets');
  const breakings: readonly (readonly [string, string, (name: string) => Promise<void>])[] = [
    ['is gone', 'MISSING_ASSET', (name) => rm(join(files(name), 'uploads', 'pier_1.png'))],
    [
      'has no description',
      'MISSING_ASSET_DESCRIPTION',
      (name) => rm(join(files(name), 'metadata', 'pier_1.png.json')),
    ],
    [
      'has a description that is no JSON',
      'MISSING_ASSET_DESCRIPTION',
      (name) => writeFile(join(files(name), 'metadata', 'pier_1.png.json'), '{'),
    ],
  ];

  it.each(breakings)('goes on where one %s, and ends with 6', async (_, code, damage) => {
    for (const [at, side] of [['broken', 'same'] as const, ['same', 'broken'] as const].entries()) {
      await write('broken', site());
      await damage('broken');
      const { code: exitCode, out, err } = await run(folder(side[0]), folder(side[1]));
      expect([exitCode, err]).toEqual([6, expect.stringContaining(`${folder('broken')}: ${code}: `)]);
      expect(out).toContain(': 1 difference; 1 file could not be read\n  asset: 1 only in same\n\n');
      expect(out).toMatch(/\nonly in same: asset pier_1\.png\n$/);
      const json = await run(folder(side[0]), folder(side[1]), { json: true });
      const events = json.out
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as object);
      expect(events[0]).toMatchObject({ event: 'unreadable', side: at === 0 ? 'from' : 'to', code });
      expect(events.at(-1)).toMatchObject({ event: 'result', ok: false, exitCode: 6, unreadable: 1 });
      await rm(folder('broken'), { recursive: true });
    }
  });

  it('tells all of them in an archive, too', async () => {
    await write('broken', site());
    const at = `${folder('broken')}.tar`;
    await rm(join(files('broken'), 'uploads', 'pier_1.png'));
    execFileSync('tar', ['-cf', at, '-C', folder('broken'), 'entities', 'assets', 'links', 'metadata.json']);
    const { code, out, err } = await run(at, at);
    expect([code, out]).toEqual([6, `${at} → ${at}: 0 differences; 2 files could not be read\n`]);
    expect(err.match(/MISSING_ASSET: The asset pier_1\.png/g)).toHaveLength(2);
    await rm(folder('broken'), { recursive: true });
  });

  it('ends with the next after a hundred', async () => {
    await write('broken', site());
    for (let file = 0; file < 101; file += 1)
      await writeFile(join(files('broken'), 'metadata', `gone ${file}.png.json`), '{}');
    const { code, out, err } = await run(folder('broken'), folder('same'));
    expect([code, out, err.match(/MISSING_ASSET/g)?.length]).toEqual([6, '', 101]);
    await rm(folder('broken'), { recursive: true });
  });
});
