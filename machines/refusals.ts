import { stages } from '../src/protocol/content.js';
import type { ErrorCode } from '../src/protocol/errors.js';
import type { Direction, LifecycleRequest, NamedStage, SessionRequest } from '../src/protocol/requests.js';

export type { Direction, LifecycleRequest, NamedStage };

/** How an exchange ended. An answer with an error is an answer: the transfer goes on from where it stood. */
export interface ExchangeResult {
  readonly accepted: boolean;
  /** Of the answer with an error, for people and for the inspector. */
  readonly code?: string;
}

/**
 * The code with which each state answers a request that it cannot take. `.earlier`: the request names a stage before
 * the current one; `.again`: a pull names the stage in progress. `request.invalid` is a message without a request; if
 * a state has no code for it, the message's own fault is the answer.
 */
export interface LifecycleMeta {
  readonly refuses: Partial<Record<RefusedRequest, ErrorCode>>;
}

type StepRequest = 'request.stepStart' | 'request.stepStream' | 'request.stepEnd';
type RefusedRequest =
  | LifecycleRequest['type']
  | `${StepRequest}.${'earlier' | 'again'}`
  | 'request.invalid'
  | 'request.invalid.command'
  | 'request.*';

/** What a refusal needs to know of the chart's state. */
export interface LifecycleSnapshot {
  readonly context: { readonly direction: Direction; readonly step: NamedStage | null };
  /** The `meta` of the states that are active, by their id. */
  getMeta(): object;
}

/** The place of a stage in the order: 0 before the first stage, -1 for an unknown one. */
export const placeOf = (step: NamedStage | null) =>
  step === null ? 0 : (stages as readonly NamedStage[]).indexOf(step);

/** The code of the answer to a request that `snapshot` cannot take; the innermost state with a code decides. */
export function refusalOf(snapshot: LifecycleSnapshot, request: SessionRequest): ErrorCode {
  const innermostFirst = Object.entries(snapshot.getMeta()).sort(([a], [b]) => b.length - a.length);
  const names = namesOf(request, snapshot.context);
  for (const [, state] of innermostFirst) {
    const { refuses } = (state ?? { refuses: {} }) as LifecycleMeta;
    const code = names.map((name) => refuses[name]).find((each) => each !== undefined);
    if (code !== undefined) return code;
  }
  return request.type === 'request.invalid' ? request.code : 'ACTION_OUT_OF_ORDER';
}

/** What `meta.refuses` may call a request, the most specific first. */
function namesOf(
  request: SessionRequest,
  { direction, step }: LifecycleSnapshot['context'],
): RefusedRequest[] {
  if (request.type === 'request.invalid') {
    return [request.code === 'INVALID_COMMAND' ? 'request.invalid.command' : 'request.invalid'];
  }
  const names: RefusedRequest[] = [request.type, 'request.*'];
  if (!('step' in request)) return names;
  if (direction === 'pull' && request.step === step) names.unshift(`${request.type}.again`);
  if (direction === 'push' && placeOf(request.step) < placeOf(step)) names.unshift(`${request.type}.earlier`);
  return names;
}
