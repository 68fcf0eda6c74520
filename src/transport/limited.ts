import type { Clock } from '../ports/clock.js';
import type { TransferError } from '../protocol/errors.js';

export interface TimeLimited {
  readonly clock: Clock;
  /** Milliseconds. */
  readonly timeLimit: number;
  /** Ends the work; `limited` then throws the signal's reason. */
  readonly signal: AbortSignal;
}

/** Throws `late` after the limit, and aborts the signal of `work`, so that nothing keeps running. */
export async function limited<T>(
  { clock, timeLimit, signal }: TimeLimited,
  late: TransferError,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  // `AbortSignal.any` would keep a signal for each call for as long as `signal` lives, which is a session.
  const limit = new AbortController();
  const giveUp = () => limit.abort(signal.reason);
  signal.addEventListener('abort', giveUp, { once: true });
  const cut = new Promise<never>((_, reject) => {
    limit.signal.addEventListener('abort', () => reject(limit.signal.reason), { once: true });
  });
  const timer = clock.setTimeout(() => limit.abort(late), timeLimit);
  try {
    signal.throwIfAborted();
    return await Promise.race([work(limit.signal), cut]);
  } finally {
    clock.clearTimeout(timer);
    signal.removeEventListener('abort', giveUp);
  }
}
