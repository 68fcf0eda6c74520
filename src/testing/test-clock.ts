import { SimulatedClock } from 'xstate';

/**
 * A simulated clock that lists its pending timers. Pass it for every `clock` option: Ferry waits for no other clock.
 */
export class TestClock extends SimulatedClock {
  readonly #pending = new Map<unknown, { readonly timeout: number; readonly due: number }>();

  /** As `Clock` has it. */
  override setTimeout(fn: () => void, timeout: number): number {
    const id: number = super.setTimeout(() => {
      this.#pending.delete(id);
      fn();
    }, timeout);
    this.#pending.set(id, { timeout, due: this.now() + timeout });
    return id;
  }

  /** As `Clock` has it. */
  override clearTimeout(id: number): void {
    this.#pending.delete(id);
    super.clearTimeout(id);
  }

  /** The delays of the pending timers, as they were set. Empty: nothing was left behind. */
  get pending(): readonly number[] {
    return [...this.#pending.values()].map(({ timeout }) => timeout);
  }

  /**
   * Lets time pass in steps, and settles every promise between them: a single jump of a simulated clock would fire a
   * timer that is armed again only once.
   *
   * @param ms - how long
   * @param step - milliseconds of a step
   */
  async pass(ms: number, step = 100): Promise<void> {
    await settled();
    for (let left = ms; left > 0; left -= step) {
      this.increment(Math.min(step, left));
      await settled();
    }
  }

  /** Lets time pass until the next timer fires; false if there is none. */
  async passToNext(): Promise<boolean> {
    await settled();
    if (this.#pending.size === 0) return false;
    const next = Math.min(...[...this.#pending.values()].map(({ due }) => due));
    this.increment(Math.max(0, next - this.now()));
    await settled();
    return true;
  }
}

/** Resolves once every microtask that is due, and those that follow from them, have run. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
