import { appendFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { seededRandom } from '../../../src/testing/seeded.js';
import { type Postgres, postgresPrograms, startPostgres } from '../../support/postgres.js';
import { createKilledSite, type Ended, type KilledSite } from '../support/killed-site.js';

const isSoak = process.env['FERRY_SOAK'] === '1';
/** Of the random instants. */
const seed = Number(process.env['FERRY_SEED'] ?? Date.now() % 1_000_000);
const instants = Number(process.env['FERRY_KILLS'] ?? 50);

/** Those of dying-strapi.mjs; from `commit` on, what comes stands after the next boot where it was killed after the COMMIT. */
const steps = [
  ...['check', 'planFiles', 'addFiles', 'lock', 'note', 'clear', 'writeRows', 'writeLinks'],
  ...['writeConfiguration', 'commit', 'replaceFiles', 'removeOldFiles', 'removeStaging'],
  ...['forgetCommit', 'forgetPlan'],
];
const committed = steps.indexOf('commit');

/** One line for each, where FERRY_KILLS_REPORT names a file. */
async function report(line: string): Promise<void> {
  const file = process.env['FERRY_KILLS_REPORT'];
  if (file !== undefined) await appendFile(file, `${line}\n`);
}

const said = ({ outcome, coming, rows, files, ms }: Ended) =>
  `${rows === coming ? 'new' : rows === 'neither' ? rows : 'old'} rows, ${files === coming ? 'new' : files === 'neither' ? files : 'old'} files, ${Math.round(ms)} ms, the client was told ${outcome}`;

const databases = isSoak && postgresPrograms() !== null ? ['SQLite', 'PostgreSQL'] : ['SQLite'];

describe.each(databases)('on %s', (database) => {
  let server: Postgres | null = null;
  let site: KilledSite;
  beforeAll(async () => {
    if (database === 'PostgreSQL') server = await startPostgres();
    site = await createKilledSite({}, await server?.createDatabase('site'));
  }, 240_000);
  afterAll(async () => {
    await site?.stop();
    await server?.stop();
  });

  function expectTogether(ended: Ended): void {
    expect(ended.strange).toEqual([]);
    expect(ended.rows).toBe(ended.files);
    expect(ended.rows).not.toBe('neither');
    if (ended.outcome === 'completed') expect(ended.rows).toBe(ended.coming);
  }

  describe('rows and files are old or new, together, after the next boot', () => {
    test.each(isSoak ? steps : ['replaceFiles'])('of a process that is killed before %s', async (step) => {
      const ended = await site.endDuringPush({ step, signal: 'SIGKILL' });
      await report(`${database} SIGKILL ${step}: ${said(ended)}`);
      expectTogether(ended);
      expect(ended.rows === ended.coming).toBe(steps.indexOf(step) > committed);
    });

    test.each(isSoak ? steps : ['commit'])('of a process that SIGTERM ends before %s', async (step) => {
      const ended = await site.endDuringPush({ step, signal: 'SIGTERM' });
      await report(`${database} SIGTERM ${step}: ${said(ended)}`);
      expectTogether(ended);
      expect(ended.signal).toBeNull();
      expect([ended.outcome, ended.rows]).toEqual(['completed', ended.coming]);
    });

    describe.runIf(isSoak)(`of a process that is killed at any instant (FERRY_SEED=${seed})`, () => {
      const random = seededRandom(seed);
      test.each(Array.from({ length: instants }, (_, at) => [at + 1, random()] as const))(
        '%i: after %f of a push',
        async (at, share) => {
          const ended = await site.endDuringPush({ after: share * site.pushTakes });
          await report(`${database} ${at} (seed ${seed}) after ${share.toFixed(3)}: ${said(ended)}`);
          expectTogether(ended);
        },
      );
    });
  });
});

// For the table in docs/inside-strapi.md: it shows what there is, and expects nothing of it.
describe.runIf(isSoak)(`beside it, Strapi’s own endpoint on SQLite (FERRY_SEED=${seed})`, () => {
  let site: KilledSite;
  beforeAll(async () => {
    site = await createKilledSite({ installed: false });
  }, 240_000);
  afterAll(() => site?.stop());

  const random = seededRandom(seed);
  test.each(Array.from({ length: Math.min(instants, 20) }, (_, at) => [at + 1, random()] as const))(
    '%i: killed after %f of a push',
    async (at, share) => {
      const ended = await site.endDuringPush({ after: share * site.pushTakes });
      await report(`built-in ${at} (seed ${seed}) after ${share.toFixed(3)}: ${said(ended)}`);
      await site.reset();
    },
  );
});
