import {
  type AnyStateMachine,
  type AnyStateNode,
  type EventObject,
  initialTransition,
  transition,
} from 'xstate';
import { statePath } from '../../machines/remote.machine.js';

/**
 * One line of a chart's table: in this state, with this event, it goes there. Runs on the pure transition function:
 * nothing is invoked, sent or waited for.
 */
export interface Row {
  /** `preparing.resting`; nothing where the chart only begins, with the input that `on` carries. */
  readonly in: string;
  /** Of the context, what matters here. */
  readonly given?: Readonly<Record<string, unknown>>;
  /** `after.<delay>`, `onDone`, `onError` stand for XState's names of those events. */
  readonly on: string | EventObject;
  /** The state after it; the same as `in` where the chart takes no notice. */
  readonly to: string;
  /** Of the context after it. */
  readonly and?: Readonly<Record<string, unknown>>;
  /** Types of the actions that it executes, where that is the only thing that can be seen of it. */
  readonly does?: readonly string[];
  /** The events that it emits and sends, and its own actions that have params, in their order. */
  readonly tells?: readonly object[];
  /** Milliseconds of the timers that begin with it. */
  readonly waits?: readonly number[];
  /** The actors that it invokes and spawns, with their input; `actor` stands for one that is handed on. */
  readonly starts?: readonly { readonly src: string; readonly id?: string; readonly input?: unknown }[];
  /** The chart's output, where it is at its end. */
  readonly ends?: unknown;
}

/** The beginning of a chart that is given this input. */
export const given = (input: object): Pick<Row, 'in' | 'on'> => ({
  in: '',
  on: { type: 'begins', input } as EventObject,
});

/** What a row says, for a test's name. */
export function nameOf(row: Row): string {
  const event = typeof row.on === 'string' ? row.on : describeEvent(row.on);
  const given = row.given === undefined ? '' : ` (${describe(row.given)})`;
  return `${row.in}${given} — ${event} → ${row.to === row.in ? 'stays' : row.to}`.trim();
}

const describe = (value: unknown) => JSON.stringify(value)?.replaceAll('"', '') ?? '';
const describeEvent = ({ type, ...rest }: EventObject) =>
  Object.keys(rest).length === 0 ? type : `${type} ${describe(rest)}`;

/** What the chart does with a row's event. Throws where the chart has no such state or event name. */
export function outcomeOf(machine: AnyStateMachine, row: Row, initial: Readonly<Record<string, unknown>>) {
  const [next, actions] = row.in === '' ? beginning(machine, row) : step(machine, row, initial);
  return {
    to: statePath(next.value),
    and: Object.fromEntries(Object.keys(row.and ?? {}).map((key) => [key, next.context[key]])),
    does: actions.map((action) => action.type),
    tells: actions.flatMap(({ type, params }) => toldBy(type, params)),
    waits: actions.flatMap(({ type, params }) => (type === 'xstate.raise' ? [delayOf(params)] : [])),
    starts: actions.flatMap(({ type, params }) => (type === 'xstate.spawnChild' ? [startedBy(params)] : [])),
    ends: next.output as unknown,
  };
}

function step(machine: AnyStateMachine, row: Row, initial: Readonly<Record<string, unknown>>) {
  const context = { ...initial, ...row.given };
  const snapshot = machine.resolveState({ value: stateValueOf(row.in), context });
  Object.assign(snapshot, { children: fakeChildren(nodesOf(machine, row.in)) });
  return transition(machine, snapshot, resolveEvent(machine, row));
}

function beginning(machine: AnyStateMachine, { on }: Row) {
  return initialTransition(machine, (on as EventObject & { input: unknown }).input);
}

/** An id that XState has made up says nothing. */
function startedBy(params: unknown) {
  const { src, id, input, actorRef } = params as {
    src: string;
    id: string;
    input?: unknown;
    actorRef?: object;
  };
  return {
    src: actorRef === undefined ? `${src}, which nobody has provided` : src,
    ...(/^\d/.test(id) ? {} : { id }),
    ...(input === undefined ? {} : { input: withoutActors(input) }),
  };
}

/** An actor is more than a row could spell out, and JSON. */
function withoutActors(input: unknown): unknown {
  const isActor = (value: unknown) => typeof Object(value).getSnapshot === 'function';
  return Object.fromEntries(
    Object.entries(Object(input)).map(([key, value]) => [key, isActor(value) ? 'actor' : value]),
  );
}

function toldBy(type: string, params: unknown): readonly object[] {
  const { event } = Object(params) as { event?: object };
  if (type === 'xstate.emit' || type === 'xstate.sendTo') return event === undefined ? [] : [event];
  return type.startsWith('xstate.') || params === undefined ? [] : [{ type, ...(params as object) }];
}

const delayOf = (params: unknown): number => (params as { delay: number }).delay;

/** What a row expects, in the form of {@link outcomeOf}. */
export function expected(row: Row, outcome: ReturnType<typeof outcomeOf>) {
  const { does, tells, waits, starts, ends } = outcome;
  return {
    to: row.to,
    and: row.and ?? {},
    does: row.does ?? does,
    tells: row.tells ?? tells,
    waits: row.waits ?? waits,
    starts: row.starts ?? starts,
    ends: 'ends' in row ? row.ends : ends,
  };
}

/** Whether the chart does what the row says. */
export function holds(
  machine: AnyStateMachine,
  row: Row,
  initial: Readonly<Record<string, unknown>>,
): boolean {
  try {
    const outcome = outcomeOf(machine, row, initial);
    return JSON.stringify(outcome) === JSON.stringify(expected(row, outcome));
  } catch {
    return false;
  }
}

/** `preparing.resting` as XState has it: `{preparing: 'resting'}`. */
export function stateValueOf(path: string): string | Record<string, never> {
  const [first, ...rest] = path.split('.');
  if (first === undefined) throw new Error('a state has a name');
  return rest.length === 0 ? first : ({ [first]: stateValueOf(rest.join('.')) } as Record<string, never>);
}

/** The states of a path, innermost first, with the root. */
function nodesOf(machine: AnyStateMachine, path: string): readonly AnyStateNode[] {
  const nodes: AnyStateNode[] = [machine.root];
  for (const key of path.split('.')) {
    const next = nodes[0]?.states[key];
    if (next === undefined) throw new Error(`${machine.id} has no state ${path}`);
    nodes.unshift(next);
  }
  return nodes;
}

/** The event with XState's own name: of the invocation or timer of this state, or of the innermost around it. */
function resolveEvent(machine: AnyStateMachine, row: Row): EventObject {
  const event = typeof row.on === 'string' ? { type: row.on } : row.on;
  const prefix = /^after\.(\w+)$/.exec(event.type);
  if (event.type !== 'onDone' && event.type !== 'onError' && prefix === null) return event;
  for (const node of nodesOf(machine, row.in)) {
    const wanted =
      prefix === null
        ? `xstate.${event.type === 'onDone' ? 'done' : 'error'}.actor.${node.invoke[0]?.id}`
        : `xstate.after.${prefix[1]}.${node.id}`;
    const isOurs =
      prefix === null ? node.invoke.length > 0 : node.after.some(({ delay }) => delay === prefix[1]);
    if (isOurs) return { ...event, type: wanted };
  }
  throw new Error(`${row.in} has no ${event.type}`);
}

/** The actors that these states have invoked; whatever they are sent is nothing. To others nothing can be sent. */
function fakeChildren(nodes: readonly AnyStateNode[]): object {
  const child = { send() {}, sessionId: 'x:0', getSnapshot: () => ({ status: 'active' }) };
  return Object.fromEntries(nodes.flatMap(({ invoke }) => invoke.map(({ id }) => [id, child] as const)));
}
