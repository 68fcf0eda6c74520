import { cp, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { withOwnBackup } from '../../../src/cli/backup.js';
import { readTransferFlags } from '../../../src/cli/flags.js';
import { changeSafely, mergeSafely } from '../../../src/cli/merge/merging.js';
import type { Prompts } from '../../../src/cli/prompts.js';
import { createLogReport } from '../../../src/cli/report/log-report.js';
import { createRunner } from '../../../src/cli/runner.js';
import { realClock } from '../../../src/ports/clock.js';
import { TransferError } from '../../../src/protocol/errors.js';
import { servedFolder } from '../../../src/server/index.js';
import { createMemoryStore, type MemoryContent } from '../../../src/stores/memory.js';
import { createTransfer } from '../../../src/transfer/create-transfer.js';
import { createMerge } from '../../../src/transfer/merge/create-merge.js';
import { cleanUps } from '../../support/clean-ups.js';
import { eventsOf, outcomeOf, runCommand } from '../../support/command.js';
import { contentOf, type Model, modelOf, types } from '../../support/merge-model.js';
import { article, file, model, row, tag } from '../../support/merge-sites.js';
import { reportSettings } from '../../support/settings.js';
import { runServer } from '../../support/transfer-servers.js';
import { treeOf } from '../../support/tree.js';

const later = '2026-09-01T00:00:00.000Z';
const staging = model([
  [
    types.article,
    'a',
    { 'en/draft': row('New a', { cover: file('f'), tags: [tag('x')], updatedAt: later }) },
  ],
  [types.article, 'b', { 'en/draft': row('New b'), 'de/draft': row('Neu b') }],
  [types.article, 'e', { 'en/draft': row('To nowhere', { tags: [tag('z')] }) }],
  [types.tag, 'x', { '/published': row('sea') }],
  [types.tag, 'z', { '/published': row('not there') }],
  [types.file, 'f', { '/published': row('picture') }],
]);
const production = model([
  [types.article, 'a', { 'en/draft': row('Old a'), 'en/published': row('Old a, published') }],
  [types.article, 'b', { 'en/draft': row('Edited b', { updatedAt: later }), 'de/draft': row('Neu b') }],
  [types.article, 'c', { 'en/published': row('Stands', { related: article('a') }) }],
  [types.tag, 'x', { '/published': row('ocean') }],
]);
const [a, b, e] = ['a', 'b', 'e'].map((name) => `${types.article}:${name}`) as [string, string, string];

/** With schemas that name every field, as a server's do. */
function declared({ schemas, ...content }: MemoryContent): MemoryContent {
  const names = ['locale', 'publishedAt', 'updatedAt', 'hash', 'ext', 'caption'];
  const more = Object.fromEntries(names.map((name) => [name, { type: 'string' }]));
  const all = Object.entries(schemas ?? {}).map(([uid, schema]) => [
    uid,
    { ...schema, attributes: { ...schema.attributes, ...more } },
  ]);
  return { ...content, schemas: Object.fromEntries(all) };
}

let scratch = '';
let template = '';
let cwd = '';
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'ferry-merge-command-'));
  template = join(scratch, 'template');
  const write = (site: Model, first: number, name: string) =>
    createTransfer({
      ...{ from: createMemoryStore(declared(contentOf(site, first))).source(), to: join(template, name) },
    }).done;
  await write(staging, 100, 'staging');
  await write(production, 1, 'production');
});
beforeEach(async () => {
  cwd = await mkdtemp(join(scratch, 'case-'));
  await cp(template, cwd, { recursive: true });
});
afterAll(() => rm(scratch, { recursive: true }));

const run = (...words: string[]) => runCommand(words, { cwd });
const merge = (...flags: string[]) =>
  run('transfer', 'staging', 'production', '--strategy', 'merge', ...flags);

async function contentAt(name: string): Promise<Model> {
  const read = createMemoryStore();
  await createTransfer({ from: join(cwd, name), to: read.destination() }).done;
  return modelOf(read.content());
}
const titlesAt = async (name: string) =>
  Object.fromEntries(
    [...(await contentAt(name)).documents.values()].flatMap(({ documentId, rows }) =>
      [...rows].map(([place, { title }]) => [`${documentId} ${place}`, title]),
    ),
  );
const untouched = {
  'a en/draft': 'Old a',
  'a en/published': 'Old a, published',
  'b en/draft': 'Edited b',
  'b de/draft': 'Neu b',
  'c en/published': 'Stands',
  'x /published': 'ocean',
};

describe('transfer --strategy merge', () => {
  test('adds and replaces what --documents names, with its files, and says so before and after', async () => {
    const { exitCode, stdout, stderr } = await merge('--documents', a, '--force');
    const sum = '1 document added, 1 replaced; 1 row deleted, 1 link lost; 1 file';
    const lost = `lost 1 link ${types.article} · related → ${types.article}: the row that they lead to is deleted\n`;
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: lost });
    expect(stdout).toContain(
      [
        `plan: ${sum}`,
        `  entity ${types.article}: 1 replaced`,
        `  entity ${types.file}: 1 added`,
        `replaced entity ${types.article}, a "New a": en draft; deleted: en published`,
        `added entity ${types.file}, f "f.txt"`,
        lost,
      ].join('\n'),
    );
    expect(stdout).toMatch(new RegExp(`\\ndone in \\d+\\.\\d s: ${sum}\\n$`));
    const { 'a en/published': _, ...stays } = untouched;
    expect(await titlesAt('production')).toEqual({
      ...stays,
      'a en/draft': 'New a',
      'f /published': 'picture',
    });
  });

  test('tells programs the plan, each change, and a result', async () => {
    const result = await merge('--documents', a, '--force', '--json');
    const events = eventsOf(result);
    expect(events.find(({ event }) => event === 'plan')).toMatchObject({
      counts: { add: 1, replace: 1, keep: 0, deletedRows: 1 },
      types: [
        { type: types.article, add: 0, replace: 1, keep: 0 },
        { type: types.file, add: 1, replace: 0, keep: 0 },
      ],
    });
    expect(events.filter(({ event }) => event === 'change')).toMatchObject([
      { verb: 'replace', documentId: 'a' },
      { verb: 'add', documentId: 'f' },
    ]);
    const states = events.filter(({ event }) => event === 'state').map(({ state }) => state);
    for (const state of ['merge.comparing', 'merge.planning', 'merge.confirming', 'committing.replacing'])
      expect(states).toContain(state);
    expect(outcomeOf(result)).toMatchObject({
      ok: true,
      exitCode: 0,
      counts: { replace: 1 },
      unchanged: false,
    });
  });

  test('with --strategy add leaves all that stands as it is', async () => {
    const both = await run(
      ...['transfer', 'staging', 'production', '--strategy', 'add'],
      ...['--documents', a, '--documents', `${b},${types.tag}:z`, '--force'],
    );
    expect(both.exitCode).toBe(0);
    expect(both.stdout).toContain(`left entity ${types.article}, b "New b" (stands there already`);
    expect(await titlesAt('production')).toMatchObject({ ...untouched, 'z /published': 'not there' });
  });

  test.each([
    [[], 7, 'MERGE_CONFLICT', '--on-conflict replace', 'Edited b'],
    [['--on-conflict', 'keep'], 0, 'nothing to do', '(newer there)', 'Edited b'],
    [['--on-conflict', 'replace'], 0, '1 document replaced', '(newer there)', 'New b'],
  ])('where the destination is newer, %s', async (flags, exit, one, other, title) => {
    const { exitCode, stdout, stderr } = await merge('--documents', b, '--locale', 'en', '--force', ...flags);
    expect(exitCode).toBe(exit);
    for (const said of [one, other]) expect(stdout + stderr).toContain(said);
    expect((await titlesAt('production'))['b en/draft']).toBe(title);
  });

  test.each([
    [[], 7, { code: 'MISSING_LINKS' }],
    [['--closure', '1'], 0, undefined],
    [['--allow-missing-links', '--lose-links'], 0, undefined],
  ])('where a link leads nowhere there, %s', async (flags, exit, error) => {
    const result = await merge('--documents', e, '--force', '--json', ...flags);
    expect(outcomeOf(result).exitCode).toBe(exit);
    if (error !== undefined) {
      expect(outcomeOf(result).error).toMatchObject(error);
      expect(outcomeOf(result).error?.message).toContain('--closure');
    }
    const { documents } = await contentAt('production');
    expect(documents.has(e)).toBe(exit === 0);
    expect(documents.has(tag('z'))).toBe(flags[0] === '--closure');
  });

  test('--since brings what was changed at that time or later', async () => {
    const { stdout } = await merge(
      '--since',
      '2026-08-31',
      '--only-content-types',
      types.article,
      '--dry-run',
    );
    expect(stdout).toContain('dry run: nothing was changed; it would be 1 document added, 1 replaced');
    expect(await titlesAt('production')).toEqual(untouched);
  });

  test('asks, or wants --force, before it changes what stands', async () => {
    const { exitCode, error } = outcomeOf(await merge('--documents', a, '--json'));
    expect({ exitCode, code: error?.code }).toEqual({ exitCode: 2, code: 'MERGE_NOT_CONFIRMED' });
    expect(await titlesAt('production')).toEqual(untouched);
  });
});

describe('flags that cannot be meant end with 2, and nothing is done:', () => {
  const restore = (...flags: string[]) => run('transfer', 'staging', 'production', '--force', ...flags);
  const forced = (...flags: string[]) => merge('--force', ...flags);
  const refused: readonly (readonly [string, () => ReturnType<typeof run>])[] = [
    ...[
      ['--documents', a],
      ['--since', '2026-01-01'],
      ['--locale', 'en'],
      ['--closure', '1'],
      ['--on-conflict', 'keep'],
      ['--allow-missing-links'],
      ['--lose-links'],
      ['--no-backup'],
    ].map((flags) => [flags[0] ?? '', () => restore(...flags)] as const),
    ['--strategy', () => restore('--strategy', 'replace')],
    ['--documents', () => forced('--documents', 'api::article.article')],
    ['--documents', () => forced('--documents', '')],
    ['--locale', () => forced('--locale', ',')],
    ['--since', () => forced('--since', 'yesterday')],
    ['--closure', () => forced('--closure', 'all')],
    ['--on-conflict', () => forced('--on-conflict', 'mine')],
    ['--only', () => forced('--only', 'content')],
    ['--exclude', () => forced('--exclude', 'config')],
    ['--strict', () => forced('--strict')],
    ['--backup', () => forced('--backup', 'before')],
    ['--strategy', () => run('plan', 'staging', 'production', '--strategy', 'restore')],
    ['--out', () => run('plan', 'staging', 'production', '--out', 'production')],
    ['--out', () => run('plan', 'staging', 'production', '--out', 'https://a.example/admin')],
    ['--out-key', () => run('plan', 'staging', 'production', '--out-key', 'a password')],
    ['--to', () => run('apply', 'staging')],
  ];
  test.each(refused)('%s', async (flag, begin) => {
    const before = await treeOf(cwd);
    const { exitCode, stderr } = await begin();
    expect({ exitCode, refused: /Option (--[\w-]+)/.exec(stderr)?.[1] }).toEqual({
      exitCode: 2,
      refused: flag,
    });
    expect(await treeOf(cwd)).toEqual(before);
  });
});

describe('plan and apply', () => {
  const plan = (...flags: string[]) =>
    run('plan', 'staging', 'production', '--documents', `${a},${b}`, '--on-conflict', 'replace', ...flags);

  test.each([
    ['a folder', 'changes', []],
    ['an archive', 'changes.tar.gz', []],
    ['an encrypted archive', 'changes.tar.gz.enc', ['four random words here']],
  ])('plan writes %s, which apply carries out exactly', async (_, out, [password]) => {
    const key = (flag: string) => (password === undefined ? [] : [flag, password]);
    const planned = await plan('--out', out, ...key('--out-key'));
    expect(planned).toMatchObject({ exitCode: 0 });
    expect(planned.stdout).toContain(`strapi-ferry apply ${out} --to production does exactly that`);
    expect(await titlesAt('production')).toEqual(untouched);

    // The changeset holds all that it needs.
    await rm(join(cwd, 'staging'), { recursive: true });
    const apply = (...flags: string[]) =>
      run('apply', out, '--to', 'production', ...key('--from-key'), ...flags);
    const rehearsed = await apply('--dry-run');
    expect(rehearsed).toMatchObject({ exitCode: 0 });
    expect(await titlesAt('production')).toEqual(untouched);
    const lines = (text: string) =>
      text.split('\n').filter((line) => /^(plan|added|replaced|left)/.test(line));
    expect(lines(rehearsed.stdout)).toEqual(lines(planned.stdout).filter((line) => !/^planned/.test(line)));

    expect(await apply('--force')).toMatchObject({ exitCode: 0 });
    const { 'a en/published': __, ...stays } = untouched;
    expect(await titlesAt('production')).toEqual({
      ...stays,
      ...{ 'a en/draft': 'New a', 'b en/draft': 'New b', 'f /published': 'picture' },
    });
    expect(outcomeOf(await apply('--force', '--json')).error).toMatchObject({ code: 'DESTINATION_CHANGED' });
  });

  test('plan alone changes nothing, and writes nothing', async () => {
    const before = await treeOf(cwd);
    const { exitCode, stdout } = await plan('--strategy', 'merge', '--verbose');
    expect(exitCode).toBe(0);
    expect(stdout).toContain('nothing was changed; it would be');
    expect(await treeOf(cwd)).toEqual(before);
  });

  test('apply asks, or wants --force, and takes no export for a changeset', async () => {
    await plan('--out', 'changes');
    for (const [flags, code] of [
      [['changes'], 'MERGE_NOT_CONFIRMED'],
      [['staging', '--force'], 'NO_CHANGESET'],
    ] as const) {
      const result = await run('apply', ...flags, '--to', 'production', '--json');
      expect(outcomeOf(result)).toMatchObject({ exitCode: 2, error: { code } });
    }
    expect(await titlesAt('production')).toEqual(untouched);
    expect((await readdir(cwd)).sort()).toEqual(['changes', 'production', 'staging'].sort());
  });
});

test.each([
  [true, {}, 1],
  [false, {}, 0],
  [true, { backup: false }, 0],
])('is a Strapi: %s, flags %o: %i backup is made before it', async (isStrapi, flags, backups) => {
  const { admin, token, close } = await runServer({
    stores: () => servedFolder({ path: join(cwd, 'production') }),
  });
  cleanUps.push(close);
  const { settings } = reportSettings();
  const report = createLogReport(settings);
  const runner = createRunner({ report: () => report, clock: realClock, inspect: () => undefined });
  const given = { from: join(cwd, 'staging'), to: admin, toToken: token, strategy: 'merge', force: true };
  const options = withOwnBackup(readTransferFlags({ ...given, documents: [a] }, {}), flags, new Date());
  const setting = {
    asked: { ask: null, because: 'a test' },
    runner,
    report,
    out: settings.out,
    clock: realClock,
  };
  const made = { ...options, ...(options.backup === undefined ? {} : { backup: join(cwd, options.backup) }) };
  await changeSafely(made, setting, ({ confirm = () => true }) =>
    createMerge({
      ...{ from: given.from, to: admin, toToken: token, documents: options.merge?.documents ?? [] },
      confirm: (plan, signal) => confirm(plan, signal, { isStrapi }),
    }),
  );
  expect((await readdir(cwd)).filter((name) => name.endsWith('.tar.gz'))).toHaveLength(backups);
});

describe('at a terminal', () => {
  /** A merge whose question is answered so. */
  function asking(confirm: Prompts['confirm']) {
    const { settings, written } = reportSettings();
    const report = createLogReport(settings);
    const runner = createRunner({ report: () => report, clock: realClock, inspect: () => undefined });
    const unasked = () => Promise.reject(new Error('nothing else is asked'));
    const asked = { ask: { confirm, choose: unasked, secret: unasked }, because: null };
    const [from, to] = [join(cwd, 'staging'), join(cwd, 'production')];
    const options = readTransferFlags({ from, to, strategy: 'merge', documents: [a] }, {});
    const done = mergeSafely(options, { asked, runner, report, out: settings.out, clock: realClock });
    return { runner, written, done };
  }

  test('the question comes after the plan, and yes does it', async () => {
    const shown: string[] = [];
    const { written, done } = asking(async (sentence) => {
      shown.push(sentence, written.out);
      return true;
    });
    expect((await done).counts).toMatchObject({ add: 1, replace: 1 });
    expect(shown[0]).toMatch(/^Change .*production like this, and nothing else there\?$/);
    expect(shown[1]).toContain('replaced entity api::article.article, a "New a"');
    expect(await titlesAt('production')).toMatchObject({ 'a en/draft': 'New a' });
  });

  test('no changes nothing', async () => {
    const { done } = asking(async () => false);
    await expect(done).rejects.toMatchObject({ code: 'ABORTED' });
    expect(await titlesAt('production')).toEqual(untouched);
  });

  test('a signal at the question takes it back, and changes nothing', async () => {
    const { done, runner } = asking(
      (_, signal) =>
        new Promise((_resolve, reject) => {
          signal?.addEventListener('abort', () => reject(new TransferError('ABORTED')));
          queueMicrotask(() => runner.abort('SIGTERM'));
        }),
    );
    await expect(done).rejects.toMatchObject({ code: 'ABORTED', details: { by: 'SIGTERM' } });
    expect(await titlesAt('production')).toEqual(untouched);
  });
});

describe('into a server', () => {
  /** production, served. */
  async function served() {
    const store = servedFolder({ path: join(cwd, 'production') });
    const { admin, token, close } = await runServer({ stores: () => store });
    cleanUps.push(close);
    const env = { STRAPI_TRANSFER_TOKEN: token };
    return { admin, run: (...words: string[]) => runCommand(words, { cwd, env }) };
  }

  test.each([
    [[], 0],
    [['--backup', 'before.tar.gz'], 1],
    [['--no-backup'], 0],
  ])('that takes it as a whole a merge is backed up where that is wished, %s', async (flags, backups) => {
    const { admin, run: runAt } = await served();
    const into = ['transfer', 'staging', admin, '--strategy', 'merge', '--documents', a, '--force'];
    const { exitCode, stdout, stderr } = await runAt(...into, ...flags);
    expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
    expect(stdout).toMatch(/^read http:\S+ in .+ items/m);
    expect(await titlesAt('production')).toMatchObject({ 'a en/draft': 'New a', 'b en/draft': 'Edited b' });
    const made = (await readdir(cwd)).filter((name) => name.endsWith('.tar.gz'));
    expect(made).toHaveLength(backups);
    for (const name of made) expect(await titlesAt(name)).toEqual(untouched);
  });

  test('a changeset is refused by a transfer that would delete all else', async () => {
    const { admin, run: runAt } = await served();
    await runAt('plan', 'staging', 'production', '--documents', a, '--out', 'changes');
    for (const flags of [['--force'], ['--dry-run']]) {
      const { exitCode, error } = outcomeOf(await runAt('transfer', 'changes', admin, '--json', ...flags));
      expect({ exitCode, code: error?.code }).toEqual({ exitCode: 2, code: 'IS_CHANGESET' });
    }
    expect(await titlesAt('production')).toEqual(untouched);
  });

  test('a changeset that was planned on it is applied, once', async () => {
    const { admin, run: runAt } = await served();
    expect(await runAt('plan', 'staging', admin, '--documents', a, '--out', 'changes')).toMatchObject({
      exitCode: 0,
    });
    expect(await titlesAt('production')).toEqual(untouched);
    const apply = () => runAt('apply', 'changes', '--to', admin, '--force', '--json');
    expect(outcomeOf(await apply())).toMatchObject({ ok: true });
    expect(await titlesAt('production')).toMatchObject({ 'a en/draft': 'New a', 'b en/draft': 'Edited b' });
    expect(outcomeOf(await apply()).error).toMatchObject({ code: 'DESTINATION_CHANGED' });
  });
});
