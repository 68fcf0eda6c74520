import { statfs } from 'node:fs/promises';
import { type Clock, realClock } from '../../ports/clock.js';
import type { FileSystem } from '../../ports/files.js';
import { nodeFiles } from '../../ports/node-files.js';
import { type Processes, realProcesses } from '../../ports/processes.js';
import { TransferError } from '../../protocol/errors.js';
import type { SqlClient, Strapi } from '../strapi.js';
import { HeldTooLong, type Pin, released } from './pin.js';
import { createSharedMemory, type MemoryShare } from './shared-memory.js';
import { sharing } from './shared-pin.js';
import { pinSqlite, removeSqliteLeftovers } from './sqlite-pin.js';
import { pinByTransaction } from './transaction-pin.js';

export interface PinsOptions {
  /** Milliseconds that a pull waits for others to end. @defaultValue 20000: Strapi's client asks again after 30000 */
  readonly patience?: number | undefined;
  readonly clock?: Clock | undefined;
  readonly files?: FileSystem | undefined;
  readonly processes?: Processes | undefined;
  /** Bytes that the disk of a folder has left. @defaultValue what the system says */
  readonly freeBytes?: ((folder: string) => Promise<number | undefined>) | undefined;
  /** Milliseconds since the epoch. @defaultValue Date.now */
  readonly now?: (() => number) | undefined;
}

/** The pins of one Strapi, made once at its start: all pulls share the connections, and the memory, that there are. */
export interface Pins {
  /** How many there may be at a time. */
  readonly limit: number;
  /**
   * The database as it stands now. Where there are as many pins as there may be, it waits for one of them.
   * @throws TransferError SOURCE_BUSY after the wait; POOL_TOO_SMALL where the pool has one connection; ABORTED where the signal says so before
   */
  take(signal: AbortSignal): Promise<Pin>;
  /**
   * Likewise for a few queries, between which nothing waits for a client: of SQLite it is no copy, but its only connection. All else waits
   * for that, so after half a second its `rows` throw HeldTooLong.
   */
  takeBriefly(signal: AbortSignal): Promise<Pin>;
  /** Memory for what one pull holds as text. */
  share(): MemoryShare;
  /** Called once, before the first is taken: removes what a process that was killed has left. */
  removeLeftovers(): Promise<void>;
}

/** Each is a copy of the database on its disk. */
const copiesOfSqlite = 3;

/** Milliseconds that SQLite's only connection is kept from the site. */
const brief = 500;

export function createPins(strapi: Strapi, options: PinsOptions = {}): Pins {
  const { patience = 20_000, clock = realClock, files = nodeFiles, processes = realProcesses } = options;
  const { freeBytes = freeSpaceOf, now = Date.now } = options;
  const { db } = strapi;
  const { client } = db.dialect;
  const limit = client === 'sqlite' ? copiesOfSqlite : aThirdOfThePool(db.connection.client as SqlClient);
  let taken = 0;
  let waiting: (() => void)[] = [];

  /** Resolves with a place of its own. */
  function place(signal: AbortSignal): Promise<void> {
    if (taken < limit) {
      taken += 1;
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      const settle = () => {
        clock.clearTimeout(timer);
        signal.removeEventListener('abort', abort);
        waiting = waiting.filter((other) => other !== next);
      };
      const next = () => {
        settle();
        resolve();
      };
      const abort = () => {
        settle();
        reject(released());
      };
      const timer = clock.setTimeout(() => {
        settle();
        reject(new TransferError('SOURCE_BUSY', { limit }));
      }, patience);
      signal.addEventListener('abort', abort);
      waiting.push(next);
    });
  }

  /** To the pull that waits longest, or back. */
  function handOn(): void {
    const [next] = waiting;
    if (next === undefined) taken -= 1;
    else next();
  }

  const ports = { files, processes, freeBytes, now };
  const byTransaction = () => pinByTransaction(db, client);
  const isSqlite = client === 'sqlite';
  const pin = isSqlite ? sharing(() => pinSqlite(db, ports)) : byTransaction;
  const briefPin = isSqlite ? async () => forABrief(await byTransaction(), clock) : byTransaction;

  async function take(make: () => Promise<Pin>, signal: AbortSignal): Promise<Pin> {
    if (signal.aborted) throw released();
    if (limit === 0) throw new TransferError('POOL_TOO_SMALL', {});
    await place(signal);
    let isHandedOn = false;
    try {
      const taken = await make();
      return {
        rows: (query) => taken.rows(query),
        async release() {
          await taken.release();
          if (!isHandedOn) handOn();
          isHandedOn = true;
        },
      };
    } catch (error) {
      handOn();
      throw error;
    }
  }

  return {
    limit,
    take: (signal) => take(pin, signal),
    takeBriefly: (signal) => take(briefPin, signal),
    share: createSharedMemory(),
    async removeLeftovers() {
      if (client === 'sqlite') await removeSqliteLeftovers(db, ports);
    },
  };
}

function forABrief(pin: Pin, clock: Clock): Pin {
  const end = clock.now() + brief;
  return {
    ...pin,
    async rows(query) {
      if (clock.now() > end) throw new HeldTooLong();
      return pin.rows(query);
    },
  };
}

/** So that site and panel always have connections of their own: none where the pool has but one. */
function aThirdOfThePool({ pool }: SqlClient): number {
  return pool.max === 1 ? 0 : Math.max(1, Math.floor(pool.max / 3));
}

async function freeSpaceOf(folder: string): Promise<number | undefined> {
  const disk = await statfs(folder).catch(() => undefined);
  return disk && disk.bavail * disk.bsize;
}
