import { afterAll, beforeAll, test } from 'vitest';
import { type Postgres, postgresPrograms, startPostgres } from '../support/postgres.js';
import { stockMergeSuite } from '../support/stock-merge-suite.js';
import type { Version } from './harness/app-folder.js';
import { startStrapi } from './harness/strapi.js';

const isAsked = process.env['FERRY_POSTGRES'] === '1';
const why = isAsked
  ? 'skipped: there is no PostgreSQL on this machine (apt-get install postgresql)'
  : 'skipped: run by npm run test:merge:postgres';

// It seeds each Strapi at the start; the same cases run on SQLite everywhere.
if (!isAsked || postgresPrograms() === null) test.skip(`merges into a Strapi in PostgreSQL: ${why}`);
else {
  let postgres: Postgres;
  beforeAll(async () => {
    postgres = await startPostgres();
  });
  afterAll(() => postgres?.stop());
  const start = async (version: Version) =>
    startStrapi({ version, content: 'hard', database: await postgres.createDatabase(version) });
  stockMergeSuite('PostgreSQL', start, { isThorough: true });
}
