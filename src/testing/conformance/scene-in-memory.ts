import type { Direction } from '../../../machines/lifecycle.machine.js';
import type { Clock } from '../../ports/clock.js';
import type { RetryMessageOptions } from '../../protocol/retry.js';
import type { OpenSocket } from '../../transport/socket.js';
import { createScriptedPeer } from '../scripted-peer.js';
import { settled, TestClock } from '../test-clock.js';
import { createJudge } from './judge.js';
import type { ClientEnd, Scene, SceneOptions } from './scene.js';

/** The input of one run of a client. */
export interface ClientRun {
  readonly direction: Direction;
  /** Opens the only connection, to a scripted server: no network. */
  readonly open: OpenSocket;
  /** Drives every wait of the client: time passes as fast as the client lets it. */
  readonly clock: Clock;
  /** The retry options that the client must keep to. */
  readonly retryMessageOptions: RetryMessageOptions;
}

/** Simulated time in which a client must end its transfer. */
const longest = 24 * 3600 * 1000;

/** A scene with a scripted socket and a simulated clock. */
export async function sceneInMemory({
  plan,
  script,
  retryMessageOptions,
}: SceneOptions): Promise<Scene<ClientRun>> {
  const clock = new TestClock();
  const judge = createJudge(plan, script, (then) => then());
  const peer = createScriptedPeer({ clock, answer: judge.answer });
  return {
    judge,
    peer,
    given: { direction: plan.direction, open: peer.open, clock, retryMessageOptions },
    async until(running) {
      let end: ClientEnd | null = null;
      void running.then((outcome) => {
        end = outcome;
      });
      while (end === null && clock.now() < longest && (await passes(clock, () => end !== null)));
      return end;
    },
    async linger() {
      const left = clock.pending.length;
      for (let rings = 0; rings < left; rings += 1) await clock.passToNext();
      return left;
    },
    close: async () => {},
  };
}

/** Lets time pass while the client waits for the clock alone; false if it waits for no timer. */
async function passes(clock: TestClock, isOver: () => boolean): Promise<boolean> {
  // Work without a clock (hashing, files) takes several turns.
  for (let turn = 0; turn < 20 && clock.pending.length === 0; turn += 1) {
    await settled();
    if (isOver()) return true;
  }
  return clock.passToNext();
}
