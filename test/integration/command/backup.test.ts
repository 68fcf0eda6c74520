import { readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { backUp } from '../../../src/cli/backup.js';
import { createLogReport } from '../../../src/cli/report/log-report.js';
import { createRunner } from '../../../src/cli/runner.js';
import { diffContent } from '../../../src/diff/diff-content.js';
import { realClock } from '../../../src/ports/clock.js';
import { TransferError } from '../../../src/protocol/errors.js';
import { createMemoryStore, type MemoryContent } from '../../../src/stores/memory.js';
import type { TransferDestination, TransferSource } from '../../../src/stores/store.js';
import { createTransfer } from '../../../src/transfer/create-transfer.js';
import { sourceOf } from '../../../src/transfer/ends.js';
import { cleanUps } from '../../support/clean-ups.js';
import { eventsOf, outcomeOf, runCommand, startCommand } from '../../support/command.js';
import { serveScript } from '../../support/served-script.js';
import { reportSettings } from '../../support/settings.js';
import { smallContent } from '../../support/small-content.js';
import { startTerminal } from '../../support/terminal.js';
import { runServer } from '../../support/transfer-servers.js';

/** What stands at the server: other rows than those that are pushed, and a link to a tag from an article that may stay. */
const site: MemoryContent = {
  ...smallContent,
  entities: smallContent.entities.slice(0, 3).map((entity) => ({
    ...entity,
    data: { ...entity.data, title: 'what stood here' },
  })),
  links: smallContent.links.slice(0, 2),
  assets: smallContent.assets.slice(1),
};
const tagsOnly = ['--only', 'content', '--only-content-types', 'api::tag.tag'];

let scratch = '';
let cwd = '';

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'ferry-backup-'));
  await createTransfer({ from: createMemoryStore(smallContent).source(), to: join(scratch, 'content') }).done;
});
beforeEach(async () => {
  cwd = await mkdtemp(join(scratch, 'case-'));
});
afterAll(() => rm(scratch, { recursive: true }));

interface SiteOptions {
  readonly content?: MemoryContent;
  readonly scopes?: readonly ('push' | 'pull')[];
  readonly source?: (source: TransferSource) => TransferSource;
  readonly destination?: (destination: TransferDestination) => TransferDestination;
}

/** A server on a real port, and whether a push is open there. */
async function serveSite(options: SiteOptions = {}) {
  const { content = site, scopes = ['push', 'pull'] } = options;
  const store = createMemoryStore(content);
  const before = store.content();
  const pushes = { begun: 0, open: 0 };
  const watched = (destination: TransferDestination): TransferDestination => ({
    ...destination,
    async open(about) {
      pushes.begun += 1;
      pushes.open += 1;
      await destination.open(about);
    },
    async close() {
      pushes.open -= 1;
      await destination.close();
    },
  });
  const running = await runServer({
    source: () => (options.source ?? ((same) => same))(store.source()),
    destination: () => watched((options.destination ?? ((same) => same))(store.destination())),
  });
  cleanUps.push(() => running.close());
  const { accessKey } = await running.tokens.create({ name: 'scoped', scopes: [...scopes] });
  const env = { STRAPI_TRANSFER_TO_TOKEN: accessKey };
  const parameters = ['transfer', '--from', join(scratch, 'content'), '--to', running.admin];
  return {
    url: running.admin,
    pushes,
    isUntouched: () => store.content() === before,
    content: () => store.content(),
    start: (...flags: string[]) => startCommand([...parameters, ...flags], { cwd, env }),
    push: (...flags: string[]) => runCommand([...parameters, ...flags], { cwd, env }),
    terminal: (...flags: string[]) =>
      startTerminal([...parameters, ...flags], { cwd, env, columns: 200, rows: 60 }),
  };
}

const differencesOf = async (path: string, key?: string) => {
  const from = sourceOf(join(cwd, path), key === undefined ? {} : { fromKey: key });
  return (await diffContent(from, createMemoryStore(site).source())).total;
};

describe('--backup', () => {
  test.each<[string, string | undefined]>([
    ['before', undefined],
    ['before.tar', undefined],
    ['before.tar.gz', undefined],
    ['before.tar.gz.enc', 'a password'],
    ['before.tar.age', 'a password'],
  ])('keeps what stood there in %s, then pushes', async (name, key) => {
    const server = await serveSite();
    const flags = [
      '--backup',
      name,
      '--force',
      '--json',
      ...(key === undefined ? [] : ['--backup-key', key]),
    ];
    const result = await server.push(...flags);
    expect(outcomeOf(result)).toMatchObject({ ok: true, counts: { entities: { items: 3 } } });
    const [made, moved] = ['backup.completed', 'result'].map((name) =>
      eventsOf(result).findIndex(({ event }) => event === name),
    );
    expect(made).toBeLessThan(moved ?? 0);
    expect(await differencesOf(name, key)).toBe(0);
    expect(server.content().assets).toHaveLength(3);
  });

  test.each<[string, SiteOptions, readonly string[], number, string]>([
    ['the token may not pull', { scopes: ['push'] }, [], 3, 'FORBIDDEN'],
    ['the token may not push', { scopes: ['pull'] }, [], 3, 'FORBIDDEN'],
    [
      'the server cannot be read to its end',
      {
        source: (source) => ({
          ...source,
          async *rows(step) {
            if (step === 'links') throw new TransferError('STORE_FAILED', { path: 'x', reason: 'it broke' });
            yield* source.rows(step);
          },
        }),
      },
      [],
      8,
      'PEER_STAGE_FAILED',
    ],
  ])('begins no push where %s, and leaves no backup', async (_, options, flags, exitCode, code) => {
    const server = await serveSite(options);
    const result = await server.push('--backup', 'before.tar.gz', '--force', '--json', ...flags);
    expect(outcomeOf(result)).toMatchObject({ exitCode, error: { code } });
    expect(server.pushes.begun).toBe(0);
    expect(server.isUntouched()).toBe(true);
    expect((await readdir(cwd)).filter((name) => !name.endsWith('.ferry'))).toEqual([]);
  });

  test('says that the token needs both scopes, and after a backup that failed that nothing was changed', async () => {
    const scoped = await (await serveSite({ scopes: ['push'] })).push('--backup', 'a.tar', '--force');
    expect(scoped.stderr).toContain(
      'FORBIDDEN: The transfer token has no pull and push permission on http://127.0.0.1:',
    );
    const source = (whole: TransferSource): TransferSource => ({
      ...whole,
      open: () => Promise.reject(new TransferError('STORE_FAILED', { path: 'x', reason: 'it broke' })),
    });
    const broken = await (await serveSite({ source })).push('--backup', 'a.tar', '--force');
    expect(broken.stderr).toContain(
      ' There is no backup a.tar, so the transfer did not begin: nothing was changed at the destination.\n',
    );
  });

  test('after a push that failed the error ends with the command that puts it back, and that command does', async () => {
    let breaks = true;
    const destination = (whole: TransferDestination): TransferDestination => ({
      ...whole,
      rowWriter(step) {
        if (breaks && step === 'links')
          return Promise.reject(new TransferError('STORE_FAILED', { path: 'x', reason: 'it broke' }));
        return whole.rowWriter(step);
      },
    });
    const server = await serveSite({ destination });
    const failed = await server.push('--backup', 'before it all.tar.gz', '--force');
    const restoring = /puts it back: strapi-ferry (transfer .+)\n$/.exec(failed.stderr)?.[1] ?? '';
    expect(restoring).toBe(`transfer --from 'before it all.tar.gz' --to ${server.url} --force`);
    breaks = false;
    expect(await server.push('--force')).toMatchObject({ exitCode: 0 });
    expect(server.content().assets).toHaveLength(3);
    const parameters = ['--from', 'before it all.tar.gz'];
    expect(await server.push(...parameters, '--force')).toMatchObject({ exitCode: 0, stderr: '' });
    expect(
      (await diffContent(createMemoryStore(server.content()).source(), createMemoryStore(site).source()))
        .total,
    ).toBe(0);
  });

  test.each([
    ['entities', 'result', 8, 'Failed to read all entities of type "api::tag.tag".'],
    ['configuration', 'result', 8, 'The settings cannot be read.'],
    ['assets', 'backup.completed', undefined, '[Data transfer] Media item 1 exists in database but no file.'],
    ['links', 'backup.completed', undefined, 'Links export omitted 2 relation(s).'],
  ])('a warning of a server that reads its %s ends with %s', async (stage, event, exitCode, message) => {
    const details = { message, createdAt: 0 };
    const server = await serveScript({
      direction: 'pull',
      at: `${stage}.start`,
      misbehave({ answer, send, message: { uuid } }) {
        send(JSON.stringify({ diagnostic: { kind: 'warning', details }, uuid }));
        answer();
      },
    });
    cleanUps.push(() => server.close());
    const parameters = ['transfer', '--from', '../content', '--to', server.url, '--to-token', 'unused'];
    const result = await runCommand([...parameters, '--backup', 'before', '--force', '--json'], { cwd });
    const told = eventsOf(result).find((each) => each.event === event);
    expect(told).toBeDefined();
    if (exitCode === undefined) return;
    expect(outcomeOf(result)).toMatchObject({ exitCode, error: { code: 'BACKUP_INCOMPLETE' } });
    expect(outcomeOf(result).error?.message).toContain(message);
    expect(server.script()?.requests).not.toContain('beforeTransfer');
    expect((await readdir(cwd)).filter((name) => !name.endsWith('.ferry'))).toEqual([]);
  });

  test('Ctrl-C in the middle of it ends with 130: no backup, and no push', async () => {
    let letGo = () => {};
    const never = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    const server = await serveSite({
      source: (whole) => ({
        ...whole,
        async *rows(step) {
          if (step === 'links') await never;
          yield* whole.rows(step);
        },
      }),
    });
    const command = server.start('--backup', 'before.tar.gz', '--force', '--json');
    await command.event(({ event, stage }) => event === 'stage.started' && stage === 'links');
    command.kill('SIGINT');
    const result = await command.done;
    letGo();
    expect(outcomeOf(result)).toMatchObject({ exitCode: 130, error: { code: 'ABORTED' } });
    expect(outcomeOf(result).error?.message.replace(cwd, '')).toBe(
      'The transfer was aborted by Ctrl-C.\n/before.tar.gz is as it was before. There is no backup before.tar.gz, so the transfer did not begin: nothing was changed at the destination.',
    );
    expect(server.pushes.begun).toBe(0);
    expect((await readdir(cwd)).filter((name) => !name.endsWith('.ferry'))).toEqual([]);
  });

  test('is none where what is read back is not what came', async () => {
    const store = createMemoryStore(site);
    const { admin: to, token: toToken, ...running } = await runServer({ source: () => store.source() });
    cleanUps.push(() => running.close());
    const path = join(cwd, 'spoiled');
    const file = join(path, 'entities/entities_00001.jsonl');
    const quiet = createLogReport({ ...reportSettings().settings });
    const report = {
      ...quiet,
      // Between the writing and the reading back.
      working: () => writeFileSync(file, readFileSync(file, 'utf8').replace('stood', 'stands')),
    };
    const runner = createRunner({ report: () => report, clock: realClock, inspect: () => undefined });
    await expect(backUp({ from: 'unused', to, toToken }, { path }, { runner, report })).rejects.toMatchObject(
      {
        code: 'BACKUP_DIFFERS',
        message: expect.stringMatching(/\(entities differ\)\. .+nothing was changed at the destination\.$/),
      },
    );
  });

  test('with a folder as the destination is refused before anything is done', async () => {
    const parameters = ['transfer', '--from', '../content', '--to', 'elsewhere', '--backup', 'b.tar'];
    const result = await runCommand(parameters, { cwd });
    expect(result).toMatchObject({ exitCode: 2, stdout: '' });
    expect(result.stderr).toMatch(/^INVALID_OPTION: .*only a push to a server needs it/);
    expect(await readdir(cwd)).toEqual([]);
  });

  test('is not begun where the push would need an answer, and nobody can be asked', async () => {
    const server = await serveSite();
    const result = await server.push('--backup', 'before.tar.gz');
    expect(result.stderr).toMatch(/^NOT_CONFIRMED: /);
    expect(await readdir(cwd)).toEqual([]);
  });
});

describe('the question before a push', () => {
  const isAsked = /Are you sure you want to proceed\?/;

  test('says which server, what stands there and what is deleted; offers a backup; comes again with numbers', async () => {
    const server = await serveSite();
    const terminal = server.terminal(...tagsOnly);
    const first = await terminal.until(/Yes, replace it without a backup/);
    const { host } = new URL(server.url);
    expect(first).toContain(`This deletes at ${host} (Strapi 5.54.0):`);
    expect(first).toContain("- the rows of 1 type, in whose place the source's come");
    expect(first).toContain('Not counted: a backup counts it, and so does --dry-run.');
    expect(first).toContain(`The transfer will delete existing data from ${host}!`);
    expect(server.pushes).toEqual({ begun: 0, open: 0 });
    terminal.type('b');
    const second = await terminal.until(/○ Yes \/ ● No/);
    const again = second.slice(second.lastIndexOf('This deletes at'));
    expect(again).toContain("- 1 row of 1 type, in whose place the source's come");
    expect(again).toContain(
      '- 2 links from rows that stay to rows that are replaced: api::article.article.tags → api::tag.tag (2)',
    );
    expect(server.pushes).toEqual({ begun: 0, open: 0 });
    terminal.type('y');
    expect(await terminal.done).toMatchObject({ exitCode: 0 });
    expect(terminal.screen().join('\n')).toContain(
      'removed: 2 links from rows that stay to rows that are replaced: api::article.article.tags → api::tag.tag (2)',
    );
    const [backup = ''] = (await readdir(cwd)).filter((name) => name.endsWith('.tar.gz'));
    expect(backup).toMatch(/^127\.0\.0\.1-\d+-\d{4}-\d\d-\d\d-\d{6}\.tar\.gz$/);
    expect(await differencesOf(backup)).toBe(0);
  });

  test.each([
    ['y', 0],
    ['n', 5],
  ])(
    'where the schemas differ a second one comes while no push is open: %s ends with %i',
    async (typed, exitCode) => {
      const [article = {}, tag = {}] = Object.values(smallContent.schemas ?? {});
      const changed = { ...article, attributes: { title: { type: 'text' }, mood: { type: 'string' } } };
      const schemas = { 'api::article.article': changed, 'api::tag.tag': tag };
      const server = await serveSite({ content: { ...site, schemas } });
      const terminal = server.terminal();
      await terminal.until(/Yes, replace it without a backup/);
      terminal.type('y');
      const asked = await terminal.until(/Are you sure you want to continue\?[\s\S]*○ Yes \/ ● No/);
      expect(asked).toContain('2 differences, of which 2 can lose data:');
      expect(server.pushes).toEqual({ begun: 1, open: 0 });
      expect(server.isUntouched()).toBe(true);
      terminal.type(typed);
      expect(await terminal.done).toMatchObject({ exitCode });
      expect(server.isUntouched()).toBe(exitCode !== 0);
    },
  );

  test('a token that is refused is told before anything is asked', async () => {
    const server = await serveSite({ scopes: ['pull'] });
    const terminal = server.terminal();
    expect(await terminal.done).toMatchObject({ exitCode: 3 });
    expect(terminal.screen().join('\n')).not.toMatch(isAsked);
  });

  test('of a folder says what of the old one will not be in the new one', async () => {
    await createTransfer({ from: createMemoryStore(site).source(), to: join(cwd, 'old') }).done;
    const parameters = ['transfer', '--from', '../content', '--to', 'old', ...tagsOnly];
    const terminal = startTerminal(parameters, { cwd, columns: 200 });
    const asked = await terminal.until(/○ Yes \/ ● No/);
    expect(asked).toContain('The new old will not hold of the old one:\n- 2 rows\n- 2 files\n- 2 settings');
    terminal.type('n');
    expect(await terminal.done).toMatchObject({ exitCode: 130 });
  });
});

describe('what a push removes beyond what it replaces is told', () => {
  test.each<[string, SiteOptions, readonly string[], RegExp]>([
    ['counted by a dry run', {}, ['--dry-run'], /^would remove: 2 links from rows that stay .*\(2\)$/m],
    [
      'not counted where the token may not pull',
      { scopes: ['push'] },
      ['--dry-run'],
      /^dry run: nothing was changed/m,
    ],
    [
      'counted by a backup',
      {},
      ['--backup', 'b.tar', '--force'],
      /^removed: 2 links from rows that stay .*\(2\)$/m,
    ],
  ])('%s', async (_, options, flags, said) => {
    const server = await serveSite(options);
    const result = await server.push(...tagsOnly, ...flags);
    expect(result.exitCode).toBe(0);
    expect(result.stdout).toMatch(said);
  });

  test('in --json', async () => {
    const result = await (await serveSite()).push(...tagsOnly, '--dry-run', '--json');
    expect(outcomeOf(result)).toMatchObject({
      removals: { links: [{ type: 'api::article.article', field: 'tags', count: 2 }] },
    });
  });
});
