import type { Clock } from '../ports/clock.js';
import type { TransferError } from '../protocol/errors.js';

export interface Limits {
  readonly clock: Clock;
  /** Milliseconds. */
  readonly timeLimit: number;
  /** Ends the work; `limited` then throws the signal's reason. */
  readonly signal: AbortSignal;
}

/** Throws `late` after the limit, and aborts the signal of `work`, so that nothing keeps running. */
export async function limited<T>(
  { clock, timeLimit, signal }: Limits,
  late: TransferError,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const limit = new AbortController();
  const either = AbortSignal.any([limit.signal, signal]);
  const cut = new Promise<never>((_, reject) => {
    either.addEventListener('abort', () => reject(either.reason), { once: true });
  });
  const timer = clock.setTimeout(() => limit.abort(late), timeLimit);
  try {
    signal.throwIfAborted();
    return await Promise.race([work(either), cut]);
  } finally {
    clock.clearTimeout(timer);
  }
}
