import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { recordSchedule } from '../faults/record.js';
import { scheduleFromJson, scheduleToJson, shrinkSchedule } from '../simulation/kept-schedule.js';
import {
  calm,
  describeSchedule,
  faultKinds,
  hasKind,
  type Schedule,
  schedule,
  severalFaults,
  strikesOf,
} from '../simulation/schedule.js';
import { framesOf, shapes } from '../simulation/shapes.js';
import { createSimulator } from '../simulation/simulate.js';

const simulator = createSimulator();
/** Each in a test of its own, so that a machine that is busy has time for each. */
const groups = Array.from({ length: 5 }, (_, group) => group * 30);

describe('150 transfers, each with a fault', () => {
  // XState warns of an event to an actor that has ended.
  const warn = vi.spyOn(console, 'warn');
  afterAll(() => warn.mockRestore());

  test.each(groups)(
    'seeds from %i: old or new, and an error that is documented',
    { timeout: 60_000 },
    async (from) => {
      const violated: string[] = [];
      for (let seed = from; seed < from + 30; seed += 1) {
        const { violations, hasStruck } = await simulator.simulate(schedule(seed));
        expect([seed, hasStruck]).toEqual([seed, true]);
        for (const violation of violations)
          violated.push(
            `npm run test:faults -- --seed ${seed}: ${describeSchedule(schedule(seed))}: ${violation}`,
          );
      }
      expect(violated).toEqual([]);
    },
  );

  test('send nothing to an actor that has ended', () => {
    expect(warn.mock.calls).toEqual([]);
  });

  test('are of every kind, in both directions, at any message', () => {
    const schedules = Array.from({ length: 500 }, (_, seed) => schedule(seed));
    const kinds = schedules.map(({ direction, fault }) => `${direction} ${fault.kind}`);
    expect(new Set(kinds).size).toBe(2 * faultKinds.length);
    const places = schedules.map(({ message }) => `${message?.from} ${message?.number}`);
    expect(new Set(places).size).toBeGreaterThan(40);
  });
});

describe('transfers with several faults, which then stop', () => {
  test.each(Array.from({ length: 4 }, (_, group) => group * 10))(
    'seeds from %i: old or new, and in the end it completes',
    { timeout: 60_000 },
    async (from) => {
      const violated: string[] = [];
      for (let seed = from; seed < from + 10; seed += 1) {
        const { violations } = await simulator.simulate(severalFaults(seed));
        for (const violation of violations)
          violated.push(
            `npm run test:faults -- --several --seed ${seed}: ${describeSchedule(severalFaults(seed))}: ${violation}`,
          );
      }
      expect(violated).toEqual([]);
    },
  );

  test('have two to five faults, and some seeds are mostly of one kind', () => {
    const strikes = Array.from({ length: 500 }, (_, seed) => strikesOf(severalFaults(seed)));
    expect(new Set(strikes.map(({ length }) => length))).toEqual(new Set([2, 3, 4, 5]));
    const kinds = strikes.map((all) => new Set(all.map(({ fault }) => fault.kind)).size);
    expect(kinds.filter((count) => count === 1).length).toBeGreaterThan(40);
    expect(new Set(strikes.flat().map(({ fault }) => fault.kind)).size).toBe(faultKinds.length);
  });
});

describe('a schedule that was kept', () => {
  const folder = new URL('../fixtures/schedules/', import.meta.url);
  test.each(readdirSync(folder))('%s: violates nothing', async (name) => {
    const text = readFileSync(new URL(name, folder), 'utf8');
    const kept = scheduleFromJson(text);
    expect(scheduleToJson(kept)).toBe(text);
    const { violations, hasStruck } = await simulator.simulate(kept);
    expect([violations, hasStruck]).toEqual([[], true]);
  });

  test('is made smaller for as long as it fails', async () => {
    const failing = Array.from({ length: 200 }, (_, seed) => severalFaults(seed)).find(
      (each) => hasKind(each, 'delay') && strikesOf(each).length > 3,
    );
    const smallest = await shrinkSchedule(failing as Schedule, async (each) => hasKind(each, 'delay'));
    expect(strikesOf(smallest).map(({ fault }) => [fault.kind, fault.ms < 2])).toEqual([['delay', true]]);
    expect([smallest.shape.name, smallest.source, smallest.also]).toEqual(['nothing', 'memory', []]);
  });
});

describe('what is lost is sent again in time:', () => {
  const lost = async (direction: 'push' | 'pull', name: string, message: Schedule['message']) => {
    const [shape] = shapes.filter((each) => each.name === name);
    if (shape === undefined) throw new Error('no such shape');
    const { outcome, violations } = await simulator.simulate({
      ...calm(direction, shape, 'memory'),
      message,
    });
    expect([outcome, violations]).toEqual(['completed', []]);
  };

  test.each(['push', 'pull'] as const)('the init of a %s', (direction) =>
    lost(direction, 'a little', { from: 'client', number: 1 }),
  );

  test('an answer to a push while others are on their way', () =>
    lost('push', 'many rows', { from: 'server', number: 7 }));
});

describe('a simulation', () => {
  test.each(faultKinds)('of %s is the same twice, to the last line of its trace', async (kind) => {
    let seed = 0;
    while (schedule(seed).fault.kind !== kind) seed += 1;
    const first = await simulator.simulate(schedule(seed));
    const again = await createSimulator().simulate(schedule(seed));
    expect(first.trace.length).toBeGreaterThan(10);
    expect(again).toEqual(first);
  });

  test.each(
    shapes.flatMap((shape) => [
      { shape, name: shape.name, direction: 'push' as const },
      { shape, name: shape.name, direction: 'pull' as const },
    ]),
  )(
    'of a calm $direction of $name completes, with as many frames as schedules count on',
    async ({ shape, direction }) => {
      const { outcome, violations, sent } = await simulator.simulate(calm(direction, shape, 'directory'));
      expect([outcome, violations]).toEqual(['completed', []]);
      expect(sent).toEqual(framesOf(shape, direction));
    },
  );
});

describe('the recording of a simulation', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ferry-faults-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  const leaps = ['clockJump', 'kill'];
  const seeds = Array.from({ length: 40 }, (_, seed) => seed).filter(
    (seed) => !leaps.includes(schedule(seed).fault.kind),
  );
  test('is one that the charts themselves repeat, state by state', { timeout: 60_000 }, async () => {
    const differing: string[] = [];
    for (const seed of seeds)
      for (const difference of await recordSchedule(schedule(seed), join(folder, `${seed}.jsonl`)))
        differing.push(`${seed} ${difference}`);
    expect(seeds.length).toBeGreaterThan(20);
    expect(differing).toEqual([]);
  });
});
