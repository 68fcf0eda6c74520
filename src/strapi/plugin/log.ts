import { messageOf, toTransferError } from '../../protocol/errors.js';
import type { Refused } from '../../server/refusal.js';
import type { Session } from '../../server/session.js';
import { describeRefused, describeSession } from '../../server/session-words.js';
import type { SessionSummary } from '../../server/transfer-server.js';
import { oneLine } from '../one-line.js';
import type { Strapi } from '../strapi.js';

/** What the plugin writes to Strapi's log. */
export interface FerryLog {
  ready(path: string): void;
  began(session: Session): void;
  ended(summary: SessionSummary): void;
  refused(refused: Refused): void;
  stopped(id: string, by: string): void;
  fault(error: unknown): void;
  info(text: string): void;
  warn(text: string): void;
  error(text: string): void;
}

export function createLog(strapi: Strapi): FerryLog {
  const write = (level: 'info' | 'warn' | 'error', text: string) =>
    strapi.log[level](oneLine(`[Ferry] ${text}`));
  return {
    ready: (path) => write('info', `takes transfers at ${path}/transfer/runner/push and …/pull`),
    began: ({ direction, name, address }) => write('info', `${direction} by ${name} from ${address} begins`),
    ended: (summary) => write(summary.failure === null ? 'info' : 'warn', describeSession(summary)),
    refused: (refused) => write('warn', describeRefused(refused)),
    stopped: (id, by) => write('warn', `${by} stops the transfer ${id}`),
    fault: (error) => write('error', messageOf(toTransferError(error))),
    info: (text) => write('info', text),
    warn: (text) => write('warn', text),
    error: (text) => write('error', text),
  };
}
