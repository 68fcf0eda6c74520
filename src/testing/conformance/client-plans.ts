import { fromTransition, initialTransition, type SnapshotFrom, transition } from 'xstate';
import { getSimplePaths } from 'xstate/graph';
import { type DispatcherEvent, dispatcherMachine } from '../../../machines/dispatcher.machine.js';
import type { Direction } from '../../../machines/lifecycle.machine.js';
import type { RetryMessageOptions } from '../../protocol/retry.js';

/** What a server does to one sending of a request. */
export type Reaction = 'silence' | 'answer' | 'answer twice' | 'error' | 'cut' | 'nonsense';
type ChartedReaction = Exclude<Reaction, 'nonsense'>;

/** How a server behaves throughout a transfer. */
export type ServerManner =
  /** It knows neither checksums nor base64. */
  | 'echoes nothing'
  /** Each answer comes once more after the next one. */
  | 'answers late again'
  /** Each batch of a pull comes twice. */
  | 'sends batches twice'
  /** The checksums of a pull are of other bytes. */
  | 'wrong checksums'
  /** A pull has none, though they were agreed on. */
  | 'no checksums';

/** How a server behaves toward one request of a transfer. */
export interface Disturbance {
  /** The request, as `kindOf` names it. */
  readonly request: string;
  /** One reaction for each sending of the request, in order. */
  readonly reactions: readonly Reaction[];
  /** How often the dispatcher chart sends the request, the first time included. */
  readonly sendings: number;
  /** The reactions end the dispatcher, so the transfer cannot go on. */
  readonly fails: boolean;
}

/** How a server behaves throughout one transfer; it answers all other requests well. */
export interface ClientPlan {
  readonly name: string;
  readonly direction: Direction;
  /** Each of another request; none where the manner is what is tried. */
  readonly disturbances: readonly Disturbance[];
  readonly manner?: ServerManner;
}

type Place = SnapshotFrom<typeof dispatcherMachine>;

const uuid = 'the request';
const move = (place: Place, ...events: readonly DispatcherEvent[]) =>
  events.reduce((now, event) => transition(dispatcherMachine, now, event)[0], place);

const answer: DispatcherEvent = { type: 'answer.received', uuid };
const sent: DispatcherEvent = { type: 'frame.sent', uuid };
const timeout = { type: 'xstate.after.retryMessageTimeout.dispatcher.waitingResponse.counting' };

/** The events that each reaction raises in the chart. */
const eventsOf: Readonly<Record<ChartedReaction, readonly DispatcherEvent[]>> = {
  silence: [timeout as DispatcherEvent, sent],
  answer: [answer],
  'answer twice': [answer, answer],
  error: [{ ...answer, error: 'Error' }],
  cut: [{ type: 'connection.lost', code: 'CONNECTION_CLOSED' }],
};
const reactions = Object.keys(eventsOf) as readonly ChartedReaction[];

/** Every path of the dispatcher chart from a sent request to `ready` or to its end, and each manner. */
export function clientPlans(
  direction: Direction,
  requests: readonly string[],
  retryMessageOptions: RetryMessageOptions,
): readonly ClientPlan[] {
  const disturbed = disturbancesOf(direction, requests, retryMessageOptions).map((disturbance) => ({
    name: `${direction}: ${inWords(disturbance)}`,
    direction,
    disturbances: [disturbance],
  }));
  return [...disturbed, ...mannerPlans(direction)];
}

/** Each of these requests with each path of the dispatcher chart. */
export function disturbancesOf(
  direction: Direction,
  requests: readonly string[],
  retryMessageOptions: RetryMessageOptions,
): readonly Disturbance[] {
  const walk = fromTransition(
    (place: Place, { type }: { type: ChartedReaction }) => move(place, ...eventsOf[type]),
    move(
      initialTransition(dispatcherMachine, { retryMessageOptions })[0],
      { type: 'connection.opened' },
      { type: 'request', uuid, kind: 'any', bytes: 1 },
      sent,
    ),
  );
  const isOver = ({ context: place }: { context: Place }) =>
    place.status !== 'active' || place.hasTag('ready');
  const paths = getSimplePaths(walk, {
    events: reactions.map((type) => ({ type })),
    serializeState: ({ context: place }) => JSON.stringify([place.value, place.context.retries]),
    toState: isOver,
    limit: 10_000,
  });
  const ways = paths.map(({ state, steps }) => {
    const way = steps.map(({ event }) => event.type).filter((type) => reactions.includes(type));
    const resends = way.filter((reaction) => reaction === 'silence').length;
    const fails = state.context.status !== 'active';
    // After the last silence the dispatcher gives the request up and sends nothing.
    const isGivenUp = state.context.context.failure === 'REQUEST_TIMED_OUT';
    return { reactions: way, sendings: isGivenUp ? resends : resends + 1, fails };
  });
  const nonsense = { reactions: ['nonsense'] as const, sendings: 1, fails: true };
  return requests.flatMap((request) =>
    [...ways, ...(nonsenseFor(direction, request) === undefined ? [] : [nonsense])].map((way) => ({
      request,
      ...way,
    })),
  );
}

/** After it a client may end the transfer, or must. */
export const mayEnd = ({ fails, reactions }: Disturbance) => fails || reactions.includes('error');

const manners: Readonly<Record<Direction, readonly ServerManner[]>> = {
  push: ['echoes nothing', 'answers late again'],
  pull: ['echoes nothing', 'answers late again', 'sends batches twice', 'wrong checksums', 'no checksums'],
};

/** A transfer fails by these, if checksums were agreed on and there are assets. */
export const isOfChecksums = (manner: ServerManner | undefined) =>
  manner === 'wrong checksums' || manner === 'no checksums';

function mannerPlans(direction: Direction): readonly ClientPlan[] {
  return manners[direction].map((manner) => ({
    name: `${direction}: the server ${manner}`,
    direction,
    disturbances: [],
    manner,
  }));
}

/** An answer that no transfer can go on with; undefined where a client reads nothing of the answer. */
export function nonsenseFor(direction: Direction, request: string): unknown {
  if (request === 'init') return { transferID: 7 };
  if (request === 'getMetadata' || request === 'getSchemas') return 7;
  if (request.endsWith('.end') && direction === 'push')
    return { ok: true, stats: { started: 99, finished: 98 } };
  return request.endsWith('.start') && direction === 'pull' ? { ok: true, id: 7 } : undefined;
}

/** `links.start, 2 × silence, answer twice` */
export function inWords({ request, reactions: way }: Disturbance): string {
  const silent = way.filter((reaction) => reaction === 'silence').length;
  const others = way.filter((reaction) => reaction !== 'silence');
  const silence = silent === 0 ? [] : [silent === 1 ? 'silence' : `${silent} × silence`];
  return [request, ...silence, ...others].join(', ');
}
