import type { AnyStateMachine } from 'xstate';

/**
 * The definition of a chart as it is written, for Stately's editor and other tools: names stand for implementations,
 * and an event that a state takes no notice of is a transition that does nothing.
 */
export function chartJson(machine: AnyStateMachine): string {
  // XState's `setup` adds the field, and leaves it empty.
  const { schemas: _, ...config } = machine.config;
  const text = JSON.stringify(
    config,
    (_, value: unknown) => {
      if (typeof value === 'function') return undefined;
      return value === undefined ? {} : value;
    },
    2,
  );
  return `${text}\n`;
}
