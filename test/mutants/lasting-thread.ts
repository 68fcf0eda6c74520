import {
  type PoolOptions,
  type PoolRunnerInitializer,
  type PoolWorker,
  ThreadsPoolWorker,
} from 'vitest/node';

type Request = Parameters<PoolWorker['send']>[0];
type Listener = (argument: unknown) => void;

let thread: ThreadsPoolWorker | undefined;

/**
 * Vitest ends its thread after each run, and Stryker runs it anew for each mistake: most of the time went into starting
 * threads. This one stays. Vitest forgets between two test files what they have loaded, so that a mistake in what a
 * file makes while it is loaded is met, too.
 */
class LastingThread implements PoolWorker {
  readonly name = 'lasting-thread';
  readonly #thread: ThreadsPoolWorker;
  readonly #isNew: boolean;
  readonly #listeners = new Set<readonly [event: string, listener: Listener]>();

  constructor(options: PoolOptions) {
    this.#isNew = thread === undefined;
    thread ??= new ThreadsPoolWorker(options);
    this.#thread = thread;
  }

  async start(): Promise<void> {
    if (this.#isNew) await this.#thread.start();
  }

  /** The thread is not told that it is to stop; whoever waits for its answer gets one. */
  send(message: Request): void {
    if (message.type !== 'stop') this.#thread.send(message);
    else this.#emit('message', { __vitest_worker_response__: true, type: 'stopped' });
  }

  async stop(): Promise<void> {
    for (const [event, listener] of this.#listeners) this.#thread.off(event, listener);
    this.#listeners.clear();
  }

  on(event: string, listener: Listener): void {
    this.#listeners.add([event, listener]);
    this.#thread.on(event, listener);
  }

  off(event: string, listener: Listener): void {
    this.#thread.off(event, listener);
  }

  deserialize(data: unknown): unknown {
    return data;
  }

  #emit(event: string, argument: unknown): void {
    for (const [name, listener] of this.#listeners) if (name === event) listener(argument);
  }
}

export const lastingThread: PoolRunnerInitializer = {
  name: 'lasting-thread',
  createPoolWorker: (options) => new LastingThread(options),
};
