import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeDifference } from '../../src/diff/content-difference.js';
import { diffContent } from '../../src/diff/diff-content.js';
import { createDirectorySource } from '../../src/stores/directory/source.js';
import { createTransfer } from '../../src/transfer/create-transfer.js';
import { outcomeOf, runCommand } from '../support/command.js';
import { treeOf } from '../support/tree.js';
import { type StrapiInstance, startStrapi } from './harness/strapi.js';

let scratch: string;
/** An export of a Strapi whose articles have other attributes than those of `target`. */
let content: string;
let sourceCounts: Record<string, number>;
let target: StrapiInstance;

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'ferry-dry-run-'));
  content = join(scratch, 'content');
  const source = await startStrapi({
    content: { articles: 20, assetBytes: 3 * 1024 * 1024, assetCount: 5 },
  });
  await pull(source, content);
  sourceCounts = await source.counts();
  await source.stop();
  target = await startStrapi({ content: 'hard', schemaVariant: 'different' });
});
afterAll(async () => {
  await target?.stop();
  await rm(scratch, { recursive: true, force: true });
});

const pull = ({ adminUrl, tokens }: StrapiInstance, to: string) =>
  createTransfer({ from: adminUrl, fromToken: tokens.pull, to }).done;
const push = (...flags: string[]) =>
  runCommand(['transfer', '--from', content, '--to', target.adminUrl, ...flags], {
    env: { STRAPI_TRANSFER_TO_TOKEN: target.tokens.push },
  });

/** The files of a Strapi, and whatever else a push may leave beside them. */
const filesOf = async ({ uploadsDir }: StrapiInstance) => ({
  beside: await readdir(dirname(uploadsDir)),
  uploads: await treeOf(uploadsDir),
});

it('a dry run says what would move and where the schemas differ, and leaves the server as it was', async () => {
  const [before, after] = [join(scratch, 'before'), join(scratch, 'after')];
  await pull(target, before);
  const files = await filesOf(target);

  const text = await push('--dry-run');
  expect(text.exitCode).toBe(0);
  expect(text.stdout).toMatch(/\ndry run: nothing was changed; .+ items, 3\.0 MiB of files would move\n$/);
  for (const attribute of ['mood', 'subtitle', 'rating']) expect(text.stderr).toContain(attribute);
  const json = await push('--dry-run', '--json');
  expect(json).toMatchObject({ exitCode: 0, stderr: '' });
  const { counts, schemaDifferences } = outcomeOf(json);
  expect(counts).toMatchObject({ assets: { items: 5 } });
  const paths = schemaDifferences?.map(({ path }) => path.replace('api::article.article.attributes.', ''));
  expect(paths).toEqual(expect.arrayContaining(['mood', 'subtitle', 'rating.type']));

  expect(await filesOf(target)).toEqual(files);
  await pull(target, after);
  const { differences } = await diffContent(
    createDirectorySource({ path: before }),
    createDirectorySource({ path: after }),
  );
  expect(differences.map((difference) => describeDifference(difference))).toEqual([]);
});

it('and with its lifecycle hooks on: one of them dates what is created', async () => {
  const response = await fetch(`${target.adminUrl}/register-admin`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      ...{ email: 'admin@example.com', password: 'A-planted-password-1' },
      ...{ firstname: 'Ada', lastname: 'L' },
    }),
  });
  const { data } = (await response.json()) as { data: { user: { createdAt: string | null } } };
  expect(Date.parse(data.user.createdAt ?? 'never')).not.toBeNaN();
});

it('and ready for a push that is meant', async () => {
  expect(await push('--force', '--schema-strategy', 'ignore')).toMatchObject({ exitCode: 0 });
  expect(await target.counts()).toEqual(sourceCounts);
});
