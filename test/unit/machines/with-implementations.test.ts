import { describe, expect, test } from 'vitest';
import { type AnyStateMachine, createActor, setup } from 'xstate';
import { withImplementations } from '../../../machines/with-implementations.js';
import { explored } from '../../charts/explored.js';

const chart = setup({
  types: { events: {} as { type: 'go' }, emitted: {} as { type: 'told'; by: string } },
  actions: { tell: () => {} },
  guards: { may: () => true },
  delays: { wait: 10 },
}).createMachine({
  initial: 'a',
  states: { a: { on: { go: { guard: 'may', target: 'b' } } }, b: { entry: 'tell', after: { wait: 'a' } } },
});

describe('a chart with other implementations', () => {
  test('runs those, and the chart and its other variants run their own', () => {
    const told: string[] = [];
    const one = withImplementations(chart, { actions: { tell: () => told.push('one') } });
    const two = withImplementations(one, { guards: { may: () => false } });
    for (const machine of [chart, one, two]) createActor(machine).start().send({ type: 'go' });
    expect(told).toEqual(['one']);
    const three = withImplementations(two, { guards: { may: () => true } });
    createActor(three).start().send({ type: 'go' });
    expect(told).toEqual(['one', 'one']);
  });

  test.each(explored.map(({ machine }) => [machine.id, machine as AnyStateMachine] as const))(
    'is what XState’s provide makes, of the same states: %s',
    (_, machine) => {
      const [shared, provided] = [withImplementations(machine, {}), machine.provide({})];
      expect(shared.root).toBe(machine.root);
      expect(shared.implementations).toEqual(provided.implementations);
      // A later XState may bind more methods to the machine that it constructs.
      const bound = (of: AnyStateMachine) =>
        Object.entries(of).flatMap(([name, value]) => (typeof value === 'function' ? [name] : []));
      expect(bound(shared).sort()).toEqual(bound(provided).sort());
    },
  );
});
