import { getShortestPaths } from 'xstate/graph';
import { handles } from '../../../machines/handles.js';
import type { Direction, LifecycleRequest } from '../../../machines/lifecycle.machine.js';
import type { Step } from '../../protocol/content.js';
import type { ErrorCode } from '../../protocol/errors.js';
import { walkOf } from './lifecycle-walk.js';
import { accept, type Position, placeName, refusalAt, requestsOf } from './walk.js';

/** One request of a path, and the answer that the chart expects. */
export interface Said {
  readonly request: LifecycleRequest;
  readonly expected: 'accepted' | ErrorCode;
  /** Sends the message a second time, as if its answer was lost. The server must only repeat its answer. */
  readonly again?: true;
}

/** The requests over one connection, in order. */
export interface ServerPlan {
  readonly name: string;
  readonly direction: Direction;
  readonly says: readonly Said[];
}

/** A plan that is left out, with the reason. */
export interface LeftOut {
  /** The name that the case would have. */
  readonly name: string;
  /** The reason that `avoid` gave. */
  readonly why: string;
}

/** Gives a reason if a request, after those before it, must not be sent. Names are `init`, `start links`, … */
export type Avoid = (about: {
  readonly direction: Direction;
  readonly before: readonly string[];
  readonly request: string;
}) => string | null;

/**
 * Every request in every distinct place of the lifecycle chart. After a request that the chart handles, the plan sends
 * all that the chart then refuses, which shows where the request led. After one that it refuses, the plan sends one
 * that it handles, which shows that the refused one led nowhere.
 */
export function serverPlans(
  direction: Direction,
  steps: readonly Step[],
  avoid: Avoid = () => null,
): { plans: readonly ServerPlan[]; leftOut: readonly LeftOut[] } {
  const requests = requestsOf(direction, steps);
  const plans: ServerPlan[] = [];
  const leftOut: LeftOut[] = [];
  for (const { position, way } of placesOf(direction, requests)) {
    const path = way.map((request): Said => ({ request, expected: 'accepted' }));
    for (const request of requests) {
      const isHandled = handles(position, request);
      const expected = isHandled ? 'accepted' : refusalAt(position, request);
      const own: readonly Said[] = [
        ...path,
        isHandled ? { request, expected, again: true } : { request, expected },
      ];
      const name = nameOf(direction, own);
      const why = whyNot(own);
      if (why !== null) leftOut.push({ name, why });
      else {
        const after = isHandled ? refusedAt(accept(position, request), requests) : onward(position, requests);
        plans.push({ name, direction, says: withoutAvoided(own, after) });
      }
    }
  }
  return { plans, leftOut };

  function whyNot(says: readonly Said[]): string | null {
    const names = says.map(({ request }) => request.uuid);
    for (const [index, request] of names.entries()) {
      const why = avoid({ direction, before: names.slice(0, index), request });
      if (why !== null) return why;
    }
    return null;
  }

  /** Drops the requests after the tested one that must not be sent: they only show where it led. */
  function withoutAvoided(own: readonly Said[], after: readonly Said[]): readonly Said[] {
    const says = [...own];
    for (const next of after) if (whyNot([...says, next]) === null) says.push(next);
    return says;
  }
}

interface Place {
  readonly position: Position;
  /** The requests that lead there; each is accepted and done. */
  readonly way: readonly LifecycleRequest[];
}

/** Each distinct place of the chart, with the shortest way there. */
function placesOf(direction: Direction, requests: readonly LifecycleRequest[]): readonly Place[] {
  const { logic, options } = walkOf(direction, requests);
  const paths = getShortestPaths(logic, options);
  return paths.map(({ state, steps }) => ({
    position: state.context,
    // XState's own initial event comes first.
    way: steps.map(({ event }) => event).filter(({ type }) => type.startsWith('request.')),
  }));
}

function refusedAt(position: Position, requests: readonly LifecycleRequest[]): readonly Said[] {
  return requests
    .filter((request) => !handles(position, request))
    .map((request) => ({ request, expected: refusalAt(position, request) }));
}

/** The order in which a client goes on. */
const forward = ['init', 'bootstrap', 'stepStart', 'stepEnd', 'close', 'end'].map(
  (name) => `request.${name}`,
);

/** One request that the chart takes here and that leads elsewhere; an empty list if there is none. */
function onward(position: Position, requests: readonly LifecycleRequest[]): readonly Said[] {
  const leadsOn = requests.filter(
    (request) => handles(position, request) && placeName(accept(position, request)) !== placeName(position),
  );
  const [next] = forward.flatMap((type) => leadsOn.filter((request) => request.type === type));
  return next === undefined ? [] : [{ request: next, expected: 'accepted' }];
}

/** `push: init, bootstrap → close is refused: ACTION_OUT_OF_ORDER` */
function nameOf(direction: Direction, says: readonly Said[]): string {
  const way = says.slice(0, -1).map(({ request }) => request.uuid);
  const last = says.at(-1);
  const verdict = last?.expected === 'accepted' ? 'is taken' : `is refused: ${last?.expected}`;
  return `${direction}: ${[...way, `→ ${last?.request.uuid}`].join(', ').replace(', →', ' →')} ${verdict}`;
}
