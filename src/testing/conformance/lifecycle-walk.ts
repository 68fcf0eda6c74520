import { fromTransition, type TransitionActorLogic } from 'xstate';
import { handles } from '../../../machines/handles.js';
import type { Direction, LifecycleRequest } from '../../../machines/lifecycle.machine.js';
import { steps as everyStep, type Step } from '../../protocol/content.js';
import { accept, begin, type Position, placeName, requestsOf } from './walk.js';

/** The lifecycle chart without actors: its state is a snapshot of the chart, its event a request with its answer. */
export type LifecycleWalkLogic = TransitionActorLogic<Position, LifecycleRequest, undefined>;

/** What XState's graph functions are to be given with the logic. */
export interface LifecycleWalkOptions {
  /** The requests that the chart takes where a walk stands; each has its name as its uuid: `start links`. */
  readonly events: (state: { readonly context: Position }) => LifecycleRequest[];
  /** Places that take the same requests are one place. */
  readonly serializeState: (state: { readonly context: Position }) => string;
  /** States at most. */
  readonly limit: number;
}

/** The lifecycle chart, ready for `getShortestPaths(logic, options)` of `xstate/graph`. */
export interface LifecycleWalk {
  readonly logic: LifecycleWalkLogic;
  readonly options: LifecycleWalkOptions;
}

/**
 * The lifecycle chart as XState's graph functions can walk it. `getShortestPaths(lifecycleMachine)` throws: those
 * functions send each event of a chart by its type alone, and none of these actors ends by itself. Here every event has
 * what it needs, and a request is answered at once.
 *
 * @param direction - what its client does
 * @param steps - the stages that a walk asks for; the fewer, the fewer paths. By default all four.
 */
export const lifecycleWalk = (direction: Direction, steps: readonly Step[] = everyStep): LifecycleWalk =>
  walkOf(direction, requestsOf(direction, steps));

/** The same with these requests. */
export const walkOf = (direction: Direction, requests: readonly LifecycleRequest[]): LifecycleWalk => ({
  // One step is a request with its answer: a client that waits for answers never stands within an exchange.
  logic: fromTransition(
    (position: Position, request: LifecycleRequest) => accept(position, request),
    begin(direction),
  ),
  options: {
    events: ({ context }) => requests.filter((request) => handles(context, request)),
    serializeState: ({ context }) => placeName(context),
    limit: 10_000,
  },
});
