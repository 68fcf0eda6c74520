import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { definitionOf } from '../../../src/inspect/definition.js';
import type {
  InspectionRecord,
  MachineRecord,
  StateDefinition,
  TransitionDefinition,
} from '../../../src/inspect/records.js';
import { chartDifference } from '../../../src/inspect/replay/chart-difference.js';
import { replayRecording } from '../../../src/inspect/replay/replay.js';
import { ferryCharts, type ReplayedCharts } from '../../../src/inspect/replay/stubs.js';
import { mutationsOf } from '../../support/mutations.js';
import { recordedMerge } from '../../support/recorded-merge.js';
import { scenes } from '../../support/recorded-transfers.js';

const folder = fileURLToPath(new URL('../../fixtures/inspections/', import.meta.url));
const fixtures = new Map(
  Object.keys(scenes).map((name) => [name, readFileSync(`${folder}${name}.jsonl`, 'utf8')]),
);
const fixture = (name: string) => fixtures.get(name) ?? '';
const merged = await recordedMerge();

function replay(text: string, charts: Partial<ReplayedCharts> = {}) {
  const files = {
    async *stream() {
      yield Buffer.from(text);
    },
  };
  return replayRecording({ path: 'recording.jsonl', files }, { charts });
}

const step: TransitionDefinition = { label: 'go', event: 'go', targets: ['a.b'] };
const leaf = (id: string): StateDefinition => ({ id, key: 'b', type: 'atomic' });

describe('a recording', () => {
  test.each([
    ['push', 'completed', 'over'],
    ['pull', 'completed', 'over'],
    ['retry', 'completed', 'over'],
    ['abort', 'aborted', 'over'],
    ['lost', 'failed', 'over'],
    ['silent', 'failed', 'over'],
  ])('of a %s is replayed the same, and its client ends in %s', async (name, client, server) => {
    const { differences, roots } = await replay(fixture(name));
    expect(differences).toEqual([]);
    expect(roots.map(({ path, state }) => [path, state])).toEqual([
      ['transfer', client],
      ['session', server],
      ...(['abort', 'silent'].includes(name) ? [['goodbye', 'over']] : []),
    ]);
    for (const { steps } of roots.slice(0, 2)) expect(steps).toBeGreaterThan(30);
  });

  test('that was cut off is replayed as far as it goes', async () => {
    const whole = fixture('push');
    const { differences, roots } = await replay(whole.slice(0, whole.length / 2));
    expect(differences).toEqual([]);
    expect(roots[0]?.state).toMatch(/^transferring\./);
  });

  test('in which records are missing is not replayed', async () => {
    const lines = fixture('push').split('\n');
    const dropped = JSON.stringify({
      type: 'dropped',
      seq: 20,
      ms: 1,
      count: 3,
      reason: 'the sink was too slow',
    });
    const text = lines.toSpliced(20, 3, dropped).join('\n');
    await expect(replay(text)).rejects.toMatchObject({ code: 'RECORDING_UNREADABLE' });
  });

  test('that says another state than its chart comes to is noticed, with the place', async () => {
    const lines = fixture('retry').split('\n');
    const place = lines.findIndex((line) => line.includes('"value":"retrying"'));
    const text = lines.with(place, lines[place]?.replace('"retrying"', '"ready"') ?? '').join('\n');
    const { differences } = await replay(text);
    expect(differences).toEqual([
      expect.objectContaining({
        path: 'transfer/destination/lane.0',
        seq: (JSON.parse(lines[place] ?? '') as InspectionRecord).seq,
        field: 'value',
        recorded: 'ready',
        replayed: 'retrying',
      }),
    ]);
  });

  test('in which a delay fires before it is due is noticed', async () => {
    const text = fixture('retry').replaceAll('"retryMessageTimeout":200', '"retryMessageTimeout":200000');
    const { differences } = await replay(text);
    expect(differences.map(({ field }) => field)).toContain('delay');
  });
});

/** The recording with another definition of one chart. */
function redefined(text: string, chart: string, definition: StateDefinition): string {
  const lines = text.trimEnd().split('\n');
  const place = lines.findIndex(
    (line) => line.includes('"type":"machine"') && line.includes(`"machine":"${chart}"`),
  );
  const record = JSON.parse(lines[place] ?? '') as MachineRecord;
  expect(record.machine).toBe(chart);
  return `${lines.with(place, JSON.stringify({ ...record, definition })).join('\n')}\n`;
}

describe('a recording of a chart that was', () => {
  const charts = Object.entries(ferryCharts);

  test.each(charts)('another one is refused by its name: %s', async (chart, machine) => {
    const [changed] = mutationsOf(machine);
    if (changed === undefined) throw new Error('no transition can be changed');
    const recording = chart === 'merge' ? merged : fixture('abort');
    const text = redefined(recording, chart, definitionOf(changed.machine));
    await expect(replay(text)).rejects.toMatchObject({
      code: 'OTHER_CHART',
      details: { path: 'recording.jsonl', chart, recordedBy: '0.1.0', version: '0.1.0' },
      message: expect.stringMatching(
        new RegExp(`^recording.jsonl was recorded with another chart ${chart} .*: transition `),
      ),
    });
  });

  test.each(charts)(
    'another one is found by each transition and each guard that differs: %s',
    (_, machine) => {
      const mutations = [...mutationsOf(machine)].filter(({ name }) => !name.includes('→'));
      const ours = definitionOf(machine);
      const unnoticed = mutations.filter(
        (changed) => chartDifference(definitionOf(changed.machine), ours) === null,
      );
      expect(mutations.length).toBeGreaterThan(3);
      expect(unnoticed.map(({ name }) => name)).toEqual([]);
    },
  );

  test('described in other words is replayed', async () => {
    const definition = definitionOf(ferryCharts.dispatcher);
    const states = definition.states?.map((state) => ({ ...state, description: 'in other words' })) ?? [];
    const { differences } = await replay(redefined(fixture('push'), 'dispatcher', { ...definition, states }));
    expect(differences).toEqual([]);
  });

  test.each<[string, Partial<StateDefinition>, string]>([
    ['type', { type: 'parallel' }, 'state a has type "parallel" in the recording, and "compound" here'],
    ['tags', { tags: ['x'] }, 'state a has tags ["x"] in the recording, and none here'],
    [
      'refuses',
      { refuses: { b: 'A', a: 'B' } },
      'state a has refuses {"a":"B","b":"A"} in the recording, and none here',
    ],
    ['a state less', { states: [] }, 'state a.b is here only'],
    ['a state more', { states: [leaf('a.b'), leaf('a.c')] }, 'state a.c is in the recording only'],
    [
      'an event',
      { transitions: [{ ...step, event: 'stop' }] },
      'transition go of state a has event "stop" in the recording, and "go" here',
    ],
    ['a transition less', { transitions: [] }, 'state a has a transition go here only'],
    ['a transition more', { transitions: [step, step] }, 'state a has a transition go in the recording only'],
  ])('another one says where: %s', (_, change, difference) => {
    const chart: StateDefinition = {
      id: 'a',
      key: 'a',
      type: 'compound',
      transitions: [step],
      states: [leaf('a.b')],
    };
    expect(chartDifference({ ...chart, ...change }, chart)).toBe(difference);
    expect(chartDifference(chart, chart)).toBe(null);
  });
});

/** `preparing.resting.request.bootstrap`, `opening.onDone`: a transition's place, of several with guards all. */
function takenIn(text: string, chart: string): ReadonlySet<string> {
  const taken = new Set<string>();
  for (const line of text.trim().split('\n').slice(1)) {
    const record = JSON.parse(line) as InspectionRecord;
    if (record.type !== 'step') continue;
    for (const { source, event } of record.transitions) {
      const [id, ...path] = source.split('.');
      if (id === chart) taken.add([...path, placeOf(event)].join('.'));
    }
  }
  return taken;
}

function placeOf(event: string): string {
  if (event === '') return 'always';
  const delay = /^xstate\.after\.(\w+)\./.exec(event)?.[1];
  if (delay !== undefined) return delay;
  // Spawned ones are told of by events of their own.
  if (event.includes('.concurrent.')) return `${event.split('.concurrent.')[0]}.concurrent.*`;
  if (event.startsWith('xstate.done.')) return 'onDone';
  return event.startsWith('xstate.error.') ? 'onError' : event;
}

const placeIn = (mutation: string) =>
  mutation
    .replace(/ is taken away$/, '')
    .replace(/(^|\.)(on|after)\./, '$1')
    .replace(/(^|\.)invoke(\.\d+)?\./, '$1')
    .replace(/\.\d+$/, '');

describe('a chart without one of its transitions', () => {
  test.each(Object.keys(ferryCharts))(
    'is noticed by a recording that took it: %s',
    async (name) => {
      const machine = ferryCharts[name as keyof ReplayedCharts];
      // A recording can notice only what it took itself.
      const takenBy = [...fixtures.values(), merged].map((text) => ({ text, taken: takenIn(text, name) }));
      const taken = new Set(takenBy.flatMap((each) => [...each.taken]));
      const noticed = new Set<string>();
      // Of several with guards the last one is mostly the one that was taken.
      for (const mutation of [...mutationsOf(machine)].reverse()) {
        const place = placeIn(mutation.name);
        if (!mutation.name.endsWith('is taken away') || !taken.has(place) || noticed.has(place)) continue;
        const changed = mutation.machine;
        for (const { text } of takenBy.filter((each) => each.taken.has(place))) {
          const { differences } = await replay(text, { [name]: changed });
          if (differences.length === 0) continue;
          noticed.add(place);
          break;
        }
      }
      expect(taken.size).toBeGreaterThan(3);
      const wildcards = [...taken].filter((place) => /^(diagnostic|peer)\./.test(place));
      expect([...taken].filter((place) => !noticed.has(place) && !wildcards.includes(place))).toEqual([]);
    },
    60_000,
  );
});
