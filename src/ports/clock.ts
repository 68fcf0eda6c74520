/**
 * Time, as XState's actors take it. XState's own `SimulatedClock` fits, so that one simulated clock drives the
 * charts' delayed transitions and everything else that asks for the time.
 */
export interface Clock {
  /** Milliseconds; only differences of it mean anything. */
  now(): number;
  /** Calls `fn` once, after `timeout` milliseconds; gives what `clearTimeout` takes. */
  setTimeout(fn: () => void, timeout: number): unknown;
  /** Does nothing for a timer that has fired already. */
  clearTimeout(id: unknown): void;
}

export const realClock: Clock = {
  now: () => performance.now(),
  setTimeout: (fn, timeout) => setTimeout(fn, timeout),
  clearTimeout: (id) => clearTimeout(id as ReturnType<typeof setTimeout>),
};

/** A clock for background work: its timers do not keep the process alive. Node only. */
export const backgroundClock: Clock = {
  ...realClock,
  setTimeout: (fn, timeout) => setTimeout(fn, timeout).unref(),
};
