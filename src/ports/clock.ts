/**
 * Time, as XState's actors take it. XState's own `SimulatedClock` fits, so that one simulated clock drives the
 * charts' delayed transitions and everything else that asks for the time.
 */
export interface Clock {
  /** Milliseconds; only differences of it mean anything. */
  now(): number;
  /** Calls `fn` once, after `timeout` milliseconds; gives what `clearTimeout` takes. */
  setTimeout(fn: () => void, timeout: number): unknown;
  /** Of a timer that has rung too: then it does nothing. */
  clearTimeout(id: unknown): void;
}

export const realClock: Clock = {
  now: () => performance.now(),
  setTimeout: (fn, timeout) => setTimeout(fn, timeout),
  clearTimeout: (id) => clearTimeout(id as ReturnType<typeof setTimeout>),
};

/** For what is done beside the work: its timers do not keep a process running that has nothing else to do. Node only. */
export const backgroundClock: Clock = {
  ...realClock,
  setTimeout: (fn, timeout) => setTimeout(fn, timeout).unref(),
};
