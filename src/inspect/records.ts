/** The format that recordings, the page and every other sink share: see docs/recording.md. Types only, and plain JSON. */

/** Raised whenever a reader of the format before would misread the new one. */
export const recordingFormat = 1;

/** Whatever JSON can say. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
/** An object of it. */
export interface JsonObject {
  readonly [field: string]: Json;
}

/** The end of a link that an actor belongs to; null for an actor of somebody else's machine. */
export type Side = 'client' | 'server';

/** The first line of a recording, and the first thing that a process tells an inspector. */
export interface RecordingHeader {
  readonly ferry: 'recording';
  readonly format: typeof recordingFormat;
  /** Of strapi-ferry. */
  readonly version: string;
  /** ISO 8601; `ms` of each record counts from here. */
  readonly startedAt: string;
  /** Which ends of a link this process runs. */
  readonly roles: readonly Side[];
  /** The words of peers were asked for: diagnostics, reasons of failures. They can quote a row. */
  readonly data: boolean;
}

interface Stamp {
  /** Counts from 1, over all records of one process; a gap was dropped. */
  readonly seq: number;
  /** Milliseconds since `startedAt`, to a thousandth, on a clock that never goes back. */
  readonly ms: number;
}

/** A chart, once, before its first actor. */
export interface MachineRecord extends Stamp {
  readonly type: 'machine';
  /** Names the definition in actor records: the machine's id, with `~2` … where another chart had it first. */
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
  /** What the state answers to requests that it cannot take: event → code of the error table. */
  readonly refuses?: Readonly<Record<string, string>>;
  readonly entry?: readonly string[];
  readonly exit?: readonly string[];
  readonly invokes?: readonly { readonly id: string; readonly src: string }[];
  readonly transitions?: readonly TransitionDefinition[];
  readonly states?: readonly StateDefinition[];
}

/** A transition as the chart defines it. */
export interface TransitionDefinition {
  /** As a person would write it: `answer.received`, `after patience`, `always`, `done authorize`, `error authorize`, `done`. */
  readonly label: string;
  /** As XState names it; empty for `always`. What a step's transition is found by, together with source and guard. */
  readonly event: string;
  /** Ids of states; empty where only actions run. */
  readonly targets: readonly string[];
  readonly guard?: string;
  readonly actions?: readonly string[];
  /** Of a delayed transition: its name, or its milliseconds. */
  readonly delay?: string | number;
  readonly reenter?: true;
}

/** An actor that has begun. */
export interface ActorRecord extends Stamp {
  readonly type: 'actor';
  /** Unique in its process: `a1`, `a2`, … */
  readonly actor: string;
  readonly parent: string | null;
  /** The actor that has no parent. */
  readonly root: string;
  /** By the design: `transfer`, `session`, `lifecycle`, `lane.0`, `connection`, … */
  readonly name: string;
  /** Names from the root down: `transfer/destination/lane.0`. Actors that follow each other can share one. */
  readonly path: string;
  readonly side: Side | null;
  /** `other`: a promise, a callback: one that carries. */
  readonly kind: 'machine' | 'other';
  /** Of a machine: the key of its definition. */
  readonly machine: string | null;
  /** What the parent's chart calls it. */
  readonly src: string | null;
  /** What a chart of ours was begun with. */
  readonly input?: Json;
}

/** An event on its way to an actor. */
export interface EventRecord extends Stamp {
  readonly type: 'event';
  /** Who gets it. */
  readonly actor: string;
  /** Who sent it; null where it came from outside of the charts. */
  readonly from: string | null;
  /** `type`, and the fields that are allowed for it. */
  readonly event: RecordedEvent;
}

/** An event, with the fields of it that may leave the charts. */
export interface RecordedEvent extends JsonObject {
  readonly type: string;
}

/** What an actor did with an event: one macrostep. */
export interface StepRecord extends Stamp {
  readonly type: 'step';
  readonly actor: string;
  /** `seq` of the event record; null where it is not known. */
  readonly cause: number | null;
  /** Type of the event. */
  readonly event: string;
  /** As XState gives it: `'ready'`, `{"transferring": "streaming"}`; null where the actor is no machine. */
  readonly value: Json;
  readonly status: 'active' | 'done' | 'error' | 'stopped';
  /** In the order in which they were taken; empty where the chart took no notice. */
  readonly transitions: readonly TakenTransition[];
  /** Names of the actions that ran, without XState's own. */
  readonly actions: readonly string[];
  /** Delays that began to run, and those that were cancelled. All of an actor end with it, one that fired ends by firing. */
  readonly armed: readonly ArmedDelay[];
  readonly cancelled: readonly string[];
  /** The allowed part of the context, whole; left out where nothing in the context has changed. */
  readonly context?: JsonObject;
  /** Of an actor that is done. */
  readonly output?: Json;
  /** Of an actor that failed. */
  readonly error?: Json;
}

/** A transition of a step. */
export interface TakenTransition {
  /** Id of the state that has the transition. */
  readonly source: string;
  readonly event: string;
  readonly targets: readonly string[];
  readonly guard?: string;
}

/** A delayed transition that has begun to count. */
export interface ArmedDelay {
  /** Unique in its actor: `xstate.after.patience.session.serving.idle`. Armed again, it begins anew. */
  readonly id: string;
  /** Its name in the chart, or its milliseconds. */
  readonly delay: string;
  readonly ms: number;
}

/** A message of the protocol moved on. All that is known of one message has the same `uuid`. */
export interface MessageRecord extends Stamp {
  readonly type: 'message';
  readonly uuid: string;
  /** `init`, `bootstrap`, `entities.stream`, `links.batch`, … */
  readonly kind: string;
  /** Who asks: the server for the batches of a pull, otherwise the client. */
  readonly asker: Side;
  /** The end at which this was seen. Where both ends report, a message is seen at both. */
  readonly at: Side;
  /** The actor that saw it. */
  readonly actor: string;
  readonly phase: MessagePhase;
  /** `sending`, `resending`, `received`: of the message. `answered`: of the answer. Left out where it is not known. */
  readonly bytes?: number;
  /** `received`: it had come before; it changes nothing. */
  readonly again?: true;
  /** `resending`: counts from 1. */
  readonly retry?: number;
  /** `answered`, `failed`: milliseconds since `sending` or `received` at this end. */
  readonly took?: number;
  /** Where the answer was an error, or none came: a code. */
  readonly error?: string;
}

/**
 * At the end that asks: `sending` → `sent` → (`resending` → `sent`)* → `answered` or `failed`.
 * At the end that is asked: `received` → `answered` or `failed`.
 */
export type MessagePhase = 'sending' | 'sent' | 'resending' | 'received' | 'answered' | 'failed';

/** Records that are missing here: the sink was too slow for them, or its buffer too small. */
export interface DroppedRecord extends Stamp {
  readonly type: 'dropped';
  readonly count: number;
  readonly reason: string;
}

/** The recording was closed as it should be. One without it was cut off. */
export interface EndRecord extends Stamp {
  readonly type: 'end';
}

/** What the inspection of a process yields. */
export type InspectionRecord =
  | MachineRecord
  | ActorRecord
  | EventRecord
  | StepRecord
  | MessageRecord
  | DroppedRecord
  | EndRecord;
