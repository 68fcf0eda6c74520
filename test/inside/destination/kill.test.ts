import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { strapiDestination } from '../../../src/strapi/destination/destination.js';
import { rollForward } from '../../../src/strapi/destination/roll-forward.js';
import { createMemoryFiles, type MemoryFiles } from '../../../src/testing/memory-files.js';
import { attempt, everyOperation } from '../../support/dying-stores.js';
import { countingIds, fakeProcesses } from '../../support/stored-label.js';
import { labelOfRows, labelsOfFiles, putLabel, wholeFiles, wholeSite } from '../support/labelled-push.js';
import { loadStrapi } from '../support/strapi-in-process.js';
import { describeStrapi, type StrapiDescription, type StrapiView, viewOf } from '../support/strapi-view.js';

const publicFolder = '/site/public';
const uploads = `${publicFolder}/uploads`;
let description: StrapiDescription;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ferry-kill-'));
  const empty = await loadStrapi({ content: 'none' });
  description = describeStrapi(empty.strapi);
  await putLabel(strapiDestination(empty.strapi), 'old');
  await empty.strapi.db.connection.raw('VACUUM INTO ?', [join(folder, 'old.db')]);
  await empty.stop();
});

afterAll(() => rm(folder, { recursive: true, force: true }));

/** A process of a Strapi: its database is real, its disk can be killed. */
function start(disk: MemoryFiles, processes: ReturnType<typeof fakeProcesses>) {
  const strapi = viewOf(description, { filename: join(folder, 'data.db'), publicFolder });
  const process = processes.spawn();
  const ports = { files: disk, ids: countingIds(), processes: process };
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
  readonly after: 'kill' | 'powerCut';
  /** Operation on files of the push. */
  readonly at: number;
  /** Operation on files of the start after it, which is then killed as well. */
  readonly startAt?: number;
}

/** A Strapi that holds `old` takes `new` and is killed; answers whether it was, once `check` saw what the next start left. */
async function killed(
  { after, at, startAt }: Kill,
  check: (found: Found) => Promise<void>,
): Promise<{ readonly push: boolean; readonly start: boolean }> {
  await copyFile(join(folder, 'old.db'), join(folder, 'data.db'));
  const processes = fakeProcesses();
  const files = createMemoryFiles();
  await files.makeDirectory(uploads);
  for (const [name, label] of Object.entries(wholeFiles('old')))
    await files.write(`${uploads}/${name}`, label);
  await files.syncDirectory(uploads);
  const first = start(files, processes);
  const before = files.operations();
  files.failAfter(at);
  const outcome = await first.push('new');
  const push = files.operations() - before > at;
  await first.end();
  let disk = files.reopen(after);
  let wasStartKilled = false;
  if (startAt !== undefined) {
    const second = start(disk, processes);
    const from = disk.operations();
    disk.failAfter(startAt);
    await attempt(second.rollForward());
    wasStartKilled = disk.operations() - from > startAt;
    await second.end();
    disk = disk.reopen(after);
  }
  const next = start(disk, processes);
  await next.rollForward();
  await check({ strapi: next.strapi, disk, outcome });
  await next.end();
  return { push, start: wasStartKilled };
}

async function expectOneSite({ strapi, disk }: Found, when: string): Promise<'old' | 'new'> {
  const label = (await labelOfRows(strapi)) === wholeSite('new') ? 'new' : 'old';
  expect(await labelOfRows(strapi), when).toBe(wholeSite(label));
  expect(await labelsOfFiles(disk, uploads), when).toEqual(wholeFiles(label));
  const notes = strapi.db.connection('strapi_core_store_settings').where('key', 'like', 'plugin_ferry%');
  expect(await notes, when).toEqual([]);
  return label;
}

test.each(['kill', 'powerCut'] as const)(
  'a push that is cut off by a %s at any operation on files leaves rows and files old or new, together, once Strapi has started again',
  async (after) => {
    const seen = new Set<string>();
    const operations = await everyOperation(async (at) => {
      const { push } = await killed({ after, at }, async (found) => {
        const label = await expectOneSite(found, `${at}`);
        if (found.outcome === 'resolved') expect(label).toBe('new');
        seen.add(`${found.outcome} ${label}`);
      });
      return push;
    });
    expect(operations).toBeGreaterThan(60);
    expect([...seen].sort()).toEqual(['rejected new', 'rejected old', 'resolved new']);
  },
  120_000,
);

test('a start that is killed as well leaves the rest to the next', async () => {
  // A kill of the push in eleven, each with one operation in four of the start.
  await everyOperation(async (count) => {
    let push = true;
    await everyOperation(async (again) => {
      const kill = { after: 'powerCut', at: count * 11, startAt: again * 4 } as const;
      const was = await killed(kill, async (found) => {
        await expectOneSite(found, JSON.stringify(kill));
      });
      push = was.push;
      return was.start;
    });
    return push;
  });
}, 120_000);
