import { type AnyActorRef, createActor, type EventObject, type InspectionEvent } from 'xstate';
import { statePath } from '../../../machines/remote.machine.js';
import type { ErrorCode, ErrorDetails } from '../../protocol/errors.js';
import { type TransferError, transferErrorOf } from '../../protocol/errors.js';
import { isOurs } from '../definition.js';
import type { ChartName } from '../recorded-fields.js';
import type {
  ActorRecord,
  EventRecord,
  InspectionRecord,
  Json,
  RecordedEvent,
  StepRecord,
} from '../records.js';
import { createFold } from '../state.js';
import { createXStateAdapter } from '../xstate-adapter.js';
import { longestStep, type Nested, nestedIn, type RootRecord } from './nesting.js';
import { type CarrierEvent, type ReplayedCharts, withStubs } from './stubs.js';

/** A place at which a chart did not do what was recorded. */
export interface Difference {
  /** `transfer/destination/lane.0` */
  readonly path: string;
  /** `seq` of the step or the event in the recording; null if the recording does not have it. */
  readonly seq: number | null;
  readonly ms: number;
  /** `value`, `transitions`, `context`, …; `step` if a whole step is missing or added. */
  readonly field: string;
  readonly recorded: unknown;
  readonly replayed: unknown;
}

export interface ReplayedRoot {
  readonly path: string;
  steps(): number;
  state(): string;
  take(record: RootRecord): void;
  finish(isCutOff: boolean): readonly Difference[];
}

/** The path of an actor, and its number on that path. A recorded actor and its replayed one share it. */
type Key = string;

interface Compared {
  readonly seq: number;
  readonly ms: number;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** Timers fire up to a millisecond early, and times are rounded. */
const early = 2;
/** One difference causes a hundred more. */
const mostDifferences = 20;

export function createReplayedRoot(
  root: ActorRecord,
  chart: ChartName,
  charts: ReplayedCharts,
  inner: (above: ChartName, src: string) => ChartName | undefined,
): ReplayedRoot {
  const differences: Difference[] = [];
  const recorded = new Map<Key, Compared[]>();
  const replayed = new Map<Key, Compared[]>();
  const refs = new Map<Key, AnyActorRef>();
  const fold = createFold();
  const names = createNames(root.path);
  const ownNames = createNames(chart);
  const ahead: RootRecord[] = [];
  let nested: readonly Nested[] = [];
  const delivered = new Set<EventRecord>();
  let now = root.ms;
  let seq = 0;
  let steps = 0;

  // The same adapter watches the replayed charts as watched the recorded ones.
  let inspected: AnyActorRef | null = null;
  const adapter = createXStateAdapter({
    data: false,
    stamp: () => {
      seq += 1;
      return { seq, ms: now };
    },
    emit(record) {
      fold.add(record);
      if (record.type === 'actor' && inspected !== null) {
        const ref = inspected;
        refs.set(ownNames.add(record), ref);
        if (record.machine !== null) {
          ref.on('*', () => comeBetween(ref));
          ref.subscribe({ next: () => comeBetween(ref), error: () => {} });
        }
      } else if (record.type === 'event' || record.type === 'step') {
        const key = keyOfCompared(record, ownNames);
        if (key !== null) push(replayed, key, record);
      }
    },
  });
  const actor = createActor(
    withStubs(charts, chart, (above, src) => inner(above, src) ?? null),
    {
      input: root.input,
      clock: { setTimeout: () => null, clearTimeout: () => {} },
      inspect(event: InspectionEvent) {
        inspected = event.actorRef as unknown as AnyActorRef;
        adapter(event);
        if (event.type === '@xstate.action' && isOurs(event.action.type)) comeBetween(inspected);
      },
    },
  );
  // Without a listener a failing actor would raise an uncaught error; here it is a difference.
  actor.subscribe({ error: () => {} });
  names.add(root);

  function differ(key: Key, at: Compared | undefined, field: string, was: unknown, is: unknown): void {
    if (differences.length >= mostDifferences) return;
    const path = key === '#1' ? root.path : `${root.path}/${key.replace(/#1$/, '')}`;
    differences.push({ path, seq: at?.seq ?? null, ms: at?.ms ?? now, field, recorded: was, replayed: is });
  }

  function compare(key: Key): void {
    const [theirs, ours] = [recorded.get(key) ?? [], replayed.get(key) ?? []];
    while (theirs.length > 0 && ours.length > 0) {
      const [was, is] = [theirs.shift(), ours.shift()];
      steps += 1;
      for (const field of Object.keys({ ...was?.fields, ...is?.fields })) {
        const [before, after] = [was?.fields[field], is?.fields[field]];
        if (JSON.stringify(before) !== JSON.stringify(after)) differ(key, was, field, before, after);
      }
    }
    // Compared actors are forgotten: a recording can have thousands.
    if (theirs.length === 0) recorded.delete(key);
    if (ours.length === 0) replayed.delete(key);
  }

  /** Whether an event comes from outside of the charts. The replayed charts send each other's events themselves. */
  function isOutside({ from, actor: to, event }: EventRecord): boolean {
    if (event.type === 'xstate.init') return to === root.actor;
    return from === null || !names.isMachine(from) || from === to;
  }

  function deliver(record: EventRecord): void {
    const { actor: to, from, event } = record;
    if (event.type === 'xstate.init') actor.start();
    else if (from === to) fire(names.of(to), record);
    else if (from !== null && names.has(from) && /^xstate\.(done|error)\.actor\./.test(event.type)) {
      answer(names.of(from), record);
    } else send(names.of(to), record, filled(event));
    delivered.add(record);
  }

  /** Delivers nested events: the chart has just called an outside actor or run an action, and was answered at once. */
  function comeBetween(ref: AnyActorRef): void {
    for (const { record, within } of nested) {
      if (!delivered.has(record) && refs.get(names.of(within)) === ref) deliver(record);
    }
  }

  function replayNext(): void {
    const [record] = ahead;
    if (record === undefined) return;
    now = record.ms;
    if (record.type === 'event' && isOutside(record) && !delivered.has(record)) {
      nested = nestedIn(ahead, isOutside);
      deliver(record);
    } else if (record.type === 'step' && record.actor === root.actor && record.event === 'xstate.stop') {
      actor.stop();
    }
    if (record.type === 'event') delivered.delete(record);
    ahead.shift();
    for (const each of replayed.keys()) compare(each);
  }

  function send(key: Key, record: EventRecord, event: EventObject): void {
    const ref = refs.get(key);
    // An event that came too late for an actor is late in the replay too.
    if (ref?.getSnapshot().status === 'active') ref.send(event);
    else if (ref === undefined) differ(key, { ...record, fields: {} }, 'actor', 'there', 'not there');
  }

  function answer(carrier: Key, record: EventRecord): void {
    const { type, output, error } = record.event as RecordedEvent & { output?: Json; error?: Json };
    const isDone = type.startsWith('xstate.done');
    const told: CarrierEvent = isDone
      ? { type: 'replay.done', output }
      : { type: 'replay.failed', error: errorIn(error) };
    send(carrier, record, told);
  }

  /** The only events to itself that pass an actor's mailbox are delays. */
  function fire(key: Key, record: EventRecord): void {
    const id = record.event.type;
    const ref = refs.get(key);
    const running = fold
      .state()
      .actors.find((one) => ownNames.of(one.actor.actor) === key)
      ?.delays.find((delay) => delay.id === id);
    if (running === undefined || running.since + running.ms > record.ms + early) {
      differ(key, { ...record, fields: {} }, 'delay', id, running ?? 'does not run');
      return;
    }
    ref?.send({ type: id });
  }

  return {
    path: root.path,
    steps: () => steps,
    state: () => statePath((actor.getSnapshot() as { value?: unknown }).value),
    take(record) {
      if (record.type === 'actor') names.add(record);
      else {
        const key = keyOfCompared(record, names);
        if (key !== null) push(recorded, key, record);
        ahead.push(record);
      }
      if (ahead.length > longestStep) replayNext();
    },
    finish(isCutOff) {
      while (ahead.length > 0) replayNext();
      for (const key of new Set([...recorded.keys(), ...replayed.keys()])) {
        const [was] = recorded.get(key) ?? [];
        const [is] = replayed.get(key) ?? [];
        if (was !== undefined) differ(key, was, 'step', was.fields, undefined);
        else if (is !== undefined && !isCutOff) differ(key, undefined, 'step', undefined, is.fields);
      }
      actor.stop();
      return differences;
    },
  };
}

function createNames(root: string) {
  const keys = new Map<string, Key>();
  const machines = new Set<string>();
  const counts = new Map<string, number>();
  return {
    add({ actor, path, machine }: ActorRecord): Key {
      const name = path.slice(root.length + 1);
      const count = (counts.get(name) ?? 0) + 1;
      counts.set(name, count);
      const key = `${name}#${count}`;
      keys.set(actor, key);
      if (machine !== null) machines.add(actor);
      return key;
    },
    has: (actor: string) => keys.has(actor),
    isMachine: (actor: string) => machines.has(actor),
    of: (actor: string) => keys.get(actor) ?? actor,
  };
}

type Names = ReturnType<typeof createNames>;

/** The key of a step of a chart or of an event from a chart to an actor that carries data; null for other records. */
function keyOfCompared(record: InspectionRecord, names: Names): Key | null {
  if (record.type === 'step') return names.isMachine(record.actor) ? names.of(record.actor) : null;
  if (record.type !== 'event' || names.isMachine(record.actor)) return null;
  return record.from !== null && names.isMachine(record.from) ? `to ${names.of(record.actor)}` : null;
}

function push(to: Map<Key, Compared[]>, key: Key, record: EventRecord | StepRecord): void {
  const list = to.get(key) ?? [];
  to.set(key, list);
  const { type: _type, seq, ms, actor: _actor, ...rest } = record;
  const { cause: _cause, from: _from, ...fields } = rest as Record<string, unknown>;
  list.push({ seq, ms, fields });
}

/** Fills in the field that was not recorded because it holds a peer's words. */
const filled = (event: RecordedEvent) => (event.type === 'socket.closed' ? { reason: '', ...event } : event);

function errorIn(error: Json | undefined): TransferError {
  const { code, details } = Object(error) as { code?: ErrorCode; details?: ErrorDetails };
  return transferErrorOf(code ?? 'UNEXPECTED', details);
}
