import type { ConnectionContext, ConnectionEvent, SocketCommand } from '../../machines/connection.machine.js';
import type { DispatcherContext, DispatcherEvent } from '../../machines/dispatcher.machine.js';
import type { GoodbyeContext } from '../../machines/goodbye.machine.js';
import type { LifecycleContext, LifecycleEvent } from '../../machines/lifecycle.machine.js';
import type { MergeContext } from '../../machines/merge.machine.js';
import type { RemoteContext, RemoteEvent } from '../../machines/remote.machine.js';
import type { SessionContext, SessionEvent } from '../../machines/session.machine.js';
import type { StageContext, StageEvent } from '../../machines/stage.machine.js';
import type { TransferContext, TransferEvent } from '../../machines/transfer.machine.js';
import {
  type Allow,
  type AllowNext,
  address,
  changedFields,
  code,
  each,
  fields,
  flag,
  length,
  list,
  name,
  nothing,
  number,
  whole,
  words,
} from './recorded-values.js';

// The fields that may leave a chart: counters, sizes, ids, codes, words of Ferry's. A new field of a chart is a compile
// error here until it is listed.

type Fields<T> = { readonly [Field in keyof T]-?: Allow };

/** Details of an error: only the strings that are Ferry's own. */
const details = fields({
  ...Object.fromEntries(
    ['ms', 'attempts', 'closeCode', 'sent', 'finished', 'status', 'size'].map((field) => [field, number]),
  ),
  ...Object.fromEntries(['state', 'stage', 'request', 'step', 'by', 'stands'].map((field) => [field, name])),
  ...Object.fromEntries(['reason', 'answer', 'differences'].map((field) => [field, words])),
  url: address,
});
const failure = fields({ code, details });
const retry = fields({ retryMessageTimeout: number, retryMessageMaxRetries: number });
const numbers = each(number);
const counts = each(numbers);
const request = fields({ type: name, uuid: name, step: name, code, transferID: name });
const dispatched = { uuid: name, kind: name, bytes: number, retry, inLine: flag };
const remoteInput = fields({
  url: address,
  direction: name,
  connectionOptions: numbers,
  retryMessageOptions: retry,
  lanes: number,
});
const sessionInput = fields({
  direction: name,
  connectionOptions: numbers,
  retryMessageOptions: retry,
  limits: numbers,
});

/** The input of an actor never changes: the actor record holds it, not every step. */
const begunWith = nothing;

/** The id of a chart of this package. */
export type ChartName =
  | 'connection'
  | 'dispatcher'
  | 'goodbye'
  | 'lifecycle'
  | 'merge'
  | 'remote'
  | 'session'
  | 'stage'
  | 'transfer';

const contexts = {
  transfer: {
    ends: begunWith,
    steps: list(name),
    types: begunWith,
    throttle: begunWith,
    strict: begunWith,
    // The counted diagnostics have records of their own.
    reported: nothing,
    differences: number,
    counts,
    pauseIsAsked: flag,
    failure,
  } satisfies Fields<TransferContext>,
  remote: {
    input: begunWith,
    lanes: list(name),
    lifecycle: fields({ state: name, standing: name }),
    failure,
  } satisfies Fields<RemoteContext>,
  connection: {
    options: begunWith,
    report: nothing,
    peerIsBusy: flag,
    end: failure,
  } satisfies Fields<ConnectionContext>,
  dispatcher: {
    retryMessageOptions: begunWith,
    request: fields(dispatched),
    retries: number,
    failure: code,
  } satisfies Fields<DispatcherContext>,
  lifecycle: {
    direction: name,
    batchTimeout: number,
    request,
    lastAction: name,
    step: name,
    fate: name,
    stages: each(name),
    concurrent: list(name),
    batches: number,
  } satisfies Fields<LifecycleContext>,
  goodbye: {
    progress: begunWith,
    connection: begunWith,
    isFerry: begunWith,
    version: begunWith,
    rolledBack: flag,
    answers: flag,
  } satisfies Fields<GoodbyeContext>,
  merge: {
    pulls: begunWith,
    dryRun: begunWith,
    verifies: flag,
    fetches: flag,
    counts: numbers,
    phases: number,
    phase: number,
    abortIsAsked: failure,
    failure,
  } satisfies Fields<MergeContext>,
  session: {
    input: begunWith,
    lifecycle: nothing,
    state: name,
    standing: name,
    transferID: name,
    queue: length,
    current: request,
    refusal: code,
    failure: code,
    words: nothing,
  } satisfies Fields<SessionContext>,
  stage: {
    step: name,
    throttle: begunWith,
    report: nothing,
    counts: numbers,
    totals: numbers,
    failure,
  } satisfies Fields<StageContext>,
} as const satisfies Record<ChartName, object>;

export const isChart = (machine: string): machine is ChartName => machine in contexts;

/** The chart of Ferry's that a machine is, or is a variant of: `lifecycle~2` is a lifecycle. */
export function chartOf(machine: string): string {
  const variant = machine.indexOf('~');
  return variant === -1 ? machine : machine.slice(0, variant);
}

const byContext = new Map(Object.entries(contexts).map(([chart, shape]) => [chart, changedFields(shape)]));
const noContext = changedFields({});

export const contextOf = (machine: string): AllowNext => byContext.get(machine) ?? noContext;

const inputs: Readonly<Record<ChartName, Allow>> = {
  transfer: fields({
    source: remoteInput,
    destination: remoteInput,
    steps: list(name),
    types: fields({ only: list(name), exclude: list(name) }),
    throttle: number,
    strict: flag,
  }),
  remote: remoteInput,
  connection: fields({ options: numbers }),
  dispatcher: fields({ retryMessageOptions: retry }),
  lifecycle: fields({ direction: name, batchTimeout: number }),
  goodbye: fields({
    progress: fields({
      fate: name,
      clearing: name,
      assetsAreOpen: flag,
      assetsAreEnding: flag,
      closeWasAsked: flag,
    }),
    connection: name,
    isFerry: flag,
    version: name,
  }),
  merge: fields({ pulls: each(flag), dryRun: flag }),
  session: sessionInput,
  stage: fields({ step: name, throttle: number }),
};
export const inputOf = (machine: string): Allow => (isChart(machine) ? inputs[machine] : nothing);

const ofUuid = { uuid: name };
const ofStep = { uuid: name, step: name };
const diagnostic = { url: address, message: words, origin: words };

type ChartEvent =
  | TransferEvent
  | StageEvent
  | RemoteEvent
  | ConnectionEvent
  | SocketCommand
  | DispatcherEvent
  | LifecycleEvent
  | SessionEvent;

const events: Readonly<Record<ChartEvent['type'], Readonly<Record<string, Allow>>>> = {
  abort: { by: name, code },
  pause: {},
  resume: {},
  'end.lost': { failure },
  'stage.moved': { step: name, counts: numbers, totals: numbers },
  'stage.totals': { totals: numbers },
  'stage.progress': { items: number, bytes: number, dropped: number, excluded: number },
  'stage.exhausted': {},
  'stage.resting': {},
  'stage.broken': { failure },
  'diagnostic.info': diagnostic,
  'diagnostic.warning': diagnostic,
  'diagnostic.error': diagnostic,
  'request.retried': { url: address, request: name, retry: number },
  'request.exhausted': { failure },
  'peer.broken': { failure },
  'peer.busy': {},
  'peer.idle': {},
  leave: { code },
  'connection.opened': {},
  'connection.closed': {},
  'connection.lost': { code, details },
  'connection.cut': {},
  'farewell.over': {},
  'connection.close': { closeCode: number, reason: code },
  'socket.opened': {},
  'socket.refused': { code, details },
  'socket.closed': { closeCode: number, reason: words, longest: number },
  'socket.alive': {},
  'socket.probe': {},
  'socket.close': { closeCode: number, reason: code },
  'socket.terminate': {},
  request: dispatched,
  'frame.sent': ofUuid,
  'answer.received': { uuid: name, bytes: number, error: code },
  'line.advanced': {},
  'request.init': ofUuid,
  'request.bootstrap': ofUuid,
  'request.getMetadata': ofUuid,
  'request.getSchemas': ofUuid,
  'request.beforeTransfer': ofUuid,
  'request.stepStart': ofStep,
  'request.stepStream': { ...ofStep, bytes: number },
  'request.stepEnd': ofStep,
  'request.rollback': ofUuid,
  'request.close': ofUuid,
  'request.end': ofUuid,
  'request.status': ofUuid,
  'request.invalid': { uuid: name, code },
  'message.received': { request, bytes: number },
  'confirmation.received': {},
  'message.broken': { code },
  'lifecycle.moved': { state: name, standing: name },
  'exchange.settled': { uuid: name, accepted: flag, transferID: name },
  'request.refused': { uuid: name, code },
};

const byEvent = new Map(
  Object.entries(events).map(([type, shape]) => [type, fields({ type: whole, ...shape })]),
);
const typeAlone = fields({ type: whole });

/** An event's type and its allowed fields: only the type of an event that is not Ferry's. */
export const eventFields = (type: string): Allow => byEvent.get(type) ?? typeAlone;

/** The outputs of actors that carry data and of ended charts, by the names that the parent's chart has for them. */
const outputs: Readonly<Record<string, Allow>> = {
  exchange: fields({ accepted: flag, code }),
  /** What stands at the destination afterwards, in Ferry's own word. */
  rollBack: details,
  compareSchemas: fields({ differences: number, listed: words, ignored: flag }),
  handOverSchemas: number,
  endStage: numbers,
  authorize: code,
  connection: failure,
  dispatcher: fields({ failure: code }),
  source: failure,
  destination: failure,
  stage: fields({ step: name, counts: numbers, failure }),
  transfer: fields({ outcome: name, counts, failure }),
  remote: failure,
  session: code,
  probe: flag,
  move: fields({ outcome: name, failure }),
  plan: fields({ counts: numbers, phases: number, verifies: flag, fetches: flag }),
  confirm: flag,
  merge: fields({ outcome: name, counts: numbers, failure }),
  goodbye: name,
};
export const outputOf = (src: string | null): Allow => outputs[src ?? ''] ?? nothing;

/** The code of a failure: never its message. */
export const errorOf: Allow = (error, data) => failure(error ?? {}, data);
