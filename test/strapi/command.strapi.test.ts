import { createHmac } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventsOf, outcomeOf, runCommand, startCommand } from '../support/command.js';
import { treeOf } from '../support/tree.js';
import { type StrapiInstance, startStrapi } from './harness/strapi.js';

let source: StrapiInstance;
let target: StrapiInstance;
let scratch: string;
/** What the command pulled from `source`. */
let content: string;

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'ferry-command-'));
  content = join(scratch, 'content');
  source = await startStrapi({ content: 'hard' });
  target = await startStrapi();
});
afterAll(async () => {
  await source?.stop();
  await target?.stop();
  await rm(scratch, { recursive: true, force: true });
});

const pull = (from: StrapiInstance, to: string, ...flags: string[]) =>
  runCommand(['transfer', '--from', from.adminUrl, '--to', to, '--json', ...flags], {
    env: { STRAPI_TRANSFER_FROM_TOKEN: from.tokens.pull },
  });
/** Nobody can be asked whether the server's content may be replaced: --force says so. */
const push = (from: string, to: StrapiInstance, ...flags: string[]) =>
  runCommand(
    [
      'transfer',
      '--from',
      from,
      '--to',
      to.adminUrl,
      '--force',
      '--schema-strategy',
      'strict',
      '--json',
      ...flags,
    ],
    {
      env: { STRAPI_TRANSFER_TO_TOKEN: to.tokens.push },
    },
  );

/** Entities of each type in an export. */
async function typesIn(folder: string): Promise<Record<string, number>> {
  const types: Record<string, number> = {};
  for (const file of await readdir(join(folder, 'entities')).catch(() => [])) {
    for (const line of (await readFile(join(folder, 'entities', file), 'utf8')).split('\n')) {
      if (line === '') continue;
      const { type } = JSON.parse(line) as { type: string };
      types[type] = (types[type] ?? 0) + 1;
    }
  }
  return types;
}

describe('a whole transfer', () => {
  it('pulls a Strapi into a folder, and says in the end what it moved', async () => {
    const result = await pull(source, content);
    expect(result).toMatchObject({ exitCode: 0, stderr: '' });
    expect(outcomeOf(result)).toMatchObject({ ok: true, counts: { assets: { items: 18 } } });
    const completed = eventsOf(result).filter(({ event }) => event === 'stage.completed');
    expect(completed.map(({ stage }) => stage)).toEqual([
      ...['schemas', 'entities', 'assets', 'links', 'configuration'],
    ]);
    expect(await typesIn(content)).toMatchObject(await source.counts());
    expect((await readdir(scratch)).sort()).toEqual(['content']);
  });

  it('brings no users, roles or tokens along, not even their hashes, and counts them as dropped', async () => {
    expect(Object.keys(await typesIn(content)).filter((type) => type.startsWith('admin::'))).toEqual([]);
    const secrets = Object.values(source.tokens).flatMap((token) => [
      token,
      createHmac('sha512', 'test-transfer-token-salt').update(token).digest('hex'),
    ]);
    for (const stage of ['entities', 'links', 'configuration']) {
      for (const file of await readdir(join(content, stage))) {
        const text = await readFile(join(content, stage, file), 'utf8');
        for (const secret of secrets) expect(text).not.toContain(secret);
        expect(text).not.toMatch(/"type":"admin::/);
      }
    }
    const again = await pull(source, content, '--force', '--exclude', 'files,config');
    expect(outcomeOf(again).counts?.['entities']?.dropped).toBeGreaterThan(3);
    expect(await pull(source, content, '--force')).toMatchObject({ exitCode: 0 });
  });

  it('pushes a folder to a Strapi, and from one Strapi to another', async () => {
    expect(await push(content, target)).toMatchObject({ exitCode: 0, stderr: '' });
    expect(await target.counts()).toEqual(await source.counts());
    const result = await runCommand(
      ['transfer', '--from', source.adminUrl, '--to', target.adminUrl, '--force'],
      {
        env: { STRAPI_TRANSFER_FROM_TOKEN: source.tokens.full, STRAPI_TRANSFER_TO_TOKEN: target.tokens.full },
      },
    );
    // On a busy machine it says every ten seconds what it waits for.
    expect(result.stderr.replace(/^waiting for .+\n/gm, '')).toBe('');
    expect(result.exitCode).toBe(0);
    expect(result.stdout).toMatch(
      /^stage .+\nschemas .+\nentities .+\nassets +18 +\d+\.\d MiB .+\nlinks .+\nconfiguration .+\nleft out: .+\ndone in .+\n$/,
    );
    expect(await target.counts()).toEqual(await source.counts());
  });
});

describe('a filter', () => {
  const stagesIn = async (folder: string) => (await readdir(folder)).sort();

  it.each<[string[], string[]]>([
    [
      ['--only', 'content'],
      ['entities', 'links', 'metadata.json', 'schemas'],
    ],
    [
      ['--only', 'files'],
      ['assets', 'metadata.json', 'schemas'],
    ],
    [
      ['--only', 'config'],
      ['configuration', 'metadata.json', 'schemas'],
    ],
    [
      ['--exclude', 'files'],
      ['configuration', 'entities', 'links', 'metadata.json', 'schemas'],
    ],
    [
      ['--only', 'content,config', '--exclude', 'content'],
      ['configuration', 'metadata.json', 'schemas'],
    ],
  ])('%s pulls what it says', async (flags, stages) => {
    const to = join(scratch, 'filtered');
    // Both are one word in two lists only in the last: there the exclusion wins.
    const result = await pull(source, to, '--force', ...flags);
    const isOverlap = flags.length > 2;
    expect(result.exitCode).toBe(isOverlap ? 2 : 0);
    if (!isOverlap) expect(await stagesIn(to)).toEqual(stages);
    await rm(to, { recursive: true, force: true });
  });

  it('of types pulls those and their links alone, or all but them', async () => {
    const to = join(scratch, 'filtered');
    await pull(source, to, '--only-content-types', 'api::author.author,api::category.category');
    expect(await typesIn(to)).toEqual({ 'api::author.author': 4, 'api::category.category': 12 });
    await pull(source, to, '--force', '--exclude-content-types', 'api::article.article');
    const { 'api::article.article': articles, ...rest } = await typesIn(to);
    expect(articles).toBeUndefined();
    expect(rest).toMatchObject({ 'api::author.author': 4, 'api::homepage.homepage': 3 });
    await rm(to, { recursive: true });
  });

  it('clears on a Strapi what it brings, and leaves the rest', async () => {
    const before = await target.counts();
    expect(await push(content, target, '--only', 'config')).toMatchObject({ exitCode: 0 });
    expect(await target.counts()).toEqual(before);
    const types = 'api::homepage.homepage';
    expect(await push(content, target, '--only', 'content', '--only-content-types', types)).toMatchObject({
      exitCode: 0,
    });
    expect(await target.counts()).toEqual(before);
  });
});

describe('Ctrl-C', () => {
  it('during a pull ends with 130, the folder as it was, nothing beside it', async () => {
    const before = await treeOf(scratch);
    const from = ['--from', source.adminUrl, '--from-token', source.tokens.pull];
    const command = startCommand(['transfer', ...from, '--to', content, '--force', '--json']);
    await command.event(({ event, stage }) => event === 'stage.progress' && stage === 'assets');
    command.kill('SIGINT');
    expect(await command.done).toMatchObject({ exitCode: 130 });
    expect(await treeOf(scratch)).toEqual(before);
  });

  it('during a push ends with 130; the server rolls back, and takes another push', async () => {
    const before = await target.counts();
    const to = ['--to', target.adminUrl, '--to-token', target.tokens.push];
    const command = startCommand(['transfer', '--from', content, ...to, '--force', '--json']);
    await command.event(({ event, stage }) => event === 'stage.progress' && stage === 'assets');
    command.kill('SIGINT');
    const result = await command.done;
    expect(result).toMatchObject({ exitCode: 130 });
    expect(outcomeOf(result).error?.message).toMatch(/aborted by Ctrl-C\.\n.*uploads_backup_\d+/);
    expect(await target.counts()).toEqual(before);
    expect(await push(content, target)).toMatchObject({ exitCode: 0 });
    expect(await target.counts()).toEqual(await source.counts());
  });
});

it('a push to an older Strapi keeps its users, roles and tokens', async () => {
  const older = await startStrapi({ version: 'older' });
  const ask = (route: string, body: object) =>
    fetch(`${older.adminUrl}/${route}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  const user = { email: 'admin@example.com', password: 'A-planted-password-1' };
  const registered = await ask('register-admin', { ...user, firstname: 'Ada', lastname: 'L' });
  expect(registered.status).toBe(200);

  expect(await push(content, older)).toMatchObject({ exitCode: 0 });
  expect(await older.counts()).toEqual(await source.counts());
  const login = await ask('login', user);
  expect(login.status).toBe(200);
  expect(await pull(older, join(scratch, 'older'))).toMatchObject({ exitCode: 0 });
  expect(await typesIn(join(scratch, 'older'))).toMatchObject(await source.counts());
  await older.stop();
});
