import type { Clock } from '../../src/ports/clock.js';

/** The clock of one process: it can jump, and it stops with its process. */
export interface ProcessClock extends Clock {
  /** The process or its machine slept, or a user set the clock: timers within that time are due now. */
  jump(ms: number): void;
  /** The process is gone: none of its timers fires any more. */
  stop(): void;
  /** The number of running timers. */
  pending(): number;
}

/** The time of a whole simulation. It passes from timer to timer, never by itself. */
export interface SimulatedTime extends Clock {
  /** A clock whose timers belong together. */
  clockOfProcess(): ProcessClock;
  /** Goes on to the next due timer and fires it; false if there is none. Throws what the timer throws. */
  step(): boolean;
}

interface Timer {
  readonly id: number;
  readonly owner: object;
  readonly ring: () => void;
  due: number;
}

/** If two timers are due at the same moment, the older one fires first. */
export function createSimulatedTime(): SimulatedTime {
  const timers = new Map<number, Timer>();
  let now = 0;
  let lastId = 0;

  function arm(owner: object, ring: () => void, ms: number): number {
    lastId += 1;
    timers.set(lastId, { id: lastId, owner, ring, due: now + Math.max(0, ms) });
    return lastId;
  }

  /** A few dozen timers run at a time: searching them costs less than keeping them in order. */
  function next(): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of timers.values()) if (first === undefined || timer.due < first.due) first = timer;
    return first;
  }

  const network = {};
  const disarm = (id: unknown) => void timers.delete(id as number);

  return {
    now: () => now,
    setTimeout: (ring, ms) => arm(network, ring, ms),
    clearTimeout: disarm,
    clockOfProcess() {
      const owner = {};
      let leaped = 0;
      let isStopped = false;
      const own = () => [...timers.values()].filter((timer) => timer.owner === owner);
      return {
        now: () => now + leaped,
        setTimeout: (ring, ms) => (isStopped ? 0 : arm(owner, ring, ms)),
        clearTimeout: disarm,
        jump(ms) {
          leaped += ms;
          for (const timer of own()) timer.due = Math.max(now, timer.due - ms);
        },
        stop() {
          isStopped = true;
          for (const { id } of own()) timers.delete(id);
        },
        pending: () => own().length,
      };
    },
    step() {
      const timer = next();
      if (timer === undefined) return false;
      timers.delete(timer.id);
      now = Math.max(now, timer.due);
      timer.ring();
      return true;
    },
  };
}
