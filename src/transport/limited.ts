import type { Clock } from '../ports/clock.js';
import type { TransferError } from '../protocol/errors.js';

export interface Limits {
  readonly clock: Clock;
  /** Milliseconds. */
  readonly timeLimit: number;
  /** Ends the work; `limited` then throws the signal's reason. */
  readonly signal: AbortSignal;
}

/**
 * The outcome of `work`, or `late` if it takes longer than the limit. The signal that `work` receives is then aborted,
 * so that nothing keeps running.
 */
export async function limited<T>(
  { clock, timeLimit, signal }: Limits,
  late: TransferError,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const stop = new AbortController();
  const cut = new Promise<never>((_, reject) => {
    stop.signal.addEventListener('abort', () => reject(stop.signal.reason), { once: true });
  });
  const timer = clock.setTimeout(() => stop.abort(late), timeLimit);
  const onAbort = () => stop.abort(signal.reason);
  signal.addEventListener('abort', onAbort);
  try {
    signal.throwIfAborted();
    return await Promise.race([work(stop.signal), cut]);
  } finally {
    clock.clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
  }
}
