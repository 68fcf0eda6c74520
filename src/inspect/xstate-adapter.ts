import type { AnyEventObject, AnyStateMachine, AnyTransitionDefinition, InspectionEvent } from 'xstate';
import { definitionOf, isOurs, nameOf } from './definition.js';
import { chartOf, contextOf, errorOf, eventFields, inputOf, isChart, outputOf } from './recorded-fields.js';
import type {
  ActorRecord,
  ArmedDelay,
  InspectionRecord,
  Json,
  JsonObject,
  MachineRecord,
  RecordedEvent,
  Side,
  StepRecord,
  TakenTransition,
} from './records.js';

/** The fields of an actor that the records need. XState's types promise less than its inspection gives. */
interface InspectedActor {
  readonly id: string;
  readonly sessionId: string;
  readonly src?: unknown;
  readonly logic?: { readonly config?: unknown; readonly root?: unknown; readonly id?: string };
  readonly options?: { readonly input?: unknown };
  readonly _parent?: InspectedActor;
}

interface InspectedSnapshot {
  readonly status: StepRecord['status'];
  readonly value?: Json;
  readonly context?: unknown;
  readonly output?: unknown;
  readonly error?: unknown;
}

interface Watched {
  readonly record: ActorRecord;
  /** Events that were sent to it and not yet taken, oldest first. */
  readonly mailbox: { readonly event: object; readonly seq: number }[];
  context: unknown;
  allowed: JsonObject;
  transitions: TakenTransition[];
  actions: string[];
  armed: ArmedDelay[];
  cancelled: string[];
}

/** A limit, so that a peer that sends to an actor which takes nothing does not fill the memory. */
const longestMailbox = 1000;

export interface XStateAdapterOptions {
  readonly emit: (record: InspectionRecord) => void;
  readonly stamp: () => { readonly seq: number; readonly ms: number };
  readonly data: boolean;
}

/**
 * Turns XState's inspection events into records. **The only file that knows them**: XState 6 has others.
 *
 * The inspection of one macrostep is `@xstate.event`, then for each microstep its `@xstate.action`s and the
 * `@xstate.microstep` itself, then `@xstate.snapshot`. Events of other actors may come in between. The adapter makes an
 * event record and a step record of it.
 */
export function createXStateAdapter(options: XStateAdapterOptions): (event: InspectionEvent) => void {
  const { emit, stamp, data } = options;
  const watched = new WeakMap<object, Watched>();
  const machines = new WeakMap<object, string>();
  const machineNames = new Set<string>();
  let actors = 0;

  function machineOf(logic: InspectedActor['logic']): string | null {
    const { config, root } = logic ?? {};
    if (typeof config !== 'object' || config === null || root === undefined) return null;
    const known = machines.get(config);
    if (known !== undefined) return known;
    const id = logic?.id ?? '(machine)';
    let machine = id;
    for (let other = 2; machineNames.has(machine); other += 1) machine = `${id}~${other}`;
    machines.set(config, machine);
    machineNames.add(machine);
    const record: MachineRecord = {
      type: 'machine',
      ...stamp(),
      machine,
      definition: definitionOf(logic as AnyStateMachine),
    };
    emit(record);
    return machine;
  }

  function watch(actor: InspectedActor): Watched {
    const parent = actor._parent === undefined ? null : (watched.get(actor._parent) ?? watch(actor._parent));
    const machine = machineOf(actor.logic);
    // For a root, `src` is its logic.
    const src = typeof actor.src === 'string' ? actor.src : null;
    const name = nameOfActor(actor, machine, src);
    const id = `a${++actors}`;
    const input = machine === null ? undefined : inputOf(chartOf(machine))(actor.options?.input, data);
    const record: ActorRecord = {
      type: 'actor',
      ...stamp(),
      actor: id,
      parent: parent?.record.actor ?? null,
      root: parent?.record.root ?? id,
      name,
      path: parent === null ? name : `${parent.record.path}/${name}`,
      side: sideOf(machine, parent?.record ?? null),
      kind: machine === null ? 'other' : 'machine',
      machine,
      src,
      ...(input === undefined ? {} : { input }),
    };
    const entry: Watched = {
      record,
      mailbox: [],
      context: undefined,
      allowed: {},
      transitions: [],
      actions: [],
      armed: [],
      cancelled: [],
    };
    watched.set(actor, entry);
    emit(record);
    return entry;
  }

  const watchedOf = (actor: InspectedActor) => watched.get(actor) ?? watch(actor);

  function sent(to: Watched, source: InspectedActor | undefined, event: AnyEventObject): void {
    // A promise's events to itself and its start add nothing to its own records.
    const isNoise = event.type.startsWith('xstate.promise.') || event.type === 'xstate.init';
    if (isNoise && to.record.kind === 'other') return;
    const from = source === undefined ? null : watchedOf(source).record;
    const recorded = recordedEvent(event, from, data);
    const { seq, ms } = stamp();
    if (to.mailbox.length === longestMailbox) to.mailbox.shift();
    to.mailbox.push({ event, seq });
    emit({ type: 'event', seq, ms, actor: to.record.actor, from: from?.actor ?? null, event: recorded });
  }

  function acted(by: Watched, { type, params }: { type: string; params: unknown }): void {
    if (isOurs(type)) {
      by.actions.push(type);
      return;
    }
    const { id, delay, sendId } = Object(params) as { id?: unknown; delay?: unknown; sendId?: unknown };
    if (type === 'xstate.raise' && typeof delay === 'number' && typeof id === 'string') {
      by.armed.push({ id, delay: delayName(id, delay), ms: delay });
    } else if (type === 'xstate.cancel' && typeof sendId === 'string') by.cancelled.push(sendId);
  }

  function stepped(by: Watched, event: AnyEventObject, snapshot: InspectedSnapshot): void {
    const { record } = by;
    const cause = taken(by, event);
    const isMachine = record.machine !== null;
    if (!isMachine && snapshot.status === 'active') return;
    const hasNewContext = isMachine && snapshot.context !== by.context;
    if (hasNewContext) {
      by.allowed = contextOf(chartOf(record.machine ?? ''))(snapshot.context, by.context, by.allowed, data);
      by.context = snapshot.context;
    }
    const { seq, ms } = stamp();
    const step: StepRecord = {
      type: 'step',
      seq,
      ms,
      actor: record.actor,
      cause,
      event: event.type,
      value: isMachine ? (snapshot.value ?? null) : null,
      status: snapshot.status,
      transitions: by.transitions,
      actions: by.actions,
      armed: by.armed,
      cancelled: by.cancelled,
      ...(hasNewContext ? { context: by.allowed } : null),
      ...(snapshot.status === 'active' ? null : outcomeOf(record, snapshot, data)),
    };
    by.transitions = [];
    by.actions = [];
    by.armed = [];
    by.cancelled = [];
    emit(step);
  }

  return (inspected) => {
    const actor = inspected.actorRef as unknown as InspectedActor;
    switch (inspected.type) {
      case '@xstate.actor':
        watchedOf(actor);
        break;
      case '@xstate.event':
        sent(watchedOf(actor), inspected.sourceRef as unknown as InspectedActor | undefined, inspected.event);
        break;
      case '@xstate.action':
        acted(watchedOf(actor), inspected.action);
        break;
      case '@xstate.microstep':
        for (const one of inspected._transitions) watchedOf(actor).transitions.push(takenTransition(one));
        break;
      case '@xstate.snapshot':
        stepped(watchedOf(actor), inspected.event, inspected.snapshot as unknown as InspectedSnapshot);
        break;
    }
  };
}

/** `seq` of the event that an actor has taken from its mailbox; earlier events in it were lost. */
function taken({ mailbox }: Watched, event: object): number | null {
  const place = mailbox.findIndex((one) => one.event === event);
  return place === -1 ? null : (mailbox.splice(0, place + 1)[place]?.seq ?? null);
}

function nameOfActor(actor: InspectedActor, machine: string | null, src: string | null): string {
  // XState numbers actors without a name of their own: `x:0`, `0.transfer.opening`.
  const isNumbered = actor.id === actor.sessionId || /^\d+\./.test(actor.id);
  return isNumbered ? (src ?? (machine === null ? actor.id : chartOf(machine))) : actor.id;
}

function sideOf(machine: string | null, parent: ActorRecord | null): Side | null {
  const chart = machine === null ? null : chartOf(machine);
  if (chart === 'session') return 'server';
  if (chart === 'transfer' || chart === 'remote') return 'client';
  if (parent !== null) return parent.side;
  // A client may run a dispatcher without a transfer around it.
  return chart !== null && isChart(chart) ? 'client' : null;
}

function recordedEvent(event: AnyEventObject, from: ActorRecord | null, data: boolean): RecordedEvent {
  const { type } = event;
  if (type.startsWith('xstate.done.actor.')) {
    const output = outputOf(outputName(from))(event['output'], data);
    return output === undefined ? { type } : { type, output };
  }
  if (type.startsWith('xstate.error.actor.')) return { type, error: errorOf(event['error'], data) ?? {} };
  return eventFields(type)(event, data) as RecordedEvent;
}

/** The name that selects the allowed output: a chart's own, otherwise the one in the parent's chart. */
const outputName = (actor: ActorRecord | null) =>
  actor === null ? null : actor.machine === null ? actor.src : chartOf(actor.machine);

function outcomeOf(record: ActorRecord, snapshot: InspectedSnapshot, data: boolean) {
  if (snapshot.status === 'error') return { error: errorOf(snapshot.error, data) ?? {} };
  if (snapshot.status !== 'done') return {};
  const output = outputOf(outputName(record))(snapshot.output, data);
  return output === undefined ? {} : { output };
}

const transitions = new WeakMap<AnyTransitionDefinition, TakenTransition>();

/** A chart's transition is taken thousands of times: its record is made once. */
function takenTransition(definition: AnyTransitionDefinition): TakenTransition {
  let taken = transitions.get(definition);
  if (taken === undefined) {
    const { source, eventType, target, guard } = definition;
    const targets = target?.map(({ id }) => id) ?? [];
    taken = { source: source.id, event: eventType, targets };
    if (guard !== undefined) taken = { ...taken, guard: nameOf(guard) };
    transitions.set(definition, taken);
  }
  return taken;
}

/** The chart's name of a delay: XState's id is `xstate.after.<name>.<state>`. */
function delayName(id: string, ms: number): string {
  return /^xstate\.after\.([^.]+)\./.exec(id)?.[1] ?? String(ms);
}
