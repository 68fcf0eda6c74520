import { TransferError } from '../../protocol/errors.js';
import { attachTransferServer, type TransferServer } from '../../server/transfer-server.js';
import { keepRollingForward } from '../destination/roll-forward.js';
import { createPins } from '../source/pins.js';
import type { Strapi } from '../strapi.js';
import { createHistory, type TransferRow } from './history.js';
import { createLog } from './log.js';
import type { CheckedOptions } from './options.js';
import { registerPermissions } from './permissions.js';
import { storesOf } from './stores.js';
import { createStrapiTokens } from './tokens.js';

/** The transfer endpoint of a running Strapi, and what an operator sees and does of it. */
export interface Endpoint {
  /** The transfers that run and the last that ended, the newest first. */
  transfers(): readonly TransferRow[];
  /** The address of the inspector's page; null without one. */
  readonly inspector: string | null;
  /** Ends a transfer that runs; what it has not committed is undone. False where none of that id runs, or it is ending. */
  stop(id: string, by: string): boolean;
  /** Ends all sessions and rolls back what they have not committed. */
  close(): Promise<void>;
}

/** Puts the endpoint on the HTTP server of a Strapi. */
export async function openEndpoint(strapi: Strapi, options: CheckedOptions): Promise<Endpoint> {
  await registerPermissions(strapi);
  const log = createLog(strapi);
  const pins = createPins(strapi);
  // What cannot be done now is done before the next push; the site starts.
  const rolling = keepRollingForward(strapi);
  await rolling.begun;
  await pins.removeLeftovers().catch(log.fault);
  const history = createHistory();
  const { store: tokens, pauseRechecks } = createStrapiTokens(strapi);
  const stores = storesOf(strapi, { pauseRechecks, pins });
  const path = options.replaceBuiltIn ? '/admin' : '/ferry';
  const watching = await watch(options.inspectPort, (text) => log.warn(text));

  const server: TransferServer = attachTransferServer(strapi.server.httpServer, {
    ...stores,
    path,
    tokens,
    tokenSalt: () => saltOf(strapi),
    enabled: Boolean(strapi.config.get('server.transfer.remote.enabled')),
    limits: options.limits,
    ...(watching === null ? {} : { inspect: watching.inspect }),
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
  log.ready(path);
  if (watching !== null) log.info(`shows its charts at ${watching.page}`);

  return {
    transfers: history.rows,
    inspector: watching?.page ?? null,
    stop(id, by) {
      const session = [...server.sessions].find((one) => one.id === id);
      if (session === undefined || !session.abort(`${by} stopped it`)) return false;
      history.stopping(id, by);
      log.stopped(id, by);
      return true;
    },
    async close() {
      rolling.stop();
      await server.close();
      await watching?.close();
    },
  };
}

/** Resolved at each use: a Strapi without a salt has no tokens. */
async function saltOf({ config }: Strapi): Promise<string | undefined> {
  const salt = config.get('admin.transfer.token.salt');
  return typeof salt === 'string' ? salt : undefined;
}

/** The inspector's page; a port that is taken does not keep the endpoint from its work. */
async function watch(port: number | null, note: (text: string) => void) {
  if (port === null) return null;
  const { startInspection } = await import('../../inspector/start-inspection.js');
  try {
    return await startInspection({ roles: ['server'], port, note });
  } catch (error) {
    if (!(error instanceof TransferError)) throw error;
    note(error.message);
    return null;
  }
}
