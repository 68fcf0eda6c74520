import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import type { FileSystem } from '../../ports/files.js';
import type { Processes } from '../../ports/processes.js';
import { TransferError } from '../../protocol/errors.js';
import { giveWay } from '../destination/give-way.js';
import type { SqliteClient, SqliteConnection, StrapiDatabase } from '../strapi.js';
import { type Pin, released, type SqlRow } from './pin.js';

export interface SqlitePinPorts {
  readonly files: FileSystem;
  readonly processes: Processes;
  /** Bytes that the disk of a folder has left; undefined where the system does not say. */
  readonly freeBytes: (folder: string) => Promise<number | undefined>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** What the site writes while the copy stands needs room too. */
const margin = 1.25;

const mark = '.ferry-pin.';
/** Of 4 KiB each: 4 MiB are copied between two turns of the event loop. */
const pagesAtOnce = 1000;

let made = 0;

/**
 * A copy of the database beside it. A second connection that reads the database itself would make every write wait, and fail
 * after five seconds.
 */
export async function pinSqlite(database: StrapiDatabase, ports: SqlitePinPorts): Promise<Pin> {
  const { files, processes } = ports;
  const client = database.connection.client as SqliteClient;
  made += 1;
  const path = `${placeOf(client)}${mark}${processes.self}.${made}`;
  await assertRoom(client, ports);
  // Its owner's alone: it holds what the database does.
  await files.write(path, '', { exclusive: true });
  let copy: SqliteConnection;
  try {
    await backUp(client, path);
    // The driver would put an empty database in the place of a copy that is gone.
    copy = new client.driver(path, { fileMustExist: true });
    // The copy of a database with a write-ahead log would make one of its own.
    copy.pragma('journal_mode = delete');
    copy.pragma('query_only = on');
  } catch (error) {
    await files.remove(path);
    throw error;
  }
  // What is open lives on without its name, and a process that is killed leaves nothing. Windows removes it at the end.
  await files.remove(path).catch(() => undefined);

  let isReleased = false;
  return {
    async rows(query) {
      await giveWay();
      if (isReleased) throw released();
      const { sql, bindings } = query.toSQL().toNative();
      return copy.prepare(sql).all(bindings) as readonly SqlRow[];
    },
    async release() {
      if (isReleased) return;
      isReleased = true;
      copy.close();
      await files.remove(path);
    },
  };
}

/** A copy that is being made grows all the time. Milliseconds. */
const untouched = 10 * 60 * 1000;

/** Removes the copies of processes that were killed while they made one. */
export async function removeSqliteLeftovers(database: StrapiDatabase, ports: SqlitePinPorts): Promise<void> {
  const { files, processes, now } = ports;
  const place = placeOf(database.connection.client as SqliteClient);
  const begin = `${basename(place)}${mark}`;
  for (const name of (await files.list(dirname(place))) ?? []) {
    if (!name.startsWith(begin)) continue;
    const [owner = ''] = name.slice(begin.length).split('.');
    const path = join(dirname(place), name);
    const isAlive = owner === processes.self ? false : processes.alive(owner);
    // Of a process of another container only its copy tells.
    const isUsed = isAlive ?? now() - ((await files.look(path))?.changed ?? 0) < untouched;
    if (!isUsed) await files.remove(path);
  }
}

/** @throws TransferError NO_SPACE */
async function assertRoom(client: SqliteClient, { files, freeBytes }: SqlitePinPorts): Promise<void> {
  const place = placeOf(client);
  const needed = ((await files.stat(place))?.size ?? 0) + ((await files.stat(`${place}-wal`))?.size ?? 0);
  const free = await freeBytes(dirname(place));
  if (free !== undefined && free < needed * margin) throw new TransferError('NO_SPACE', { path: place });
}

/** The database's path; that of one in memory is only a name. */
function placeOf({ connectionSettings: { filename } }: SqliteClient): string {
  return filename === '' || filename.startsWith(':memory:') ? join(tmpdir(), 'strapi-memory') : filename;
}

/** By the only connection that there is, so that no transaction stands open while it is copied. */
async function backUp(client: SqliteClient, path: string): Promise<void> {
  const connection = await client.acquireConnection();
  try {
    await connection.backup(path, { progress: () => pagesAtOnce });
  } finally {
    await client.releaseConnection(connection);
  }
}
