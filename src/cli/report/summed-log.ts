import { type Clock, realClock } from '../../ports/clock.js';

export interface SummedLogOptions {
  /** Tells of those that were not told one by one. `ms`: within how long they came. */
  readonly sumUp: (count: number, ms: number) => void;
  /** Told one by one, of those that come within one window. @default 10 */
  readonly atOnce?: number;
  /** Milliseconds. @default 60000 */
  readonly window?: number;
  readonly clock?: Clock;
}

/** Lines that a stranger can cause: the first are told, the others of a minute become one. */
export interface SummedLog {
  add(print: () => void): void;
  close(): void;
}

export function createSummedLog(options: SummedLogOptions): SummedLog {
  const { sumUp, atOnce = 10, window = 60_000, clock = realClock } = options;
  let count = 0;
  let since = 0;
  let timer: unknown;

  function end(): void {
    if (count > atOnce) sumUp(count - atOnce, Math.round(clock.now() - since));
    count = 0;
  }

  return {
    add(print) {
      if (count === 0) {
        since = clock.now();
        timer = clock.setTimeout(end, window);
      }
      count += 1;
      if (count <= atOnce) print();
    },
    close() {
      clock.clearTimeout(timer);
      end();
    },
  };
}
