/** The format that recordings, the page and every other sink share: see docs/recording.md. Types only, and plain JSON. */

/** Raised whenever a reader of the format before would misread the new one. */
export const recordingFormat = 1;

/** Any JSON value. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
/** A JSON object. */
export interface JsonObject {
  readonly [field: string]: Json;
}

/** The end of a connection that an actor belongs to; null for an actor of another package's machine. */
export type Side = 'client' | 'server';

/** The first line of a recording, and the first thing that a process tells an inspector. */
export interface RecordingHeader {
  readonly ferry: 'recording';
  readonly format: typeof recordingFormat;
  /** The version of strapi-ferry. */
  readonly version: string;
  /** ISO 8601; `ms` of each record counts from here. */
  readonly startedAt: string;
  /** The ends of a connection that this process runs. */
  readonly roles: readonly Side[];
  /** Whether the records hold peers' words: diagnostics, reasons of failures. They can quote a row. */
  readonly data: boolean;
}

interface Stamp {
  /** Counts from 1 over all records of one process; a gap means dropped records. */
  readonly seq: number;
  /** Milliseconds since `startedAt`, to a thousandth, on a clock that never goes back. */
  readonly ms: number;
}

/** A chart; comes once, before its first actor. */
export interface MachineRecord extends Stamp {
  readonly type: 'machine';
  /** The name of the definition in actor records: the machine's id, with `~2` … if another chart had it first. */
  readonly machine: string;
  readonly definition: StateDefinition;
}

/** A state of a chart, the chart itself being the outermost. */
export interface StateDefinition {
  /** Unique in its chart: `lifecycle.transferring.streaming`. */
  readonly id: string;
  /** The last part of the id. */
  readonly key: string;
  readonly type: 'atomic' | 'compound' | 'parallel' | 'final' | 'history';
  /** Key of the state that a compound one begins in. */
  readonly initial?: string;
  readonly description?: string;
  readonly tags?: readonly string[];
  /** The state's refusals of requests that it cannot take: event → code of the error table. */
  readonly refuses?: Readonly<Record<string, string>>;
  readonly entry?: readonly string[];
  readonly exit?: readonly string[];
  readonly invokes?: readonly { readonly id: string; readonly src: string }[];
  readonly transitions?: readonly TransitionDefinition[];
  readonly states?: readonly StateDefinition[];
}

/** A transition as the chart defines it. */
export interface TransitionDefinition {
  /** A label for people: `answer.received`, `after patience`, `always`, `done authorize`, `error authorize`, `done`. */
  readonly label: string;
  /** XState's name of the event; empty for `always`. Source, event and guard identify a step's transition. */
  readonly event: string;
  /** Ids of states; empty where only actions run. */
  readonly targets: readonly string[];
  readonly guard?: string;
  readonly actions?: readonly string[];
  /** The delay of a delayed transition: its name, or its milliseconds. */
  readonly delay?: string | number;
  readonly reenter?: true;
}

/** An actor has started. */
export interface ActorRecord extends Stamp {
  readonly type: 'actor';
  /** Unique in its process: `a1`, `a2`, … */
  readonly actor: string;
  readonly parent: string | null;
  /** The root of the actor: the ancestor without a parent. */
  readonly root: string;
  /** The actor's name in the design: `transfer`, `session`, `lifecycle`, `lane.0`, `connection`, … */
  readonly name: string;
  /** Names from the root down: `transfer/destination/lane.0`. Successive actors can share a path. */
  readonly path: string;
  readonly side: Side | null;
  /** `other`: a promise or a callback, which carries data. */
  readonly kind: 'machine' | 'other';
  /** The key of a machine's definition. */
  readonly machine: string | null;
  /** The actor's name in the parent's chart. */
  readonly src: string | null;
  /** The input of a chart of Ferry's. */
  readonly input?: Json;
}

/** An event on its way to an actor. */
export interface EventRecord extends Stamp {
  readonly type: 'event';
  /** The receiver. */
  readonly actor: string;
  /** The sender; null if the event came from outside of the charts. */
  readonly from: string | null;
  /** `type`, and the allowed fields of the event. */
  readonly event: RecordedEvent;
}

/** An event with the fields that may leave the charts. */
export interface RecordedEvent extends JsonObject {
  readonly type: string;
}

/** How an actor handled an event: one macrostep. */
export interface StepRecord extends Stamp {
  readonly type: 'step';
  readonly actor: string;
  /** `seq` of the event record; null if unknown. */
  readonly cause: number | null;
  /** The type of the event. */
  readonly event: string;
  /** XState's state value: `'ready'`, `{"transferring": "streaming"}`; null if the actor is no machine. */
  readonly value: Json;
  readonly status: 'active' | 'done' | 'error' | 'stopped';
  /** In order; empty if the chart ignored the event. */
  readonly transitions: readonly TakenTransition[];
  /** Names of the actions that ran, without XState's own. */
  readonly actions: readonly string[];
  /** Delays that started, and those that were cancelled. A delay also ends when it fires, and with its actor. */
  readonly armed: readonly ArmedDelay[];
  readonly cancelled: readonly string[];
  /** The whole allowed part of the context; absent if the context has not changed. */
  readonly context?: JsonObject;
  /** The output of an actor that is done. */
  readonly output?: Json;
  /** The error of an actor that failed. */
  readonly error?: Json;
}

/** A transition of a step. */
export interface TakenTransition {
  /** The id of the state that defines the transition. */
  readonly source: string;
  readonly event: string;
  readonly targets: readonly string[];
  readonly guard?: string;
}

/** A delayed transition whose delay has started. */
export interface ArmedDelay {
  /** Unique in its actor: `xstate.after.patience.session.serving.idle`. The same id again restarts the delay. */
  readonly id: string;
  /** The delay's name in the chart, or its milliseconds. */
  readonly delay: string;
  readonly ms: number;
}

/** A message of the protocol has reached its next phase. All records of one message have the same `uuid`. */
export interface MessageRecord extends Stamp {
  readonly type: 'message';
  readonly uuid: string;
  /** `init`, `bootstrap`, `entities.stream`, `links.batch`, … */
  readonly kind: string;
  /** The end that asks: the server for the batches of a pull, otherwise the client. */
  readonly asker: Side;
  /** The end that reports this. If both ends report, both have records of a message. */
  readonly at: Side;
  /** The actor that reports this. */
  readonly actor: string;
  readonly phase: MessagePhase;
  /** Bytes of the message (`sending`, `resending`, `received`) or of the answer (`answered`). Absent if unknown. */
  readonly bytes?: number;
  /** `received`: the message has come before; this one changes nothing. */
  readonly again?: true;
  /** `resending`: counts from 1. */
  readonly retry?: number;
  /** `answered`, `failed`: milliseconds since `sending` or `received` at this end. */
  readonly took?: number;
  /** A code, if the answer was an error or none came. */
  readonly error?: string;
}

/**
 * At the end that asks: `sending` → `sent` → (`resending` → `sent`)* → `answered` or `failed`.
 * At the end that answers: `received` → `answered` or `failed`.
 */
export type MessagePhase = 'sending' | 'sent' | 'resending' | 'received' | 'answered' | 'failed';

/** Records are missing here: the sink was too slow for them, or its buffer too small. */
export interface DroppedRecord extends Stamp {
  readonly type: 'dropped';
  readonly count: number;
  readonly reason: string;
}

/** The recording was closed properly. A recording without it was cut off. */
export interface EndRecord extends Stamp {
  readonly type: 'end';
}

/** A record of the inspection of a process. */
export type InspectionRecord =
  | MachineRecord
  | ActorRecord
  | EventRecord
  | StepRecord
  | MessageRecord
  | DroppedRecord
  | EndRecord;
