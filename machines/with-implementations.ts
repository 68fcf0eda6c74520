import { type AnyStateMachine, StateMachine } from 'xstate';

/** XState binds these to the machine that it constructs. */
const bound = [
  'transition',
  'getInitialSnapshot',
  'getPersistedSnapshot',
  'restoreSnapshot',
  'start',
] as const;

/** Keeps the chart's states. `provide` builds them again: 100 KiB and a millisecond or more for each connection. */
export function withImplementations<M extends AnyStateMachine>(
  machine: M,
  implementations: Parameters<M['provide']>[0],
): M {
  const { actions, actors, guards, delays } = machine.implementations;
  const shared: M = Object.create(machine);
  shared.implementations = {
    actions: merged(actions, implementations.actions),
    actors: merged(actors, implementations.actors),
    guards: merged(guards, implementations.guards),
    delays: merged(delays, implementations.delays),
  };
  for (const method of bound)
    Object.assign(shared, { [method]: StateMachine.prototype[method].bind(shared) });
  return shared;
}

const merged = <T extends object>(own: T, other: object | undefined): T => ({ ...own, ...other });
