import { SimulatedClock } from 'xstate';

/**
 * A simulated clock that knows what still waits on it. Give it wherever a clock is taken: nothing of Ferry waits for
 * any other.
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

  /** Milliseconds of the timers that run, as they were set. Empty: nothing was left behind. */
  get pending(): readonly number[] {
    return [...this.#pending.values()].map(({ timeout }) => timeout);
  }

  /**
   * Lets time pass. In steps, since a jump of a simulated clock fires a timer that is armed again only once; and with
   * every promise settled between them.
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

  /** Lets time pass until the next timer rings; false where none runs. */
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
