import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createTransfer } from '../../src/transfer/create-transfer.js';
import { type CommandResult, runCommand } from '../support/command.js';
import { startTerminal } from '../support/terminal.js';
import { type StrapiInstance, startStrapi } from './harness/strapi.js';

let cwd: string;
/** An export in `content`, and how much of each type it holds. */
let pushed: Record<string, number>;
let site: StrapiInstance;

beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'ferry-backup-'));
  const source = await startStrapi({ content: { articles: 20, assetBytes: 1024 * 1024, assetCount: 3 } });
  const { adminUrl: from, tokens } = source;
  await createTransfer({ from, fromToken: tokens.pull, to: join(cwd, 'content') }).done;
  pushed = await source.counts();
  await source.stop();
  site = await startStrapi({ content: { articles: 20, assetBytes: 3 * 1024 * 1024, assetCount: 5 } });
});
afterAll(async () => {
  await site?.stop();
  await rm(cwd, { recursive: true, force: true });
});

/** The commands of docs/backup.md, as they stand there. */
async function rehearsedCommands(): Promise<readonly string[]> {
  const page = await readFile(new URL('../../docs/backup.md', import.meta.url), 'utf8');
  const block = /```sh rehearsal\.sh\n([\s\S]*?)```/.exec(page)?.[1] ?? '';
  return block.split('\n').filter((line) => line.startsWith('strapi-ferry '));
}

it('backup, dry run, push, diff and restore of docs/backup.md do what the page says', async () => {
  const before = await site.counts();
  const outcomes: CommandResult[] = [];
  const counts: Record<string, number>[] = [];
  for (const line of await rehearsedCommands()) {
    const [, ...parameters] = line.replaceAll('https://cms.example.com/admin', site.adminUrl).split(' ');
    outcomes.push(await runCommand(parameters, { cwd, env: { STRAPI_TRANSFER_TOKEN: site.tokens.full } }));
    counts.push(await site.counts());
  }
  expect(outcomes.map(({ exitCode, stdout, stderr }) => (exitCode === 0 ? 0 : stdout + stderr))).toEqual(
    Array(6).fill(0),
  );
  const [, dryRun, push] = outcomes;
  expect(dryRun?.stdout).toMatch(/\ndry run: nothing was changed; /);
  expect(push?.stdout).toMatch(
    /backing up to before\.tar\.gz\n[\s\S]+\nbacked up in .+, read back and equal: .+\n[\s\S]+\ndone in /,
  );
  // After the backup and the dry run all is as before, after the push it is what was pushed, after the restore as before.
  expect(counts).toEqual([before, before, pushed, pushed, before, before]);
});

it('while a person reads the questions the site goes on working, on SQLite too', async () => {
  const other = await startStrapi({ schemaVariant: 'different' });
  const parameters = ['transfer', '--from', 'content', '--to', other.adminUrl];
  const env = { STRAPI_TRANSFER_TO_TOKEN: other.tokens.full };
  const terminal = startTerminal(parameters, { cwd, env, columns: 160, rows: 60 });
  await terminal.until(/Yes, replace it without a backup/);
  // The counts wait for a database that a push holds.
  const counts = await other.counts();
  terminal.type('y');
  const asked = await terminal.until(/Are you sure you want to continue\?[\s\S]*○ Yes/);
  expect(asked).toContain('api::article.article.attributes.mood');
  expect(await other.counts()).toEqual(counts);
  terminal.type('n');
  expect(await terminal.done).toMatchObject({ exitCode: 5 });
  expect(await other.counts()).toEqual(counts);
  await other.stop();
});
