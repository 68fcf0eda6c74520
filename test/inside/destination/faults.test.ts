import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import type { Knex } from 'knex';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { SimulatedClock } from 'xstate';
import type { FileSystem } from '../../../src/ports/files.js';
import { restoreAll } from '../../../src/protocol/restore.js';
import { foldedName } from '../../../src/stores/export/file-names.js';
import {
  type StrapiDestinationOptions,
  strapiDestination,
} from '../../../src/strapi/destination/destination.js';
import { keepRollingForward, rollForward } from '../../../src/strapi/destination/roll-forward.js';
import type { CommitStep } from '../../../src/strapi/destination/steps.js';
import type { Strapi } from '../../../src/strapi/strapi.js';
import { createMemoryFiles, type MemoryFiles } from '../../../src/testing/memory-files.js';
import { countingIds, fakeProcesses } from '../../support/stored-label.js';
import {
  labelled,
  labelOfRows,
  labelsOfFiles,
  putLabel,
  wholeFiles,
  wholeSite,
} from '../support/labelled-push.js';
import { loadStrapi } from '../support/strapi-in-process.js';
import { describeStrapi, type StrapiDescription, type StrapiView, viewOf } from '../support/strapi-view.js';
import { pushByFerry, stageAgain, stagePush } from '../support/strapis-own-providers.js';

const publicFolder = '/site/public';
const uploads = `${publicFolder}/uploads`;
const settings = 'strapi_core_store_settings';
let folder: string;
let description: StrapiDescription;
let strapi: StrapiView;
let files: MemoryFiles;
let ports: Required<Pick<StrapiDestinationOptions, 'files' | 'ids' | 'processes'>>;
const processes = fakeProcesses();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ferry-faults-'));
  const site = await loadStrapi({ content: 'none' });
  description = describeStrapi(site.strapi);
  await putLabel(strapiDestination(site.strapi), 'old');
  await site.strapi.db.connection.raw('VACUUM INTO ?', [join(folder, 'old.db')]);
  await site.stop();
});

afterAll(() => rm(folder, { recursive: true, force: true }));

async function oldFiles(): Promise<MemoryFiles> {
  const disk = createMemoryFiles();
  await disk.makeDirectory(uploads);
  for (const [name, label] of Object.entries(wholeFiles('old')))
    await disk.write(`${uploads}/${name}`, label);
  return disk;
}

const view = () => viewOf(description, { filename: join(folder, 'data.db'), publicFolder });
const portsOf = (disk: FileSystem) => ({ files: disk, ids: countingIds(), processes: processes.spawn() });

beforeEach(async () => {
  await copyFile(join(folder, 'old.db'), join(folder, 'data.db'));
  strapi = view();
  files = await oldFiles();
  ports = portsOf(files);
});

afterEach(() => strapi.close());

const push = (options: Partial<StrapiDestinationOptions> = {}, to: Strapi = strapi) =>
  putLabel(strapiDestination(to, { ...ports, ...options }), 'new');

async function expectStands(label: 'old' | 'new', disk: FileSystem = files): Promise<void> {
  expect(await labelOfRows(strapi)).toBe(wholeSite(label));
  expect(await labelsOfFiles(disk, uploads)).toEqual(wholeFiles(label));
  expect(await notes()).toEqual([]);
}

const notes = () =>
  strapi.db.connection(settings).where('key', 'like', 'plugin_ferry%').select('key', 'value');

const failingAt = (step: CommitStep) => (next: CommitStep) => {
  if (next === step) throw new Error('a fault');
};

describe('of two nodes with one database, each with uploads of its own', () => {
  test('one opens a push between the commit of the other and its files', async () => {
    const other = strapiDestination(strapi, portsOf(await oldFiles()));
    await push({
      async onStep(step) {
        if (step !== 'replaceFiles') return;
        await other.open();
        await other.close();
      },
    });
    await expectStands('new');
  });

  test('one opens a push after the other was killed at its files, which stand once that one starts', async () => {
    await expect(push({ onStep: failingAt('replaceFiles') })).rejects.toMatchObject({
      code: 'FILES_NOT_PLACED',
    });
    const other = portsOf(await oldFiles());
    const to = strapiDestination(strapi, other);
    await to.open();
    await to.close();
    await rollForward(strapi, other);
    await rollForward(strapi, ports);
    await expectStands('new');
  });
});

const lost = Object.assign(new Error('Connection terminated'), { code: 'ECONNRESET' });

/** What comes of a transaction: its COMMIT is done, done and not heard of, not done, or the database is not there. */
type Commit = 'done' | 'doneUnheard' | 'undone' | 'down';

/** The same Strapi, whose database does so at one transaction after another, and then works. */
function withCommits(...commits: Commit[]): Strapi {
  const { connection } = strapi.db;
  type Work = (transaction: Knex.Transaction) => Promise<unknown>;
  async function transaction(work: Work, config: Knex.TransactionConfig): Promise<unknown> {
    const commit = commits.shift() ?? 'done';
    if (commit === 'down') throw lost;
    const done = await connection.transaction(async (running) => {
      const answer = await work(running);
      if (commit === 'undone') throw lost;
      return answer;
    }, config);
    if (commit === 'doneUnheard') throw lost;
    return done;
  }
  const proxy = new Proxy(connection, {
    get: (target, name) => (name === 'transaction' ? transaction : Reflect.get(target, name)),
  });
  return Object.create(strapi, { db: { value: { ...strapi.db, connection: proxy } } });
}

describe('a COMMIT whose connection is lost', () => {
  test('and that was done is a push that was committed', async () => {
    await push({}, withCommits('doneUnheard'));
    await expectStands('new');
  });

  test('and that was not done is none', async () => {
    await expect(push({}, withCommits('undone'))).rejects.toMatchObject({
      code: 'STORE_FAILED',
      message: expect.stringContaining('Connection terminated'),
    });
    await expectStands('old');
  });

  test.each([
    ['undone', 'old'],
    ['doneUnheard', 'new'],
  ] as const)(
    'and that nothing can be asked about is in doubt; %s, rows and files are %s then',
    async (commit, label) => {
      // Asked by the commit, then by the rollback.
      const pushed = push({}, withCommits(commit, 'down', 'down'));
      await expect(pushed).rejects.toMatchObject({ code: 'COMMIT_IN_DOUBT' });
      await rollForward(strapi, ports);
      await expectStands(label);
    },
  );
});

test('a push whose process stood still, and that another took for dead, is not committed', async () => {
  const pushed = push({
    onStep: async (step) => {
      if (step === 'commit') await files.remove(`${uploads}/.ferry/push.ferry/writers`);
    },
  });
  await expect(pushed).rejects.toMatchObject({
    code: 'STORE_FAILED',
    message: expect.stringContaining('took it over'),
  });
  await rollForward(strapi, ports);
  await expectStands('old');
});

test('a push that stood still after its commit leaves alone what another has begun since', async () => {
  const killed = strapiDestination(strapi, {
    ...portsOf(files),
    ids: { ...countingIds(), id: () => 'other' },
    onStep(step) {
      if (step === 'commit' || step === 'takeBackFiles') throw new Error('killed');
    },
  });
  await push({
    async onStep(step) {
      if (step !== 'removeOldFiles') return;
      await files.remove(`${uploads}/.ferry/push.ferry/writers`);
      await expect(putLabel(killed, 'third')).rejects.toThrow();
      expect(await labelsOfFiles(files, uploads)).toHaveProperty(['third-only.txt']);
    },
  });
  await rollForward(strapi, ports);
  await expectStands('new');
});

test('a push whose process stood still before its plan was written leaves the plan of another alone', async () => {
  const killed = strapiDestination(strapi, {
    ...portsOf(files),
    ids: { ...countingIds(), id: () => 'other' },
    onStep(step) {
      if (step === 'commit' || step === 'takeBackFiles') throw new Error('killed');
    },
  });
  const pushed = push({
    async onStep(step) {
      if (step !== 'planFiles') return;
      await files.remove(`${uploads}/.ferry/push.ferry/writers`);
      await expect(putLabel(killed, 'third')).rejects.toThrow();
    },
  });
  await expect(pushed).rejects.toThrow();
  await rollForward(strapi, ports);
  await expectStands('old');
});

test('a push that could not be settled is settled before the next one of the same destination', async () => {
  const to = strapiDestination(withCommits('undone', 'down', 'down'), ports);
  await stagePush(to, labelled('new'), restoreAll);
  await expect(to.commit()).rejects.toMatchObject({ code: 'COMMIT_IN_DOUBT' });
  await expect(to.rollback()).rejects.toMatchObject({ code: 'STORE_FAILED' });
  await stageAgain(to, labelled('third'), restoreAll);
  await to.commit();
  await to.close();
  expect(await labelOfRows(strapi)).toBe(wholeSite('third'));
  expect(await labelsOfFiles(files, uploads)).toEqual(wholeFiles('third'));
});

test('rows of admin types stay as they are, whichever rows they point to', async () => {
  const favourite = {
    ...{ type: 'relation', relation: 'morphToOne' },
    morphColumn: { typeColumn: { name: 'favourite_type' }, idColumn: { name: 'favourite_id' } },
  };
  const models = description.models.map((model) =>
    model.uid === 'admin::user' ? { ...model, attributes: { ...model.attributes, favourite } } : model,
  );
  const extended = viewOf({ ...description, models }, { filename: join(folder, 'data.db'), publicFolder });
  const { connection } = extended.db;
  await connection.raw('alter table admin_users add column favourite_type varchar');
  await connection.raw('alter table admin_users add column favourite_id integer');
  const [article] = await connection('articles').select('id');
  await connection('admin_users').insert({
    ...{ firstname: 'Ada', favourite_type: 'api::article.article', favourite_id: article.id },
  });
  const before = await connection('admin_users');
  await push({}, extended);
  expect(await connection('admin_users')).toEqual(before);
  await extended.close();
});

describe('the note of a commit', () => {
  test('is JSON, as every setting is', async () => {
    let noted: readonly { value: string }[] = [];
    await push({
      onStep: async (step) => {
        if (step === 'replaceFiles') noted = await notes();
      },
    });
    expect(noted).toHaveLength(1);
    expect(JSON.parse(noted[0]?.value ?? '')).toEqual({ committedAt: expect.any(String) });
  });

  test('stays however old it is: the Strapi that has its files may have been switched off', async () => {
    await expect(push({ onStep: failingAt('replaceFiles') })).rejects.toThrow();
    const value = JSON.stringify({ committedAt: '2001-01-01T00:00:00.000Z' });
    await strapi.db.connection(settings).where('key', 'like', 'plugin_ferry%').update({ value });
    await rollForward(strapi, portsOf(await oldFiles()));
    await rollForward(strapi, ports);
    await expectStands('new');
  });
});

test.each<CommitStep>(['removeOldFiles', 'removeStaging', 'forgetCommit'])(
  'a fault at %s, after the commit: notices say that old files are left, and the log alone has the path',
  async (failing) => {
    const to = strapiDestination(strapi, {
      ...ports,
      onStep(step) {
        if (step === failing) throw new Error(`EACCES: permission denied, unlink '${uploads}/old.txt'`);
      },
    });
    await putLabel(to, 'new');
    expect(to.notices?.()).toEqual([
      'some old files are left: the next push or start of the Strapi removes them',
    ]);
    expect(strapi.warnings).toContainEqual(expect.stringContaining(`unlink '${uploads}/old.txt'`));
    await rollForward(strapi, ports);
    await expectStands('new');
  },
);

describe('a process that was killed in another container', () => {
  const foreign = `${uploads}/.ferry/push.ferry/writers/foreign.1`;
  const unseen = { self: 'here', alive: () => undefined };

  test('is waited for when Strapi starts, and what it left is finished then', async () => {
    await expect(push({ onStep: failingAt('replaceFiles') })).rejects.toThrow();
    await files.makeDirectory(dirname(foreign));
    await files.write(foreign, '');
    const clock = new SimulatedClock();
    const { signal } = new AbortController();
    await keepRollingForward(strapi, { ...ports, processes: unseen, clock, signal });
    expect(await labelOfRows(strapi)).toBe(wholeSite('new'));
    expect(await labelsOfFiles(files, uploads)).not.toEqual(wholeFiles('new'));
    expect(strapi.warnings).toEqual([expect.stringContaining('another process takes a push here')]);
    await files.remove(foreign);
    clock.increment(61_000);
    await expect.poll(() => labelsOfFiles(files, uploads)).toEqual(wholeFiles('new'));
    await expect.poll(notes).toEqual([]);
  });

  test('is not waited for once Strapi ends', async () => {
    await files.makeDirectory(dirname(foreign));
    await files.write(foreign, '');
    const clock = new SimulatedClock();
    const ending = new AbortController();
    const { signal } = ending;
    await keepRollingForward(strapi, { ...ports, processes: unseen, clock, signal });
    ending.abort();
    const before = files.operations();
    clock.increment(61_000);
    expect(files.operations()).toBe(before);
  });
});

/** Throws at the first calls of an operation. */
function failingFirst(disk: FileSystem, name: 'rename' | 'list', error: Error, calls: number): FileSystem {
  let left = calls;
  const failing = (...given: unknown[]) => {
    left -= 1;
    return left >= 0 ? Promise.reject(error) : Reflect.apply(disk[name], disk, given);
  };
  return { ...disk, [name]: failing };
}

describe('what a killed process left is looked after again each minute', () => {
  const diskFull = Object.assign(new Error('ENOSPC: no space left on device'), {
    ...{ code: 'ENOSPC', path: uploads },
  });
  const diskBroken = Object.assign(new Error('EIO: i/o error'), { code: 'EIO', path: uploads });

  test.each([
    ['the database does not answer yet', () => ({ to: withCommits('down', 'down') })],
    ['the disk is full', () => ({ disk: failingFirst(files, 'rename', diskFull, 2) })],
    ['the disk does not read', () => ({ disk: failingFirst(files, 'list', diskBroken, 2) })],
  ] as const)('where %s, and its reason is told once', async (_, faultOf) => {
    await expect(push({ onStep: failingAt('replaceFiles') })).rejects.toThrow();
    strapi.errors.length = 0;
    const { to = strapi, disk = files }: { to?: Strapi; disk?: FileSystem } = faultOf();
    const clock = new SimulatedClock();
    const ending = new AbortController();
    await keepRollingForward(to, { ...ports, files: disk, clock, signal: ending.signal });
    await expect
      .poll(async () => {
        clock.increment(61_000);
        return labelsOfFiles(files, uploads);
      })
      .toEqual(wholeFiles('new'));
    await expect.poll(notes).toEqual([]);
    expect(strapi.errors).toEqual([expect.stringContaining('looked after again each minute')]);
    ending.abort();
  });
});

/** A disk that holds names as one that differ in case alone: under the first of them. */
function folding(disk: FileSystem): FileSystem {
  const at = async (path: string) => {
    if (dirname(path) !== uploads) return path;
    const names = (await disk.list(uploads)) ?? [];
    return join(
      uploads,
      names.find((name) => foldedName(name) === foldedName(basename(path))) ?? basename(path),
    );
  };
  return {
    ...disk,
    stat: async (path) => disk.stat(await at(path)),
    look: async (path) => disk.look(await at(path)),
    remove: async (path) => disk.remove(await at(path)),
    rename: async (from, to) => disk.rename(from, await at(to)),
  };
}

test.each(['folds', 'keeps apart'])(
  'a file comes whose name differs in case alone, on a disk that %s them',
  async (kind) => {
    const disk = kind === 'folds' ? folding(files) : files;
    const loud = labelled('new');
    const rename = (name: string) => name.replace('same', 'SAME');
    await pushByFerry(
      strapiDestination(strapi, { ...ports, files: disk }),
      {
        ...loud,
        entities: loud.entities.map((row) => ({
          ...row,
          data: row.data['hash'] === 'same' ? { ...row.data, hash: 'SAME' } : row.data,
        })),
        assets: loud.assets.map((asset) => ({ ...asset, filename: rename(asset.filename) })),
      },
      restoreAll,
    );
    const { 'same.txt': same, ...others } = wholeFiles('new');
    expect(await labelsOfFiles(files, uploads)).toEqual({
      ...others,
      [kind === 'folds' ? 'same.txt' : 'SAME.txt']: same,
    });
  },
);

test('a folder that has the name of a file that comes refuses the push before anything changes', async () => {
  await files.makeDirectory(`${uploads}/new-only.txt`);
  await expect(push()).rejects.toMatchObject({
    code: 'STORE_FAILED',
    message: expect.stringContaining(`${uploads}/new-only.txt`),
  });
  await files.remove(`${uploads}/new-only.txt`);
  await expectStands('old');
});

describe('a push that fails', () => {
  test('takes no file back that a row names', async () => {
    const { connection } = strapi.db;
    const pushed = push({
      async onStep(step) {
        if (step !== 'lock') return;
        await connection('files').insert({ document_id: 'own', name: 'own', hash: 'new-only', ext: '.txt' });
        throw new Error('a fault');
      },
    });
    await expect(pushed).rejects.toThrow();
    expect(await labelsOfFiles(files, uploads)).toEqual({ ...wholeFiles('old'), 'new-only.txt': 'new' });
  });

  test('says why again when it is committed again', async () => {
    const to = strapiDestination(strapi, { ...ports, onStep: failingAt('writeLinks') });
    await stagePush(to, labelled('new'), restoreAll);
    const first = await to.commit().catch((error: Error) => error);
    await expect(to.commit()).rejects.toThrow(first as Error);
    expect(first).toMatchObject({ message: expect.stringContaining('a fault') });
    await to.close();
    await expectStands('old');
  });
});

test('old files that cannot be removed are told, and go at the next start', async () => {
  const disk: FileSystem = {
    ...files,
    remove: (path) =>
      path.endsWith('old-only.txt') ? Promise.reject(new Error('it is busy')) : files.remove(path),
  };
  const to = strapiDestination(strapi, { ...ports, files: disk });
  await stagePush(to, labelled('new'), restoreAll);
  await to.commit();
  expect(to.notices?.()).toEqual([expect.stringContaining('old files are left')]);
  expect(strapi.warnings).toContainEqual(expect.stringContaining('it is busy'));
  await to.close();
  await rollForward(strapi, ports);
  await expectStands('new');
});

test('rows of files that come without their file are counted, and keep the old file of that name', async () => {
  const to = strapiDestination(strapi, ports);
  const whole = labelled('new');
  await stagePush(to, { ...whole, assets: whole.assets.slice(1) }, restoreAll);
  await to.commit();
  expect(to.notices?.()).toEqual(['1 rows of the media library came without their file']);
  await to.close();
  expect(await labelsOfFiles(files, uploads)).toEqual({ ...wholeFiles('new'), 'same.txt': 'old' });
});

test('many rows are deleted in parts, between which others have their turn', async () => {
  const { connection } = strapi.db;
  const rows = Array.from({ length: 2500 }, (_, at) => ({ document_id: `many${at}`, name: 'old' }));
  for (let at = 0; at < rows.length; at += 500)
    await connection('categories').insert(rows.slice(at, at + 500));
  const deletes: string[] = [];
  connection.on('query', ({ sql }: { sql: string }) => {
    if (sql.startsWith('delete from `categories`')) deletes.push(sql);
  });
  await push();
  expect(deletes).toHaveLength(3);
  await expectStands('new');
});
