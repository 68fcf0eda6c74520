import type { startInspection } from '../../inspector/start-inspection.js';
import { TransferError } from '../../protocol/errors.js';
import { attachTransferServer, type TransferServer } from '../../server/transfer-server.js';
import { keepRollingForward } from '../destination/roll-forward.js';
import { createPins } from '../source/pins.js';
import type { Strapi } from '../strapi.js';
import { createHistory, type TransferRow } from './history.js';
import { createLog, type FerryLog } from './log.js';
import type { CheckedOptions } from './options.js';
import { storesOf } from './stores.js';
import { createStrapiTokens } from './tokens.js';

/** The transfer endpoint of a running Strapi, and what an operator sees and does of it. */
export interface Endpoint {
  /** The transfers that run and the last that ended, the newest first. */
  transfers(): readonly TransferRow[];
  /** The address of the inspector's page; null without one. */
  readonly inspector: string | null;
  /**
   * Ends a transfer that runs; what it moved is undone. False where none of that id runs, it is ending, or its commit has begun:
   * that goes on to its end.
   *
   * @param by - the administrator, for the log and the page; the client is not told the name
   */
  stop(id: string, by: string): boolean;
  /** Ends all sessions and rolls back what they have not committed. */
  close(): Promise<void>;
}

/**
 * Puts the endpoint on the HTTP server of a Strapi, at once: no upgrade goes to Strapi's own. Clients wait until what a killed
 * process left is in order.
 */
export function openEndpoint(strapi: Strapi, options: CheckedOptions): Endpoint {
  const log = createLog(strapi);
  const pins = createPins(strapi);
  const history = createHistory();
  const { store: tokens, pauseRechecks } = createStrapiTokens(strapi);
  const ending = new AbortController();
  const { signal } = ending;
  const stores = storesOf(strapi, { pauseRechecks, pins, limits: options.limits, signal });
  const path = options.replaceBuiltIn ? '/admin' : '/ferry';
  let watching: Watching | null = null;

  const server: TransferServer = attachTransferServer(strapi.server.httpServer, {
    async stores() {
      await ready;
      return stores;
    },
    path,
    tokens,
    tokenSalt: () => saltOf(strapi),
    enabled: Boolean(strapi.config.get('server.transfer.remote.enabled')),
    limits: options.limits,
    trustedProxies: options.trustedProxies,
    forwardedHeader: options.forwardedHeader,
    ...(options.inspectPort === null ? {} : { inspect: (event) => watching?.inspect(event) }),
    onSessionStart(session) {
      history.begin(session);
      log.began(session);
    },
    onSessionEnd(summary) {
      history.end(summary);
      log.ended(summary);
    },
    onRefused: log.refused,
    onError: log.fault,
  });
  const rolling = keepRollingForward(strapi, { signal });
  const ready = prepare();

  async function prepare(): Promise<void> {
    // What cannot be done now is done before the next push; the site runs.
    await rolling;
    if (signal.aborted) return;
    await pins.removeLeftovers().catch(log.fault);
    if (options.inspectPort !== null) watching = await watch(options.inspectPort, log);
    log.ready(path);
  }

  return {
    transfers: history.rows,
    get inspector() {
      return watching?.page ?? null;
    },
    stop(id, by) {
      const session = [...server.sessions].find((one) => one.id === id);
      if (session?.abort('an administrator stopped it') !== true) return false;
      history.stopping(id, by);
      log.stopped(id, by);
      return true;
    },
    async close() {
      ending.abort(new TransferError('ABORTED', { because: 'this Strapi ends' }));
      await server.close();
      await ready;
      await watching?.close();
    },
  };
}

/** Resolved at each use: a Strapi without a salt has no tokens. */
async function saltOf({ config }: Strapi): Promise<string | undefined> {
  const salt = config.get('admin.transfer.token.salt');
  return typeof salt === 'string' ? salt : undefined;
}

type Watching = Awaited<ReturnType<typeof startInspection>>;

/** The inspector's page; a port that is taken does not keep the endpoint from its work. */
async function watch(port: number, log: FerryLog): Promise<Watching | null> {
  const { startInspection } = await import('../../inspector/start-inspection.js');
  try {
    const watching = await startInspection({ roles: ['server'], port, note: log.warn });
    log.info(`shows its charts at ${watching.page}`);
    return watching;
  } catch (error) {
    if (error instanceof TransferError) log.warn(error.message);
    else log.fault(error);
    return null;
  }
}
