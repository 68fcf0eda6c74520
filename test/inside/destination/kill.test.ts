import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { realIds } from '../../../src/ports/ids.js';
import { strapiDestination } from '../../../src/strapi/destination/destination.js';
import { rollForward } from '../../../src/strapi/destination/roll-forward.js';
import { createMemoryFiles, type MemoryFiles } from '../../../src/testing/memory-files.js';
import { attempt, everyOperation } from '../../support/dying-stores.js';
import { fakeProcesses } from '../../support/stored-label.js';
import { folderProvider } from '../support/folder-provider.js';
import {
  filesInRows,
  labelOfRows,
  labelsOfFiles,
  putLabel,
  wholeFiles,
  wholeSite,
} from '../support/labelled-push.js';
import { loadStrapi } from '../support/strapi-in-process.js';
import { describeStrapi, type StrapiDescription, type StrapiView, viewOf } from '../support/strapi-view.js';

const publicFolder = '/site/public';
const uploads = `${publicFolder}/uploads`;
const bucket = '/bucket';
let description: StrapiDescription;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ferry-kill-'));
  const empty = await loadStrapi({ content: 'none' });
  description = describeStrapi(empty.strapi);
  const copy = (name: string) => empty.strapi.db.connection.raw('VACUUM INTO ?', [join(folder, name)]);
  await copy('data.db');
  await putLabel(strapiDestination(empty.strapi), 'old');
  await copy('disk.db');
  await empty.stop();
  const disk = await diskOf('bucket', {});
  const first = start('bucket', disk, fakeProcesses());
  expect(await first.push('old')).toBe('resolved');
  old.bucket = await labelsOfFiles(disk, bucket);
  await first.end();
  await copyFile(join(folder, 'data.db'), join(folder, 'bucket.db'));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

/** Where the files of a Strapi lie: on its own disk, or with an upload provider. */
const homes = { disk: uploads, bucket };
type Home = keyof typeof homes;
/** Their files before each push, by name. */
const old: Record<Home, Record<string, string>> = { disk: wholeFiles('old'), bucket: {} };

async function diskOf(home: Home, held: Readonly<Record<string, string>>): Promise<MemoryFiles> {
  const files = createMemoryFiles();
  for (const each of [uploads, bucket]) await files.makeDirectory(each);
  for (const [name, label] of Object.entries(held)) await files.write(`${homes[home]}/${name}`, label);
  await files.syncDirectory(homes[home]);
  return files;
}

/** A process of a Strapi: its database is real, its disk can be killed, and the bucket with it. */
function start(home: Home, disk: MemoryFiles, processes: ReturnType<typeof fakeProcesses>) {
  const uploadsOf =
    home === 'disk' ? {} : { provider: 'folder', uploads: folderProvider({ files: disk, folder: bucket }) };
  const strapi = viewOf(description, { filename: join(folder, 'data.db'), publicFolder, ...uploadsOf });
  const process = processes.spawn();
  const ports = { files: disk, ids: realIds, processes: process };
  return {
    strapi,
    disk,
    push: (label: string) => attempt(putLabel(strapiDestination(strapi, ports), label)),
    rollForward: () => rollForward(strapi, ports),
    async end() {
      process.kill();
      await strapi.close();
    },
  };
}

interface Found {
  readonly strapi: StrapiView;
  readonly disk: MemoryFiles;
  readonly outcome: 'resolved' | 'rejected';
}

interface Kill {
  readonly home: Home;
  readonly after: 'kill' | 'powerCut';
  /** Operation on files of the push. */
  readonly at: number;
  /** Operation on files of the start after it, which is then killed as well. */
  readonly startAt?: number;
}

/** A Strapi that holds `old` takes `new` and is killed; answers whether it was, once `check` saw what the next start left. */
async function killed(
  { home, after, at, startAt }: Kill,
  check: (found: Found) => Promise<void>,
): Promise<{ readonly push: boolean; readonly start: boolean }> {
  await copyFile(join(folder, `${home}.db`), join(folder, 'data.db'));
  const processes = fakeProcesses();
  const files = await diskOf(home, old[home]);
  const first = start(home, files, processes);
  const before = files.operations();
  files.failAfter(at);
  const outcome = await first.push('new');
  const push = files.operations() - before > at;
  await first.end();
  let disk = files.reopen(after);
  let wasStartKilled = false;
  if (startAt !== undefined) {
    const second = start(home, disk, processes);
    const from = disk.operations();
    disk.failAfter(startAt);
    await attempt(second.rollForward());
    wasStartKilled = disk.operations() - from > startAt;
    await second.end();
    disk = disk.reopen(after);
  }
  const next = start(home, disk, processes);
  await next.rollForward();
  await check({ strapi: next.strapi, disk, outcome });
  await next.end();
  return { push, start: wasStartKilled };
}

async function expectOneSite(home: Home, { strapi, disk }: Found, when: string): Promise<'old' | 'new'> {
  const label = (await labelOfRows(strapi)) === wholeSite('new') ? 'new' : 'old';
  expect(await labelOfRows(strapi), when).toBe(wholeSite(label));
  const names = await filesInRows(strapi);
  const found = { disk: {}, bucket: {}, [home]: Object.fromEntries(names.map((name) => [name, label])) };
  for (const [each, place] of Object.entries(homes))
    expect(await labelsOfFiles(disk, place), `${each} ${when}`).toEqual(found[each as Home]);
  // In a bucket each has an end of its own.
  const ends = home === 'bucket' ? /_\w{20}(?=\.)/ : /$/;
  expect(names.map((name) => name.replace(ends, '')).sort(), when).toEqual(
    Object.keys(wholeFiles(label)).sort(),
  );
  const notes = strapi.db.connection('strapi_core_store_settings').where('key', 'like', 'plugin_ferry%');
  expect(await notes, when).toEqual([]);
  return label;
}

const isSoak = process.env['FERRY_SOAK'] === '1';
/** Of a bucket every third kill, unless there is time: its steps are those of the disk. */
const strides = { disk: 1, bucket: isSoak ? 1 : 3 };

test.each([
  ['disk', 'kill'],
  ['disk', 'powerCut'],
  ...(isSoak ? [['bucket', 'kill'] as const] : []),
  ['bucket', 'powerCut'],
] as const)(
  'with files in the %s a push that is cut off by a %s at any operation on files leaves rows and files old or new, together, once Strapi has started again',
  async (home, after) => {
    const seen = new Set<string>();
    const operations = await everyOperation(async (count) => {
      const at = count * strides[home];
      const { push } = await killed({ home, after, at }, async (found) => {
        const label = await expectOneSite(home, found, `${at}`);
        if (found.outcome === 'resolved') expect(label).toBe('new');
        seen.add(`${found.outcome} ${label}`);
      });
      return push;
    });
    expect(operations * strides[home]).toBeGreaterThan(60);
    expect([...seen].sort()).toEqual(['rejected new', 'rejected old', 'resolved new']);
  },
  120_000,
);

test.each(['disk', 'bucket'] as const)(
  'with files in the %s a start that is killed as well leaves the rest to the next',
  async (home) => {
    // A kill of the push in eleven, each with one operation in four of the start; of a bucket fewer.
    const stride = strides[home];
    await everyOperation(async (count) => {
      let push = true;
      await everyOperation(async (again) => {
        const kill = {
          home,
          after: 'powerCut',
          at: count * 11 * stride,
          startAt: again * 4 * stride,
        } as const;
        const was = await killed(kill, async (found) => {
          await expectOneSite(home, found, JSON.stringify(kill));
        });
        push = was.push;
        return was.start;
      });
      return push;
    });
  },
  120_000,
);
