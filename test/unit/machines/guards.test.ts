import { describe, expect, test } from 'vitest';
import {
  type AnyMachineSnapshot,
  type EventObject,
  fromTransition,
  initialTransition,
  transition,
} from 'xstate';
import { getShortestPaths } from 'xstate/graph';
import { candidatesIn, type Explored } from '../../charts/coverage.js';
import { explored } from '../../charts/explored.js';

/** Everywhere that a generated path leads to. */
function positionsOf({ machine, inputs, events, tells }: Explored): readonly AnyMachineSnapshot[] {
  return Object.values(inputs).flatMap((input) => {
    const walk = fromTransition(
      (snapshot: AnyMachineSnapshot, event: EventObject) => transition(machine, snapshot, event)[0],
      initialTransition(machine, input)[0] as AnyMachineSnapshot,
    );
    return getShortestPaths(walk, {
      events: ({ context: snapshot }) => candidatesIn(snapshot, events),
      serializeState: ({ context: { value, context } }) => JSON.stringify([value, tells(context)]),
      limit: 20_000,
    }).map(({ state }) => state.context);
  });
}

/** Whatever writes into it throws. Actors live on. */
function frozen(value: unknown): void {
  if (typeof value !== 'object' || value === null || 'getSnapshot' in value || Object.isFrozen(value)) return;
  Object.freeze(value);
  for (const inner of Object.values(value)) frozen(inner);
}

const lookOf = ({ value, context, status }: AnyMachineSnapshot) => JSON.stringify([value, context, status]);

describe.each(explored.map((chart) => [chart.machine.id, chart] as const))(
  'the chart of a %s',
  (_, chart) => {
    test('is asked everywhere whether it can take anything, and stands where it stood', () => {
      const positions = positionsOf(chart);
      const events = [
        ...new Map(
          positions.flatMap((at) => candidatesIn(at, chart.events)).map((one) => [JSON.stringify(one), one]),
        ).values(),
      ];
      expect(positions.length).toBeGreaterThan(3);
      for (const position of positions) {
        frozen(position.context);
        const before = lookOf(position);
        for (const event of events) {
          frozen(event);
          const first = position.can(event);
          expect([event.type, position.can(event)]).toEqual([event.type, first]);
        }
        expect(lookOf(position)).toBe(before);
      }
    });
  },
);
