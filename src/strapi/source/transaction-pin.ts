import type { SqlClient, StrapiDatabase } from '../strapi.js';
import { type Pin, released, type SqlRow } from './pin.js';

/** What opens a view of the database that stays as it is. PostgreSQL takes it at the first query, MySQL where it is told to. */
const opening = {
  sqlite: ['BEGIN'],
  postgres: ['BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY', 'SELECT 1'],
  mysql: [
    'SET TRANSACTION ISOLATION LEVEL REPEATABLE READ',
    'START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY',
  ],
} as const;

/** One transaction on a connection of its own, which only reads. */
export async function pinByTransaction(database: StrapiDatabase, kind: keyof typeof opening): Promise<Pin> {
  const knex = database.connection;
  const client = knex.client as SqlClient;
  const connection = await client.acquireConnection();
  let isReleased = false;
  let reading: Promise<unknown> = Promise.resolve();
  const run = (sql: string) => knex.raw(sql).connection(connection);

  async function release(): Promise<void> {
    if (isReleased) return;
    isReleased = true;
    await reading;
    // A connection that is lost has rolled back; the pool throws it away.
    await Promise.resolve(run('ROLLBACK')).catch(() => undefined);
    await client.releaseConnection(connection);
  }

  try {
    for (const sql of opening[kind]) await run(sql);
  } catch (error) {
    await release();
    throw error;
  }
  return {
    async rows(query) {
      if (isReleased) throw released();
      const answer = Promise.resolve(query.connection(connection)) as Promise<readonly SqlRow[]>;
      reading = answer.catch(() => undefined);
      const rows = await answer;
      if (isReleased) throw released();
      return rows;
    },
    release,
  };
}
