import { checkConnectionOptions } from '../../src/protocol/connection-options.js';
import type { ErrorCode } from '../../src/protocol/errors.js';
import { checkRetryMessageOptions } from '../../src/protocol/retry.js';
import { createSession, type RunningSession } from '../../src/server/session.js';
import { checkServerLimits } from '../../src/server/transfer-server.js';
import { createDirectoryDestination } from '../../src/stores/directory/destination.js';
import { createDirectorySource } from '../../src/stores/directory/source.js';
import { createMemoryStore, type MemoryContent } from '../../src/stores/memory.js';
import type { TransferDestination, TransferSource } from '../../src/stores/store.js';
import { createTransfer, type Transfer, type TransferOptions } from '../../src/transfer/create-transfer.js';
import type { OpenSocket, SocketLike } from '../../src/transport/socket.js';
import type { Schedule } from './schedule.js';
import type { SimulatedProcess } from './simulated-process.js';

/** Where the content goes, and where it comes from if its source is a disk. */
export const destinationPath = '/content';
export const sourcePath = '/source';
const url = 'http://simulated.example/admin';

/** The destination folder, as a process opens it. */
export function destinationOn({ files, ids, processes, clock }: SimulatedProcess): TransferDestination {
  return createDirectoryDestination({ path: destinationPath, force: true, files, ids, processes, clock });
}

/** The input of both ends. */
export interface EndOptions {
  readonly process: SimulatedProcess;
  readonly schedule: Schedule;
  /** The content that moves. */
  readonly content: MemoryContent;
  /** XState's inspection. */
  readonly inspect?: TransferOptions['inspect'];
  /** The folder of a source on a disk. @default sourcePath */
  readonly folder?: string;
  /** Whether the client's token holds. @default it does */
  readonly authorize?: () => Promise<ErrorCode | null>;
}

function sourceOf({
  process: { files, ids, processes, clock },
  schedule,
  content,
  folder = sourcePath,
}: EndOptions): TransferSource {
  return schedule.source === 'memory'
    ? createMemoryStore(content).source()
    : createDirectorySource({ path: folder, files, ids, processes, clock });
}

/** The server of one connection. */
export function startServer(socket: SocketLike, options: EndOptions): RunningSession {
  const { process, inspect } = options;
  const { direction } = options.schedule;
  return createSession({
    direction,
    socket,
    stores:
      direction === 'push'
        ? { destination: () => destinationOn(process) }
        : { source: () => sourceOf(options) },
    authorize: options.authorize ?? (async () => null),
    connectionOptions: checkConnectionOptions({ heartbeatTimeout: 60_000 }),
    retryMessageOptions: checkRetryMessageOptions(),
    limits: checkServerLimits(),
    clock: process.clock,
    ids: process.ids,
    now: () => process.clock.now(),
    // As one of many sessions, which get smaller batches: more events can come between two.
    sessions: () => 64,
    ...(inspect === undefined ? {} : { inspect }),
  });
}

/** Starts the client. */
export function startClient(open: OpenSocket, options: EndOptions): Transfer {
  const { process, inspect } = options;
  const { clock, ids } = process;
  const ends =
    options.schedule.direction === 'push'
      ? { from: sourceOf(options), to: url, toToken: 'token' }
      : { from: url, fromToken: 'token', to: destinationOn(process) };
  return createTransfer({ ...ends, open, clock, ids, ...(inspect === undefined ? {} : { inspect }) });
}
