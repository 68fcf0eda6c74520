import { type DoneActorEvent, initialTransition, type SnapshotFrom, transition } from 'xstate';
import { type ConcurrentId, concurrentId } from '../../../machines/concurrent-exchanges.js';
import {
  type Direction,
  type ExchangeResult,
  type LifecycleRequest,
  lifecycleMachine,
} from '../../../machines/lifecycle.machine.js';
import { refusalOf } from '../../../machines/refusals.js';
import { statePath } from '../../../machines/remote.machine.js';
import type { Step } from '../../protocol/content.js';
import type { ErrorCode } from '../../protocol/errors.js';

/** Where a transfer stands on the lifecycle chart. Runs on the pure transition function: nothing is sent. */
export type Position = SnapshotFrom<typeof lifecycleMachine>;

/** The position before any request. */
export function begin(direction: Direction): Position {
  return initialTransition(lifecycleMachine, { direction, batchTimeout: 300_000 })[0];
}

/** The code with which the chart refuses a request here. */
export function refusalAt(position: Position, request: LifecycleRequest): ErrorCode {
  return refusalOf(position, request);
}

/** The position once the chart has taken the request; its answer is still to come. */
export function ask(position: Position, request: LifecycleRequest): Position {
  return transition(lifecycleMachine, position, request)[0];
}

/** The position once the request of that uuid is answered. An answer to an unknown request changes nothing. */
export function settle(position: Position, uuid: string, accepted: boolean): Position {
  const { concurrent, request } = position.context;
  const place = concurrent.indexOf(uuid);
  if (place === -1 && (request?.uuid !== uuid || position.children['exchange'] === undefined))
    return position;
  const actorId = place === -1 ? 'exchange' : concurrentId(place);
  const done: DoneActorEvent<ExchangeResult, 'exchange' | ConcurrentId> = {
    type: `xstate.done.actor.${actorId}` as const,
    actorId,
    output: { accepted },
  };
  return transition(lifecycleMachine, position, done)[0];
}

/** The position once the request is taken and done. */
export function accept(position: Position, request: LifecycleRequest): Position {
  return settle(ask(position, request), request.uuid, true);
}

/** A name for what decides which requests may come next. */
export function placeName(position: Position): string {
  const path = statePath(position.value);
  const { step, lastAction } = position.context;
  if (position.hasTag('inStages')) return `${path} ${step}`;
  return position.hasTag('resting') ? `${path} ${lastAction}` : path;
}

type Named<T> = T extends { type: `request.${infer Name}` } ? Name : never;
const plain = ['init', 'bootstrap', 'getMetadata', 'getSchemas', 'beforeTransfer'] as const;
const endings = ['rollback', 'close', 'end', 'status'] as const;
type Plain = Exclude<Named<LifecycleRequest>, `step${string}`>;

/** A request whose uuid is its own name: `init`, `start links`. */
const plainRequest = (name: Plain) => ({ type: `request.${name}`, uuid: name }) as LifecycleRequest;
const stepRequest = (name: 'Start' | 'Stream' | 'End', step: Step | 'unknown'): LifecycleRequest => ({
  type: `request.step${name}`,
  uuid: `${name.toLowerCase()} ${step}`,
  step,
});

/** Every request of a client for these stages in this direction, each with its own name as its uuid. */
export function requestsOf(direction: Direction, steps: readonly Step[]): readonly LifecycleRequest[] {
  const isPush = direction === 'push';
  const names = [...plain, ...endings].filter(
    (name) => isPush || !['beforeTransfer', 'rollback'].includes(name),
  );
  // In a pull a stream is the server's request.
  const actions = isPush ? (['Start', 'Stream', 'End'] as const) : (['Start', 'End'] as const);
  return [
    ...names.map(plainRequest),
    ...steps.flatMap((step) => actions.map((action) => stepRequest(action, step))),
    // In a pull the exchange refuses an unknown stage, not the chart.
    ...(isPush ? (['Start', 'End'] as const).map((action) => stepRequest(action, 'unknown')) : []),
  ];
}
