import {
  type AnyMachineSnapshot,
  type AnyStateMachine,
  type AnyTransitionDefinition,
  type EventObject,
  fromTransition,
  getMicrosteps,
  initialTransition,
  transition,
} from 'xstate';
import { getShortestPaths } from 'xstate/graph';
import { statePath } from '../../machines/state-path.js';
import { eventOf, nameOf, transitionsIn } from './mermaid.js';

type Context = Readonly<Record<string, unknown>>;

/** What paths through a chart are made of. */
export interface Explored {
  readonly machine: AnyStateMachine;
  /** Each begins paths of its own, under its name. */
  readonly inputs: Readonly<Record<string, unknown>>;
  /**
   * What an event of the chart may hold, by its type, or what it may hold where the chart stands; an event that is not
   * named holds nothing. Where the type is a pattern, `type` is what it stands for.
   */
  readonly events: Readonly<Record<string, readonly object[] | ((context: Context) => readonly object[])>>;
  /** Of the context, what makes a difference to what may come next. */
  readonly tells: (context: Context) => unknown;
  /** Transitions that no path can visit, as the page words them, with the reason. */
  readonly unreachable?: Readonly<Record<string, string>>;
}

/** A transition, in words, with the shortest path that visits it: null where none does. */
export interface Visited {
  readonly words: string;
  readonly path: readonly string[] | null;
}

/** Every transition and every state of a chart, with the shortest generated path to it. */
export function explore({ machine, inputs, events, tells }: Explored): {
  readonly transitions: readonly (Visited & { readonly definition: AnyTransitionDefinition })[];
  readonly states: readonly Visited[];
} {
  const byTransition = new Map<AnyTransitionDefinition, readonly string[]>();
  const byState = new Map<string, readonly string[]>();
  const visit = <K>(map: Map<K, readonly string[]>, key: K, path: readonly string[]) => {
    const known = map.get(key);
    if (known === undefined || path.length < known.length) map.set(key, path);
  };
  for (const [name, input] of Object.entries(inputs)) {
    const walk = fromTransition(
      (snapshot: AnyMachineSnapshot, event: EventObject) => transition(machine, snapshot, event)[0],
      initialTransition(machine, input)[0] as AnyMachineSnapshot,
    );
    const paths = getShortestPaths(walk, {
      events: ({ context: snapshot }) => candidatesIn(snapshot, events),
      serializeState: ({ context: { value, context } }) => JSON.stringify([value, tells(context)]),
      limit: 20_000,
    });
    for (const { state, steps } of paths) {
      const snapshot = state.context;
      const way = [`${name}:`, ...steps.slice(1).map(({ event }) => inWords(machine, event))];
      for (const node of snapshot._nodes) visit(byState, node.path.join('.'), way);
      for (const event of candidatesIn(snapshot, events)) {
        const path = [...way, inWords(machine, event)];
        for (const taken of takenBy(machine, snapshot, event)) visit(byTransition, taken, path);
        for (const [each] of getMicrosteps(machine, snapshot, event)) {
          for (const node of (each as AnyMachineSnapshot)._nodes) visit(byState, node.path.join('.'), path);
        }
      }
    }
  }
  const states = [...new Set([...transitionsIn(machine.root)].map(({ source }) => source))].map((node) =>
    node.path.join('.'),
  );
  const all = new Set([...states, ...leavesOf(machine.root)]);
  return {
    transitions: [...transitionsIn(machine.root)].map((each) => ({
      definition: each,
      words: wordsOf(each),
      path: byTransition.get(each) ?? null,
    })),
    states: [...all]
      .filter((path) => path !== '')
      .map((path) => ({ words: path, path: byState.get(path) ?? null })),
  };
}

const leavesOf = (node: AnyStateMachine['root']): readonly string[] => [
  node.path.join('.'),
  ...Object.values(node.states).flatMap((child) => leavesOf(child as AnyStateMachine['root'])),
];

/** Each event that an active state names, with each of what it may hold. */
export function candidatesIn(
  snapshot: AnyMachineSnapshot,
  events: Explored['events'],
): readonly EventObject[] {
  if (snapshot.status !== 'active') return [];
  const types = snapshot._nodes.flatMap((node) => [...node.transitions.keys()]);
  return [...new Set(types)]
    .filter((type) => type !== '' && !type.startsWith('xstate.done.state.'))
    .flatMap((type) => contentsOf(type, events, snapshot.context).map((content) => ({ type, ...content })));
}

/** By the whole name, or by the part before the id that XState gives. */
function contentsOf(type: string, events: Explored['events'], context: Context): readonly object[] {
  const name = Object.keys(events).find((each) => type === each || type.startsWith(`${each}.`));
  const contents = name === undefined ? undefined : events[name];
  return typeof contents === 'function' ? contents(context) : (contents ?? [{}]);
}

/** The transitions that an event takes, and those that follow from it without an event of their own. */
function takenBy(
  machine: AnyStateMachine,
  snapshot: AnyMachineSnapshot,
  event: EventObject,
): readonly AnyTransitionDefinition[] {
  const taken = [...(machine.getTransitionData(snapshot, event) ?? [])] as AnyTransitionDefinition[];
  const steps = getMicrosteps(machine, snapshot, event).map(([each]) => each as AnyMachineSnapshot);
  for (const [index, before] of steps.slice(0, -1).entries()) {
    const after = statePath(steps[index + 1]?.value);
    const silent = before._nodes.flatMap((node) => [
      ...(node.always ?? []),
      ...[...node.transitions.values()]
        .flat()
        .filter(({ eventType }) => eventType.startsWith('xstate.done.state.')),
    ]);
    const next = silent.find(({ target }) =>
      target?.some(({ path }) => `${after}.`.startsWith(`${path.join('.')}.`)),
    );
    if (next !== undefined) taken.push(next as AnyTransitionDefinition);
  }
  return taken;
}

/** `preparing.resting: request.close [isPush] → closing` */
export function wordsOf(each: AnyTransitionDefinition): string {
  const source = each.source.path.join('.') || 'any state';
  const guard = each.guard === undefined ? '' : ` [${nameOf(each.guard)}]`;
  const target = each.target?.map(({ path }) => path.join('.')).join(', ');
  return `${source}: ${eventOf(each)}${guard}${target === undefined ? '' : ` → ${target}`}`;
}

/** An event as a path names it; what it holds follows where that decides. */
function inWords(machine: AnyStateMachine, event: EventObject): string {
  const { type, ...content } = event as EventObject & Record<string, unknown>;
  const definition = [...transitionsIn(machine.root)].find(({ eventType }) => eventType === type);
  const name =
    definition === undefined
      ? type.replace(/^xstate\.(done|error)\.actor\.(.+)$/, '$2 $1')
      : eventOf(definition);
  const { uuid: _, actorId: __, ...rest } = content;
  return Object.keys(rest).length === 0 ? name : `${name} ${JSON.stringify(rest).replaceAll('"', '')}`;
}
