import type { MovedByStep } from '../../server/request-handler.js';
import type { Session } from '../../server/session.js';
import { isWithoutChange } from '../../server/session-words.js';
import type { SessionSummary } from '../../server/transfer-server.js';

/** A transfer as the status route and the page show it. No secret, and nothing of the content. */
export interface TransferRow {
  /** Names it for the route that stops it. */
  readonly id: string;
  readonly direction: 'push' | 'pull';
  /** The name of the token that the client has shown. */
  readonly token: string;
  /** The address of the client. */
  readonly address: string;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly moved: Readonly<MovedByStep>;
  /** How it ended; null while it runs. */
  readonly ended: TransferEnd | null;
}

/** How a transfer ended. */
interface TransferEnd {
  /** Milliseconds that it took. */
  readonly ms: number;
  /**
   * `unchanged`: a push that moved nothing and had no error, as a dry run. `brokenOff`: its client left before it was
   * complete, without an error.
   */
  readonly outcome: 'completed' | 'unchanged' | 'brokenOff' | 'failed';
  /** The code of the error; null where there is none. */
  readonly failure: string | null;
  /** Who stopped it on the page; null where no user did. */
  readonly stoppedBy: string | null;
}

/** The transfers that run, and the last ones that ended, the newest first. Gone with the process. */
export interface History {
  begin(session: Session): void;
  /** Notes who stops a transfer, before it ends. */
  stopping(id: string, by: string): void;
  end(summary: SessionSummary): TransferRow;
  rows(): readonly TransferRow[];
}

export function createHistory(keep = 50): History {
  const running = new Map<string, Session>();
  const stoppers = new Map<string, string>();
  let past: readonly TransferRow[] = [];

  return {
    begin: (session) => void running.set(session.id, session),
    stopping: (id, by) => void stoppers.set(id, by),
    end(summary) {
      const { id, ms, counts, fate, failure } = summary;
      // Of a transfer that was over, a connection alone was stopped.
      const isOver = fate === 'completed' || failure === null;
      const stoppedBy = isOver ? null : (stoppers.get(id) ?? null);
      const ended: TransferEnd = { ms, outcome: outcomeOf(summary), failure, stoppedBy };
      running.delete(id);
      stoppers.delete(id);
      const row = rowOf(summary, counts, ended);
      past = [row, ...past].slice(0, keep);
      return row;
    },
    rows: () => [
      ...[...running.values()].reverse().map((session) => rowOf(session, session.counts(), null)),
      ...past,
    ],
  };
}

function outcomeOf(summary: SessionSummary): TransferEnd['outcome'] {
  if (summary.fate === 'completed') return 'completed';
  if (summary.failure !== null) return 'failed';
  return isWithoutChange(summary) ? 'unchanged' : 'brokenOff';
}

function rowOf(
  { id, direction, name: token, address, startedAt }: Session | SessionSummary,
  moved: Readonly<MovedByStep>,
  ended: TransferEnd | null,
): TransferRow {
  return { id, direction, token, address, startedAt, moved: { ...moved }, ended };
}
