import { appendFile, cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { TransferError } from '../../src/protocol/errors.js';
import { createDirectorySource } from '../../src/stores/directory/source.js';
import { createTransfer } from '../../src/transfer/create-transfer.js';
import { outcomeOf, runCommand } from '../support/command.js';
import { treeOf } from '../support/tree.js';
import { type StrapiInstance, type StrapiOptions, startStrapi } from './harness/strapi.js';

let source: StrapiInstance;
let target: StrapiInstance;
let scratch: string;
/** An export of `source`, which `target` holds too. */
let content: string;

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'ferry-refused-'));
  content = join(scratch, 'content');
  source = await startStrapi({ content: { articles: 20, assetBytes: 3 * 1024 * 1024, assetCount: 5 } });
  target = await startStrapi();
  await createTransfer({ from: source.adminUrl, fromToken: source.tokens.pull, to: content }).done;
  await createTransfer({ from: content, to: target.adminUrl, toToken: target.tokens.push }).done;
});
afterAll(async () => {
  await source?.stop();
  await target?.stop();
  await rm(scratch, { recursive: true, force: true });
});

/** Nobody can be asked whether the server's content may be replaced: --force says so. */
const push = (from: string, to: StrapiInstance, ...flags: string[]) =>
  runCommand(['transfer', '--from', from, '--to', to.adminUrl, '--force', '--json', ...flags], {
    env: { STRAPI_TRANSFER_TO_TOKEN: to.tokens.push },
  });

async function refusedBy(
  options: StrapiOptions,
  token: (strapi: StrapiInstance) => Promise<string> | string,
) {
  const strapi = Object.keys(options).length === 0 ? target : await startStrapi(options);
  const before = await treeOf(content);
  const from = ['--from', strapi.adminUrl, '--from-token', await token(strapi)];
  const result = await runCommand(['transfer', ...from, '--to', content, '--force']);
  expect(await treeOf(content)).toEqual(before);
  expect((await readdir(scratch)).sort()).toEqual(['content']);
  if (strapi !== target) await strapi.stop();
  return result;
}

it.each<[string, StrapiOptions, (strapi: StrapiInstance) => Promise<string> | string, string]>([
  ['a wrong token', {}, () => 'f'.repeat(256), 'UNAUTHORIZED'],
  ['a token without the scope', {}, ({ tokens }) => tokens.push, 'FORBIDDEN'],
  [
    'a token that has expired',
    {},
    async (strapi) => (await strapi.createToken({ permissions: ['pull'], lifespanDays: -1 })).accessKey,
    'TOKEN_EXPIRED',
  ],
  ['a server without transfers', { transferEnabled: false }, ({ tokens }) => tokens.pull, 'NOT_FOUND'],
  ['a server without a salt', { tokenSalt: false }, ({ tokens }) => tokens.pull, 'SERVER_FAILED'],
])('%s ends with 3, the folder as it was', async (_, options, token, code) => {
  const { exitCode, stdout, stderr } = await refusedBy(options, token);
  expect({ exitCode, stdout }).toEqual({ exitCode: 3, stdout: '' });
  expect(stderr).toMatch(new RegExp(`^${code}: `));
});

it('that is a URL without its admin path ends with 3', async () => {
  const url = source.adminUrl.replace(/admin$/, 'elsewhere');
  const from = ['--from', url, '--from-token', source.tokens.pull];
  const { exitCode, stderr } = await runCommand(['transfer', ...from, '--to', join(scratch, 'never')]);
  expect(exitCode).toBe(3);
  expect(stderr).toContain('below /admin, wherever its panel lives');
  expect(await readdir(scratch)).toEqual(['content']);
});

it('that is another schema ends with 5 in spite of --force, nothing changed; what fits is moved where that is said', async () => {
  const different = await startStrapi({ schemaVariant: 'different' });
  const before = await different.counts();
  const result = await push(content, different);
  expect(result.exitCode).toBe(5);
  const { error } = outcomeOf(result);
  expect(error?.code).toBe('SCHEMA_MISMATCH');
  for (const attribute of ['mood', 'subtitle', 'rating']) expect(error?.message).toContain(attribute);
  expect(await different.counts()).toEqual(before);
  const moved = await push(content, different, '--schema-strategy', 'ignore');
  expect(moved).toMatchObject({ exitCode: 0 });
  // No article of this content has a value in what the destination lacks.
  expect(outcomeOf(moved)).toMatchObject({ lostToSchemas: [] });
  expect(await different.counts()).toEqual(await source.counts());
  await different.stop();
});

it('that is a broken line ends with 6 before the server clears anything', async () => {
  const broken = join(scratch, 'broken');
  await cp(content, broken, { recursive: true });
  await appendFile(join(broken, 'links', 'links_00001.jsonl'), '\n{"kind":');
  const before = [await target.counts(), await treeOf(dirname(target.uploadsDir))];
  const result = await push(broken, target);
  expect(result.exitCode).toBe(6);
  const { error } = outcomeOf(result);
  expect(error?.message).toMatch(/^links\/links_00001\.jsonl, line \d+: it is no JSON/);
  expect(error?.message).not.toContain('uploads');
  expect([await target.counts(), await treeOf(dirname(target.uploadsDir))]).toEqual(before);
  await rm(broken, { recursive: true });
});

it('that moves files without their rows ends with 2 before the server touches its uploads', async () => {
  const before = [await target.counts(), await treeOf(dirname(target.uploadsDir))];
  const result = await push(content, target, '--only', 'files');
  expect(result.exitCode).toBe(2);
  expect(outcomeOf(result).error?.code).toBe('FILES_WITHOUT_ROWS');
  expect([await target.counts(), await treeOf(dirname(target.uploadsDir))]).toEqual(before);
});

it('that the server refuses ends with 8, in its own words', async () => {
  const before = await target.counts();
  const rowless = join(scratch, 'rowless');
  await cp(content, rowless, { recursive: true });
  const rows = join(rowless, 'entities', 'entities_00001.jsonl');
  const kept = (await readFile(rows, 'utf8'))
    .split('\n')
    .filter((row) => !row.includes('"plugin::upload.file"'));
  await writeFile(rows, kept.join('\n'));
  // A look through the folder would refuse it before the server does.
  const from = { ...createDirectorySource({ path: rowless }), rereads: false };
  const pushing = createTransfer({ from, to: target.adminUrl, toToken: target.tokens.push });
  const error: TransferError = await pushing.done.then(
    () => Promise.reject(new Error('it was not refused')),
    (thrown) => thrown,
  );
  expect(error).toMatchObject({ code: 'PEER_ERROR', row: { exit: 8 } });
  // It does not even answer a rollback then; where its uploads are is told all the same.
  expect(error.message).toMatch(
    /answered assets\.stream with an error: File ID not found[\s\S]*uploads_backup_\d+/,
  );
  expect(await target.counts()).toEqual(before);
});

it('that lacks a file of its own is a warning that is named; with --strict it ends with 8, the folder as it was', async () => {
  const lost = (await readdir(source.uploadsDir)).find((name) => !name.startsWith('.')) ?? '';
  await rm(join(source.uploadsDir, lost));
  const before = await treeOf(content);
  const from = ['--from', source.adminUrl, '--from-token', source.tokens.pull];
  const pull = (...flags: string[]) =>
    runCommand(['transfer', ...from, '--to', content, '--force', '--json', ...flags]);
  const refused = await pull('--strict');
  expect(outcomeOf(refused)).toMatchObject({ exitCode: 8, error: { code: 'SERVER_REPORTED' } });
  expect(outcomeOf(refused).error?.message).toContain(lost);
  expect(await treeOf(content)).toEqual(before);
  expect(JSON.stringify(outcomeOf(await pull()))).toMatch(/"reported":\{"warnings":[1-9]/);
});
