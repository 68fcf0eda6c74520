import type { InspectionRecord } from '../../src/inspect/records.js';
import { actor, machine, step } from './lamp-records.js';

/** One record of each type, with every field that it can have. */
export const recordSamples: readonly InspectionRecord[] = [
  {
    ...machine,
    definition: {
      ...machine.definition,
      description: 'a lamp',
      tags: ['light'],
      refuses: { press: 'BAD_REQUEST' },
      entry: ['shine'],
      exit: ['fade'],
      invokes: [{ id: 'bulb', src: 'glow' }],
      transitions: [
        {
          label: 'after patience',
          event: 'xstate.after.patience.lamp',
          targets: ['lamp.broken'],
          guard: 'isOld',
          actions: ['break'],
          delay: 'patience',
          reenter: true,
        },
      ],
    },
  },
  { ...actor(2), input: { watts: 40, colours: ['red'] } },
  { type: 'event', seq: 3, ms: 1, actor: 'a1', from: null, event: { type: 'press', how: ['hard'] } },
  {
    ...step(4, 2, 'on'),
    cause: 3,
    value: { on: 'bright' },
    transitions: [{ source: 'lamp.off', event: 'press', targets: ['lamp.on'], guard: 'isWhole' }],
    actions: ['shine'],
    armed: [{ id: 'xstate.after.patience.lamp.on', delay: 'patience', ms: 1000 }],
    cancelled: ['xstate.after.patience.lamp.off'],
    context: { presses: 1, by: { whom: [null] } },
    output: { light: [1] },
    error: { code: 'BROKEN' },
  },
  {
    ...{
      type: 'message',
      seq: 5,
      ms: 3,
      uuid: 'u1',
      kind: 'init',
      asker: 'client',
      at: 'client',
      actor: 'a1',
    },
    ...{ phase: 'resending', bytes: 10, again: true, retry: 1, took: 5, error: 'BAD_REQUEST' },
  } as InspectionRecord,
  { type: 'dropped', seq: 6, ms: 4, count: 2, reason: 'the sink was too slow' },
  { type: 'end', seq: 7, ms: 5 },
];

/** What stands in the place of a field. */
const intruders = [null, [], {}, 7] as const;

export interface Planted {
  /** `step.armed[0].ms` */
  readonly path: string;
  readonly intruder: (typeof intruders)[number];
  readonly record: unknown;
}

/** Each record with each of its fields, in lists too, replaced by each intruder. */
export function plantedRecords(): readonly Planted[] {
  return recordSamples.flatMap((sample) =>
    placesIn(sample).flatMap((place) =>
      intruders.map((intruder) => ({
        path: `${sample.type}${place.map((key) => (typeof key === 'number' ? `[${key}]` : `.${key}`)).join('')}`,
        intruder,
        record: withAt(sample, place, intruder),
      })),
    ),
  );
}

type Place = readonly (string | number)[];

function placesIn(value: unknown): readonly Place[] {
  if (typeof value !== 'object' || value === null) return [];
  const entries: readonly (readonly [string | number, unknown])[] = Array.isArray(value)
    ? [...value.entries()]
    : Object.entries(value);
  return entries.flatMap(([key, inner]) => [[key], ...placesIn(inner).map((rest) => [key, ...rest])]);
}

function withAt(value: unknown, [key, ...rest]: Place, intruder: unknown): unknown {
  if (key === undefined) return intruder;
  if (Array.isArray(value)) return value.map((one, at) => (at === key ? withAt(one, rest, intruder) : one));
  const object = value as Readonly<Record<string, unknown>>;
  return { ...object, [key]: withAt(object[key], rest, intruder) };
}
