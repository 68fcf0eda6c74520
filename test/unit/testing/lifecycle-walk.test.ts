import { expect, test } from 'vitest';
import { getShortestPaths } from 'xstate/graph';
import { lifecycleMachine } from '../../../machines/lifecycle.machine.js';
import { lifecycleWalk } from '../../../src/testing/conformance/lifecycle-walk.js';

test.each(['push', 'pull'] as const)(
  'the shortest paths of a %s reach every place where a client can stand',
  (direction) => {
    const { logic, options } = lifecycleWalk(direction);
    const paths = getShortestPaths(logic, options);
    const places = paths.map(({ state }) => options.serializeState(state));
    expect(new Set(places).size).toBe(places.length);
    const tags = ['unbegun', 'settled', 'resting', 'streaming', 'ended'] as const;
    for (const tag of tags)
      expect([tag, paths.some(({ state }) => state.context.hasTag(tag))]).toEqual([tag, true]);
    // A client that waits for its answers never stands within an exchange.
    expect(paths.some(({ state }) => state.context.hasTag('exchanging'))).toBe(false);
  },
);

test('a walk of a push asks for no stage that the protocol does not have: the chart refuses it', () => {
  const { logic, options } = lifecycleWalk('push', []);
  for (const { steps } of getShortestPaths(logic, options))
    for (const { event } of steps) expect(event).not.toMatchObject({ step: 'unknown' });
});

test('XState walks the chart alone not at all: it sends events without what they say', () => {
  expect(() =>
    getShortestPaths(lifecycleMachine, { input: { direction: 'push', batchTimeout: 1 } }),
  ).toThrow();
});
