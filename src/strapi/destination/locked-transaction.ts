import type { Knex } from 'knex';
import { TransferError } from '../../protocol/errors.js';
import { coreStore } from '../models.js';
import type { SqlClient, Strapi } from '../strapi.js';
import { tableOf } from './tables.js';

/** A number that only Ferry's locks of a PostgreSQL begin with. */
const key = 0x46455252;
/** MySQL's names of locks are the server's: of 64 characters at most. */
const mysqlName = "concat('ferry.', md5(database()))";
/** Milliseconds that a statement waits for what another writer holds. Writers that come later queue behind one who waits. */
const rowPatience = 5_000;

/**
 * Runs `work` in a transaction that holds Ferry's lock of the database: of several Strapis with one database one applies a push at a
 * time. The lock ends with the transaction, COMMIT included: who gets it next sees whether that happened.
 *
 * Nothing else of Ferry's may use the database before it ends: SQLite has one connection, which is taken.
 * @param patience - milliseconds to wait for the lock; 0 does not wait
 * @throws TransferError STORE_IN_USE where another Strapi keeps the lock
 */
export async function inLockedTransaction<T>(
  strapi: Strapi,
  patience: number,
  work: (transaction: Knex.Transaction) => Promise<T>,
): Promise<T> {
  const knex = strapi.db.connection;
  const pool = knex.client as SqlClient;
  const kind = strapi.db.dialect.client;
  const connection = await pool.acquireConnection();
  const run = async (sql: string, values: readonly (string | number)[] = []) =>
    knex.raw(sql, values).connection(connection);
  /** A connection that was lost has let go of all by itself. */
  const letGo = (sql: string) => run(sql).catch(() => undefined);
  try {
    if (kind === 'mysql') {
      const [[row]] = await run(`select get_lock(${mysqlName}, ?) as taken`, [Math.ceil(patience / 1000)]);
      if (Number(row?.taken) !== 1) throw inUse();
      await run('set session innodb_lock_wait_timeout = ?', [rowPatience / 1000]);
    }
    return await knex.transaction(
      async (transaction) => {
        if (kind === 'postgres') await lockPostgres(strapi, transaction, patience);
        // Its first statement that writes takes SQLite's lock, even where it finds no row.
        if (kind === 'sqlite') await transaction(tableOf(strapi, coreStore)).where('key', '').delete();
        return work(transaction);
      },
      // InnoDB then locks what is read, with the gaps between: nothing of it changes before the end.
      { connection, ...(kind === 'mysql' ? { isolationLevel: 'serializable' as const } : {}) },
    );
  } finally {
    if (kind === 'mysql') {
      await letGo('set session innodb_lock_wait_timeout = default');
      await letGo(`do release_lock(${mysqlName})`);
    }
    // A COMMIT that failed (another process reads) leaves the transaction open, and this is the one connection.
    if (kind === 'sqlite') await letGo('rollback');
    await pool.releaseConnection(connection);
  }
}

async function lockPostgres(strapi: Strapi, transaction: Knex.Transaction, patience: number): Promise<void> {
  // By database and schema: two sites may share a server, and a database.
  const place = [key, strapi.db.getSchemaName() ?? null] as const;
  const hash = 'hashtext(coalesce(?, current_schema()))';
  // A commit that a power cut could take back would leave the files without their rows.
  await transaction.raw(
    "select set_config('synchronous_commit', 'on', true) where current_setting('synchronous_commit') = 'off'",
  );
  if (patience === 0) {
    const { rows } = await transaction.raw(`select pg_try_advisory_xact_lock(?, ${hash}) as taken`, place);
    if (rows[0]?.taken !== true) throw inUse();
    return;
  }
  await waitAtMost(transaction, patience);
  try {
    await transaction.raw(`select pg_advisory_xact_lock(?, ${hash})`, place);
  } catch (error) {
    throw isWaitOver(error) ? inUse(error) : error;
  }
}

/** For a lock of PostgreSQL, in this transaction. Milliseconds. */
export async function waitAtMost(transaction: Knex.Transaction, patience: number): Promise<void> {
  await transaction.raw("select set_config('lock_timeout', ?, true)", [`${patience}ms`]);
}

/** PostgreSQL's lock_not_available and deadlock_detected, and MySQL's. */
const waitCodes = ['55P03', '40P01', 'ER_LOCK_WAIT_TIMEOUT', 'ER_LOCK_DEADLOCK'];

/** Whether a statement failed since another writer holds what it needs. The transaction is spent; another may be tried. */
export function isWaitOver(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return waitCodes.includes(String(Object(error).code)) || isWaitOver(error.cause);
}

const inUse = (cause?: unknown) =>
  new TransferError('STORE_IN_USE', { path: 'this database', pid: 'of another Strapi' }, cause);
