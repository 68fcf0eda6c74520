import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { rollForward, strapiDestination } from '../../../src/strapi/destination/destination.js';
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
function start(files: MemoryFiles, processes: ReturnType<typeof fakeProcesses>) {
  const strapi = viewOf(description, { filename: join(folder, 'data.db'), publicFolder });
  const process = processes.spawn();
  return { strapi, process, ports: { files, ids: countingIds(), processes: process } };
}

/** A Strapi that holds `old` takes `new`, and its process is killed at file operation `count`; then the next one starts. */
async function killedAt(
  count: number,
  after: 'kill' | 'powerCut',
  check: (found: { strapi: StrapiView; disk: MemoryFiles; outcome: string }) => Promise<void>,
): Promise<boolean> {
  await copyFile(join(folder, 'old.db'), join(folder, 'data.db'));
  const processes = fakeProcesses();
  const files = createMemoryFiles();
  await files.makeDirectory(uploads);
  for (const [name, label] of Object.entries(wholeFiles('old')))
    await files.write(`${uploads}/${name}`, label);
  await files.syncDirectory(uploads);
  const first = start(files, processes);
  const before = files.operations();
  files.failAfter(count);
  const outcome = await attempt(putLabel(strapiDestination(first.strapi, first.ports), 'new'));
  const killed = files.operations() - before > count;
  first.process.kill();
  await first.strapi.close();
  const disk = files.reopen(after);
  const next = start(disk, processes);
  await rollForward(next.strapi, next.ports);
  await check({ strapi: next.strapi, disk, outcome });
  await next.strapi.close();
  return killed;
}

describe.each(['kill', 'powerCut'] as const)(
  'a push that is cut off by a %s at any operation on files',
  (after) => {
    test('leaves rows and files old or new, together, once Strapi has started again', async () => {
      const seen = new Set<string>();
      const operations = await everyOperation((count) =>
        killedAt(count, after, async ({ strapi, disk, outcome }) => {
          const label = (await labelOfRows(strapi)) === wholeSite('new') ? 'new' : 'old';
          expect(await labelOfRows(strapi), `${count}`).toBe(wholeSite(label));
          expect(await labelsOfFiles(disk, uploads), `${count}`).toEqual(wholeFiles(label));
          const notes = strapi.db
            .connection('strapi_core_store_settings')
            .where('key', 'like', 'plugin_ferry%');
          expect(await notes).toEqual([]);
          if (outcome === 'resolved') expect(label).toBe('new');
          seen.add(`${outcome} ${label}`);
        }),
      );
      expect(operations).toBeGreaterThan(60);
      expect([...seen].sort()).toEqual(['rejected new', 'rejected old', 'resolved new']);
    }, 120_000);
  },
);
