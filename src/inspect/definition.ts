import type { AnyStateMachine, AnyStateNode, AnyTransitionDefinition } from 'xstate';
import type { StateDefinition, TransitionDefinition } from './records.js';

/** The name of an implementation that is a function in the chart itself. Ferry's charts have none. */
const inline = '(inline)';

export function definitionOf(machine: AnyStateMachine): StateDefinition {
  return stateOf(machine.root);
}

function stateOf(node: AnyStateNode): StateDefinition {
  const entry = actionNames(node.entry);
  const exit = actionNames(node.exit);
  const invokes = node.invoke.map(({ id, src }) => ({ id, src: nameOf(src) }));
  const transitions = [...[...node.transitions.values()].flat(), ...(node.always ?? [])].map((one) =>
    transitionOf(node, one),
  );
  const states = Object.values(node.states).map(stateOf);
  const refuses = (node.meta as { refuses?: Readonly<Record<string, string>> } | undefined)?.refuses;
  const initial = node.initial?.target?.[0]?.key;
  return {
    id: node.id,
    key: node.key,
    type: node.type,
    ...(states.length > 0 && initial !== undefined ? { initial } : {}),
    ...(node.description === undefined ? {} : { description: node.description }),
    ...(node.tags.length === 0 ? {} : { tags: node.tags }),
    ...(refuses === undefined ? {} : { refuses: { ...refuses } }),
    ...(entry.length === 0 ? {} : { entry }),
    ...(exit.length === 0 ? {} : { exit }),
    ...(invokes.length === 0 ? {} : { invokes }),
    ...(transitions.length === 0 ? {} : { transitions }),
    ...(states.length === 0 ? {} : { states }),
  };
}

function transitionOf(node: AnyStateNode, transition: AnyTransitionDefinition): TransitionDefinition {
  const delay = node.after.find(({ eventType }) => eventType === transition.eventType)?.delay;
  const actions = actionNames(transition.actions);
  return {
    label: labelOf(node, transition.eventType, delay),
    event: transition.eventType,
    targets: transition.target?.map(({ id }) => id) ?? [],
    ...(transition.guard === undefined ? {} : { guard: nameOf(transition.guard) }),
    ...(actions.length === 0 ? {} : { actions }),
    ...(delay === undefined ? {} : { delay: typeof delay === 'function' ? inline : delay }),
    ...(transition.reenter ? { reenter: true as const } : {}),
  };
}

function labelOf(node: AnyStateNode, event: string, delay: unknown): string {
  if (event === '') return 'always';
  if (delay !== undefined) return `after ${typeof delay === 'function' ? inline : delay}`;
  const [, outcome, id] = /^xstate\.(done|error)\.actor\.(.+)$/.exec(event) ?? [];
  if (outcome === undefined) return event.startsWith('xstate.done.state.') ? 'done' : event;
  const invoked = node.invoke.find((one) => one.id === id);
  return `${outcome} ${invoked === undefined ? id : nameOf(invoked.src)}`;
}

export function nameOf(implementation: unknown): string {
  if (typeof implementation === 'string') return implementation;
  const { type } = Object(implementation) as { type?: unknown };
  return typeof type === 'string' ? type : inline;
}

/** The names of actions without XState's own, which arm delays and start actors. */
function actionNames(actions: readonly unknown[]): readonly string[] {
  return actions.map(nameOf).filter(isOurs);
}

export const isOurs = (action: string) => !action.startsWith('xstate.');
