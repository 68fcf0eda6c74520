import { getShortestPaths } from 'xstate/graph';
import { handles } from '../../../machines/handles.js';
import type { Direction, LifecycleRequest } from '../../../machines/lifecycle.machine.js';
import type { Step } from '../../protocol/content.js';
import { walkOf } from './lifecycle-walk.js';
import { after, expectationOf, isBegun, type Move, nameOf, nonsenseOf } from './moves.js';
import { accept, type Position, placeName, requestsOf } from './walk.js';

/** The requests over one connection, in order. */
export interface ServerPlan {
  readonly name: string;
  readonly direction: Direction;
  readonly moves: readonly Move[];
}

/** A plan that is left out, with the reason. */
export interface LeftOut {
  /** The name that the case would have. */
  readonly name: string;
  /** The reason that `avoid` gave. */
  readonly why: string;
}

/**
 * Gives a reason if a request, after those before it, must not be sent. Names are `init`, `start links`, and, where one
 * is sent otherwise than once, as it should be, `init (twice)`.
 */
export type Avoid = (about: {
  readonly direction: Direction;
  readonly before: readonly string[];
  readonly request: string;
}) => string | null;

/** Why a path must not be sent; null if it may. */
export function whyNot(direction: Direction, moves: readonly Move[], avoid: Avoid): string | null {
  const names = moves.map(nameOf);
  for (const [index, request] of names.entries()) {
    const why = avoid({ direction, before: names.slice(0, index), request });
    if (why !== null) return why;
  }
  return null;
}

/** A plan as it is made: `own` is what it tests, the rest shows where that led. */
interface Draft {
  readonly name: string;
  readonly own: readonly Move[];
  readonly rest: readonly Move[];
}

/**
 * Every request in every distinct place of the lifecycle chart; then, in every place, wrong ids and messages that come
 * twice, and what is agreed in `init`.
 */
export function serverPlans(
  direction: Direction,
  steps: readonly Step[],
  avoid: Avoid = () => null,
): { plans: readonly ServerPlan[]; leftOut: readonly LeftOut[] } {
  const requests = requestsOf(direction, steps);
  const places = placesOf(direction, requests);
  const drafts = [
    ...places.flatMap((place) => requests.map((request) => orderDraft(place, request, requests))),
    ...places.flatMap((place) => duplicateDrafts(place, requests)),
    ...places.flatMap((place) => idDrafts(place, requests)),
    ...agreementDrafts(direction, steps),
    ...places.filter(({ way }) => way.length === 0 || way.at(-1)?.uuid === 'bootstrap').map(nonsenseDraft),
  ];
  const plans: ServerPlan[] = [];
  const leftOut: LeftOut[] = [];
  for (const { name: short, own, rest } of drafts) {
    const name = `${direction}: ${short.trimStart()}`;
    const why = whyNot(direction, own, avoid);
    if (why !== null) leftOut.push({ name, why });
    else plans.push({ name, direction, moves: withoutAvoided(own, rest) });
  }
  return { plans, leftOut };

  function nonsenseDraft({ way }: Place): Draft {
    const own = [...movesOf(way), ...nonsenseOf(direction)];
    return { name: `${wayName(way)} → what is no request`, own, rest: [] };
  }

  /** Drops the requests after the tested one that must not be sent: they only show where it led. */
  function withoutAvoided(own: readonly Move[], rest: readonly Move[]): readonly Move[] {
    const moves = [...own];
    for (const next of rest) if (whyNot(direction, [...moves, next], avoid) === null) moves.push(next);
    return moves;
  }
}

interface Place {
  readonly position: Position;
  /** The requests that lead there; each is accepted and done. */
  readonly way: readonly LifecycleRequest[];
}

const movesOf = (requests: readonly LifecycleRequest[]) => requests.map((request): Move => ({ request }));
const wayName = (way: readonly LifecycleRequest[]) => way.map(({ uuid }) => uuid).join(', ');

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

/**
 * A request in a place. Where the chart takes it, all that it then refuses follows, which shows where the request led;
 * where it refuses it, one that it takes, which shows that the refused one led nowhere.
 */
function orderDraft(place: Place, request: LifecycleRequest, requests: readonly LifecycleRequest[]): Draft {
  const { position, way } = place;
  const isTaken = handles(position, request);
  const verdict = isTaken ? 'is taken' : `is refused: ${expectationOf(position, { request })}`;
  return {
    name: `${wayName(way)} → ${request.uuid} ${verdict}`,
    own: [...movesOf(way), isTaken ? { request, how: 'again' } : { request }],
    rest: isTaken ? refusedAt(accept(position, request), requests) : onward(position, requests),
  };
}

/** Messages that come twice at once, and once more when others have come since: each must count once. */
function duplicateDrafts({ position, way }: Place, requests: readonly LifecycleRequest[]): readonly Draft[] {
  if (way.length === 0) return [];
  const twice = way.map((request): Move => ({ request, how: 'twice' }));
  const late = way.map((request): Move => ({ request, how: 'late' }));
  const next = onward(position, requests);
  return [
    { name: `${wayName(way)} → each of them twice at once`, own: twice, rest: next },
    { name: `${wayName(way)} → each of them late again`, own: [...movesOf(way), ...late], rest: next },
  ];
}

/** What the chart takes here, under the id of no transfer: it must be refused, and lead nowhere. */
function idDrafts({ position, way }: Place, requests: readonly LifecycleRequest[]): readonly Draft[] {
  if (!isBegun(position)) return [];
  const taken = requests.filter((request) => handles(position, request));
  return (['another transferID', 'no transferID'] as const).flatMap((how) => {
    const wrong = taken
      .map((request): Move => ({ request, how }))
      .filter((move) => expectationOf(position, move) !== null);
    if (wrong.length === 0) return [];
    const own = [...movesOf(way), ...wrong];
    return [{ name: `${wayName(way)} → ${how}`, own, rest: onward(position, requests) }];
  });
}

/** What `init` agrees on: a server echoes what it understood, and keeps to it. */
function agreementDrafts(direction: Direction, steps: readonly Step[]): readonly Draft[] {
  const requests = requestsOf(direction, ['assets']);
  const named = (...names: readonly string[]) =>
    names.flatMap((name) => requests.filter(({ uuid }) => uuid === name));
  const [init] = named('init');
  if (init === undefined) return [];
  const offers = (['offers nothing', 'offers nonsense'] as const).map((how): Draft => {
    const hasAssets = steps.includes('assets');
    const whole = ['start', 'stream', 'end'].map((action) => `${action} assets`);
    const rest = movesOf(named('bootstrap', ...(hasAssets ? whole : [])));
    return { name: `init ${how}`, own: [{ request: init, how }], rest };
  });
  if (direction === 'pull' || !steps.includes('assets')) return offers;
  const way = named('init', 'bootstrap', 'beforeTransfer', 'start assets');
  const stream = named('stream assets');
  const checksums = (['wrong checksum', 'no checksum'] as const).map((how): Draft => {
    const own = [...movesOf(way), ...stream.map((request) => ({ request, how }))];
    return { name: `${wayName(way)} → stream assets, ${how}`, own, rest: [] };
  });
  return [...offers, ...checksums];
}

function refusedAt(position: Position, requests: readonly LifecycleRequest[]): readonly Move[] {
  return movesOf(requests.filter((request) => !handles(position, request)));
}

/** The order in which a client goes on. */
const forward = ['init', 'bootstrap', 'stepStart', 'stepEnd', 'close', 'end'].map(
  (name) => `request.${name}`,
);

/** One request that the chart takes here and that leads elsewhere; an empty list if there is none. */
function onward(position: Position, requests: readonly LifecycleRequest[]): readonly Move[] {
  const leadsOn = requests.filter(
    (request) =>
      handles(position, request) && placeName(after(position, { request })) !== placeName(position),
  );
  const [next] = forward.flatMap((type) => leadsOn.filter((request) => request.type === type));
  return next === undefined ? [] : [{ request: next }];
}
