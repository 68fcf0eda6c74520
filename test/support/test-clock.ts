import { SimulatedClock } from 'xstate';

/** A simulated clock that knows what still waits on it. */
export class TestClock extends SimulatedClock {
  readonly #pending = new Map<unknown, number>();

  override setTimeout(fn: () => void, timeout: number): number {
    const id: number = super.setTimeout(() => {
      this.#pending.delete(id);
      fn();
    }, timeout);
    this.#pending.set(id, timeout);
    return id;
  }

  override clearTimeout(id: number): void {
    this.#pending.delete(id);
    super.clearTimeout(id);
  }

  /** Milliseconds of the timers that run. */
  get pending(): readonly number[] {
    return [...this.#pending.values()];
  }

  /**
   * Lets time pass. In steps, since a jump of a simulated clock fires a timer that is armed again only once; and with
   * every promise settled between them.
   */
  async pass(ms: number, step = 100): Promise<void> {
    await settled();
    for (let left = ms; left > 0; left -= step) {
      this.increment(Math.min(step, left));
      await settled();
    }
  }
}

/** Every microtask that is due, and those that follow from them, has run. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
