import type { JsonObject, StateDefinition, TransitionDefinition } from '../records.js';

type Config = Record<string, unknown>;

/** A definition as the config of XState's `createMachine`, which other inspectors draw. Implementations are names. */
export function machineConfigOf(definition: StateDefinition, version: 4 | 5): JsonObject {
  // Without it XState 4 warns when a viewer makes a machine of this config.
  const settings = version === 4 ? { predictableActionArguments: true } : {};
  return { id: definition.id, ...settings, ...stateConfig(definition, version) } as JsonObject;
}

function stateConfig(state: StateDefinition, version: 4 | 5): Config {
  const transitions = state.transitions ?? [];
  const after: Record<string, unknown[]> = {};
  const on: Record<string, unknown[]> = {};
  const always: unknown[] = [];
  const onDone: unknown[] = [];
  const invoke = (state.invokes ?? []).map(({ id, src }) => ({
    id,
    src,
    onDone: [] as unknown[],
    onError: [] as unknown[],
  }));
  for (const transition of transitions) {
    const config = transitionConfig(transition, version);
    const [, outcome, id] = /^xstate\.(done|error)\.actor\.(.+)$/.exec(transition.event) ?? [];
    const invoked = invoke.find((one) => one.id === id);
    if (transition.event === '') always.push(config);
    else if (transition.delay !== undefined) add(after, String(transition.delay), config);
    else if (invoked !== undefined) (outcome === 'done' ? invoked.onDone : invoked.onError).push(config);
    else if (transition.event.startsWith('xstate.done.state.')) onDone.push(config);
    else add(on, transition.event, config);
  }
  return {
    ...(state.type === 'atomic' || state.type === 'compound' ? {} : { type: state.type }),
    ...(state.initial === undefined ? {} : { initial: state.initial }),
    ...(state.description === undefined ? {} : { description: state.description }),
    ...(state.tags === undefined ? {} : { tags: state.tags }),
    ...(state.refuses === undefined ? {} : { meta: { refuses: state.refuses } }),
    ...(state.entry === undefined ? {} : { entry: state.entry.map(named) }),
    ...(state.exit === undefined ? {} : { exit: state.exit.map(named) }),
    ...(invoke.length === 0 ? {} : { invoke }),
    ...(Object.keys(on).length === 0 ? {} : { on }),
    ...(Object.keys(after).length === 0 ? {} : { after }),
    ...(always.length === 0 ? {} : { always }),
    ...(onDone.length === 0 ? {} : { onDone }),
    ...(state.states === undefined
      ? {}
      : {
          states: Object.fromEntries(state.states.map((inner) => [inner.key, stateConfig(inner, version)])),
        }),
  };
}

function transitionConfig(
  { targets, guard, actions, reenter }: TransitionDefinition,
  version: 4 | 5,
): Config {
  const condition = version === 4 ? 'cond' : 'guard';
  return {
    ...(targets.length === 0 ? {} : { target: targets.map((id) => `#${id}`) }),
    ...(guard === undefined ? {} : { [condition]: named(guard) }),
    ...(actions === undefined ? {} : { actions: actions.map(named) }),
    // Since version 5 a transition leaves and reenters its state only if it says so.
    ...(version === 5 && reenter === true ? { reenter } : {}),
    ...(version === 4 && reenter !== true && targets.length > 0 ? { internal: true } : {}),
  };
}

const named = (type: string) => ({ type });

function add(to: Record<string, unknown[]>, key: string, value: unknown): void {
  to[key] = [...(to[key] ?? []), value];
}
