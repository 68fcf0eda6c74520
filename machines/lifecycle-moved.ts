import type { ActorRefFrom } from 'xstate';
import type { lifecycleMachine } from './lifecycle.machine.js';
import { statePath } from './state-path.js';

/** What the state of a lifecycle means for its connection. */
export type Standing =
  /** No transfer has begun. */
  | 'unbegun'
  /** A transfer is in progress: without its client, or its server, it fails. */
  | 'open'
  /** Its push is being committed: the session waits for the end of that, even if the client leaves. */
  | 'settling'
  /** The last transfer needs nothing more than its client's `end`. */
  | 'settled'
  /** The last transfer is over. */
  | 'ended'
  /** It takes no request any more. */
  | 'failed';

/** Tells a chart that its lifecycle is in another state: a chart never reads its lifecycle's snapshot. */
export interface LifecycleMoved {
  readonly type: 'lifecycle.moved';
  /** `transferring.streaming` */
  readonly state: string;
  readonly standing: Standing;
}

/** Reports every change of a lifecycle's state, from now on. */
export function watchMoves(
  lifecycle: ActorRefFrom<typeof lifecycleMachine>,
  send: (event: LifecycleMoved) => void,
): void {
  let state = statePath(lifecycle.getSnapshot().value);
  lifecycle.subscribe({
    next(snapshot) {
      const next = statePath(snapshot.value);
      if (next === state) return;
      state = next;
      send({ type: 'lifecycle.moved', state, standing: standingIn(snapshot) });
    },
    // The lifecycle's parent hears of an error on its own.
    error: () => {},
  });
}

function standingIn(snapshot: ReturnType<ActorRefFrom<typeof lifecycleMachine>['getSnapshot']>): Standing {
  if (snapshot.status !== 'active') return 'failed';
  if (snapshot.hasTag('unbegun')) return 'unbegun';
  if (snapshot.hasTag('settling')) return 'settling';
  if (snapshot.hasTag('ended')) return 'ended';
  return snapshot.hasTag('settled') ? 'settled' : 'open';
}
