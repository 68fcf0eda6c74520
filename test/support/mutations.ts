import { type AnyStateMachine, createMachine } from 'xstate';

/** A chart with one transition changed, and the change in words. */
export interface Mutation {
  readonly name: string;
  /** Built when it is asked for: most callers choose a few by name. */
  readonly machine: AnyStateMachine;
}

type Json = Record<string, unknown>;
/** Where a transition stands in the config: `states.open.on.abort`, `…invoke.0.onDone.1` */
type Place = readonly string[];

/** Every chart that differs from this one in the target, the guard or the existence of a single transition. */
export function* mutationsOf(machine: AnyStateMachine): Generator<Mutation> {
  const config = machine.config as unknown as Json;
  const leaves = leafPaths(config, []);
  const mutation = (name: string, place: Place, value: unknown): Mutation => ({
    name,
    get machine() {
      return createMachine(
        withChange(config, place, value) as never,
        machine.implementations as never,
      ) as AnyStateMachine;
    },
  });
  for (const [place, transition] of transitionsOf(config, [])) {
    const where = place.filter((key) => key !== 'states').join('.');
    const current = leafOf(machine, place, transition);
    for (const leaf of leaves) {
      if (leaf === current || loops(machine, place, leaf)) continue;
      const target = `#${machine.id}.${leaf}`;
      const changed = typeof transition === 'object' ? { ...transition, target } : target;
      yield mutation(`${where} → ${leaf}`, place, changed);
    }
    yield mutation(`${where} is taken away`, place, removed);
    if (typeof transition === 'object' && transition !== null && 'guard' in transition) {
      const { guard: _, ...unguarded } = transition as Json;
      yield mutation(`${where} loses its guard`, place, unguarded);
    }
  }
}

const removed = Symbol('removed');

/** Aimed backwards, a transition without an event could come round to itself for ever. */
function loops(machine: AnyStateMachine, place: Place, leaf: string): boolean {
  const isDoneState = place.includes('onDone') && !place.includes('invoke');
  if (isDoneState) return leaf.startsWith(`${sourceOf(place).join('.')}.`);
  if (!place.includes('always')) return false;
  const target = machine.getStateNodeById(`${machine.id}.${leaf}`);
  const source = machine.getStateNodeById([machine.id, ...sourceOf(place)].join('.'));
  // A final state leads on without an event, too.
  const leadsOn =
    (target.always?.length ?? 0) > 0 || (target.type === 'final' && target.parent !== machine.root);
  return leadsOn && target.order <= source.order;
}

const sourceOf = (place: Place) =>
  place.flatMap((key, index) => (place[index - 1] === 'states' ? [key] : []));

/** Where a transition leads: the path of its target, down to the leaf that is entered by default. */
function leafOf(machine: AnyStateMachine, place: Place, transition: unknown): string | undefined {
  const target = typeof transition === 'object' ? (transition as Json | null)?.['target'] : transition;
  const source = sourceOf(place);
  // Without a target nothing is left; a target that is the state itself leaves nothing either.
  if (typeof target !== 'string') return source.join('.');
  const path = target.startsWith('#')
    ? target.split('.').slice(1)
    : target.startsWith('.')
      ? [...source, ...target.slice(1).split('.')]
      : [...source.slice(0, -1), ...target.split('.')];
  let node = machine.root;
  for (const key of path) node = node.states[key] ?? node;
  while (node.initial?.target[0] !== undefined) node = node.initial.target[0];
  return node.path.join('.');
}

function leafPaths(config: Json, path: Place): readonly string[] {
  const states = Object.entries((config['states'] ?? {}) as Record<string, Json>);
  if (states.length === 0) return [path.join('.')];
  return states.flatMap(([key, state]) => leafPaths(state, [...path, key]));
}

function* transitionsOf(config: Json, place: Place): Generator<[Place, unknown]> {
  for (const group of ['on', 'after']) {
    for (const [event, value] of Object.entries((config[group] ?? {}) as Json)) {
      yield* each(value, [...place, group, event]);
    }
  }
  for (const key of ['always', 'onDone']) if (key in config) yield* each(config[key], [...place, key]);
  for (const [index, invoke] of toArray(config['invoke']).entries()) {
    const at = Array.isArray(config['invoke']) ? ['invoke', String(index)] : ['invoke'];
    for (const key of ['onDone', 'onError']) {
      if (key in (invoke as Json)) yield* each((invoke as Json)[key], [...place, ...at, key]);
    }
  }
  for (const [key, state] of Object.entries((config['states'] ?? {}) as Record<string, Json>)) {
    yield* transitionsOf(state, [...place, 'states', key]);
  }
}

function* each(value: unknown, place: Place): Generator<[Place, unknown]> {
  if (!Array.isArray(value)) yield [place, value];
  else for (const [index, one] of value.entries()) yield [[...place, String(index)], one];
}

const toArray = (value: unknown): readonly unknown[] =>
  value === undefined ? [] : Array.isArray(value) ? value : [value];

/** A copy in which one place holds something else; functions are shared. */
function withChange(config: unknown, [key, ...rest]: Place, value: unknown): unknown {
  if (key === undefined) return value;
  const inner = withChange((config as Json)[key], rest, value);
  if (Array.isArray(config)) {
    return inner === removed ? config.toSpliced(Number(key), 1) : config.with(Number(key), inner);
  }
  if (inner !== removed) return { ...(config as Json), [key]: inner };
  const { [key]: _, ...others } = config as Json;
  return others;
}
