import { TransferError } from '../protocol/errors.js';

/** Fewer do not even load a command: Node holds 20, and modules are read at once. A transfer was measured to take 48. */
const least = 64;
/** Of one transfer at a server: its socket, and what it reads or writes. */
const perSession = 3;

/** The error if so few files may be open that a command would end in the middle; null if there are enough. */
export function tooFewFiles(limit: number | undefined): TransferError | null {
  if (limit === undefined || limit >= least) return null;
  return new TransferError('TOO_FEW_FILES', { limit, needed: least });
}

/** The warning for a server that may have to refuse a transfer although it has room for it; null if there is none. */
export function fewForSessions(
  limit: number | undefined,
  { sessions, tokenlessConnections }: { readonly sessions: number; readonly tokenlessConnections: number },
): string | null {
  const needed = least + sessions * perSession + tokenlessConnections;
  if (limit === undefined || limit >= needed) return null;
  return `This process may have ${limit} files open at once, and ${sessions} transfers at once can need ${needed}: raise it (ulimit -n ${needed}; LimitNOFILE of a systemd unit), or let fewer in (--limit sessions=…).`;
}
