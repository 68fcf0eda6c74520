import { expect, test } from 'vitest';
import { createActor, fromPromise, type SnapshotFrom } from 'xstate';
import { goodbyeMachine, type PushProgress, pushProgressOf } from '../../../machines/goodbye.machine.js';
import { given, type Row } from '../../support/chart-rows.js';
import { describeTable } from '../../support/chart-suite.js';
import { settled, TestClock } from '../../support/test-clock.js';

const progress: PushProgress = {
  fate: 'begun',
  clearing: 'done',
  assetsAreOpen: false,
  assetsAreEnding: false,
  closeWasAsked: false,
};
const initial = {
  progress,
  connection: 'open',
  isFerry: false,
  version: '5.54.0',
  rolledBack: false,
  answers: null,
};
const inAssets = { progress: { ...progress, assetsAreOpen: true } };
const notCleared = { progress: { ...progress, clearing: 'no' as const } };
const onDone = (output?: unknown) => ({ type: 'onDone', output }) as Row['on'];
const begins = (src: string) => [{ src }];
const input = ({ rolledBack: _, answers: __, ...rest }: Record<string, unknown>) => rest;
const begun = (more: object) => given(input({ ...initial, ...more }));

const rows: Row[] = [
  { ...begun({}), to: 'rollingBack', and: initial, waits: [8_000], starts: begins('rollBack') },
  { ...begun(inAssets), to: 'draining', waits: [10_000], starts: begins('drain') },
  { ...begun({ ...inAssets, version: '5.52.3' }), to: 'draining', waits: [30_000] },
  { ...begun({ ...inAssets, isFerry: true }), to: 'rollingBack' },
  {
    ...begun({ ...inAssets, connection: 'lost' }),
    to: 'asking',
    waits: [10_000],
    starts: [{ src: 'probe', id: 'probe' }],
  },
  { ...begun({ connection: 'silent' }), to: 'over', and: { answers: false }, ends: 'silent' },
  { ...begun({ connection: 'silent', isFerry: true }), to: 'over', ends: 'silent' },
  { ...begun({ ...notCleared, connection: 'silent' }), to: 'over', ends: 'untouched' },
  { ...begun({ connection: 'lost', isFerry: true }), to: 'over', ends: 'rollsBack' },
  { ...begun({ ...notCleared, connection: 'lost' }), to: 'over', ends: 'untouched' },
  ...(['none', 'completed', 'rolledBack'] as const).map(
    (fate): Row => ({
      ...begun({ progress: { ...progress, assetsAreOpen: true, fate }, connection: 'lost' }),
      to: 'over',
      ends: { none: 'untouched', completed: 'new', rolledBack: 'asBefore' }[fate],
    }),
  ),
  ...[
    ['5.54.0', 'hangingUp'],
    ['5.53.0', 'hangingUp'],
    ['6.0.0', 'hangingUp'],
    ['5.52.3', 'barring'],
    ['5.50.0', 'barring'],
    ['5.49.0', 'barring'],
    [undefined, 'barring'],
    ['5.48.1', 'waiting'],
    ['5.40.0', 'waiting'],
    ['5.0.0', 'waiting'],
  ].map(([version, to]): Row => ({ in: 'draining', given: { version }, on: onDone(), to: to ?? '' })),
  { in: 'draining', on: 'onError', to: 'hangingUp', starts: begins('hangUp') },
  { in: 'draining', on: 'after.drainTimeout', to: 'hangingUp' },
  { in: 'draining', given: { version: '5.52.3' }, on: onDone(), to: 'barring', waits: [60_000] },
  { in: 'barring', on: onDone(), to: 'hangingUp', waits: [] },
  { in: 'barring', on: 'onError', to: 'waiting', waits: [1_000] },
  { in: 'barring', on: 'after.barrierTimeout', to: 'hangingUp' },
  { in: 'waiting', on: 'after.uploadsTime', to: 'hangingUp' },
  { in: 'rollingBack', on: onDone(), to: 'over', and: { rolledBack: true, answers: true }, ends: 'asBefore' },
  { in: 'rollingBack', given: notCleared, on: onDone(), to: 'over', ends: 'untouched' },
  { in: 'rollingBack', on: 'onError', to: 'hangingUp' },
  { in: 'rollingBack', on: 'after.rollbackTimeout', to: 'hangingUp' },
  { in: 'hangingUp', on: onDone(), to: 'asking', starts: [{ src: 'probe', id: 'probe' }] },
  { in: 'hangingUp', on: 'onError', to: 'asking' },
  { in: 'hangingUp', given: notCleared, on: onDone(), to: 'over', ends: 'untouched' },
  { in: 'asking', on: onDone(true), to: 'over', and: { answers: true }, ends: 'rollsBack' },
  { in: 'asking', on: onDone(false), to: 'over', and: { answers: false }, ends: 'silent' },
  { in: 'asking', on: 'onError', to: 'over', and: { answers: false }, ends: 'silent' },
  { in: 'asking', on: 'after.probeTimeout', to: 'over', and: { answers: false }, ends: 'silent' },
  {
    in: 'asking',
    given: { progress: { ...progress, closeWasAsked: true } },
    on: onDone(true),
    to: 'over',
    ends: 'unknown',
  },
];

describeTable(goodbyeMachine, initial, rows);

/** Of everything that a push may be in the middle of: which goodbye is said, and what stands there then. */
const stages = {
  'before it is cleared': notCleared,
  'while it is cleared': { progress: { ...progress, clearing: 'asked' as const } },
  entities: {},
  assets: inAssets,
  'the end of assets': { progress: { ...progress, assetsAreOpen: true, assetsAreEnding: true } },
  links: {},
} as const;
const sayings = {
  '5.54.0': 'drain hangUp probe → rollsBack',
  '5.52.3': 'drain bar hangUp probe → rollsBack',
  unknown: 'drain bar hangUp probe → rollsBack',
  '5.48.0': 'drain hangUp probe → rollsBack',
  ferry: 'rollBack → asBefore',
} as const;

const sweep = Object.entries(stages).flatMap(([stage, more]) =>
  Object.entries(sayings).map(([peer, inTheAssets]) => ({
    ...{ stage, peer, more },
    said: stage.includes('assets')
      ? inTheAssets
      : `rollBack → ${stage === 'before it is cleared' ? 'untouched' : 'asBefore'}`,
  })),
);

/** Runs a goodbye whose actors answer at once, but for those that never do. */
async function said(begin: SnapshotFrom<typeof goodbyeMachine>['context'], mute: readonly string[] = []) {
  const clock = new TestClock();
  const names: string[] = [];
  const actor = (name: string) =>
    fromPromise<never>(() => {
      names.push(name);
      return mute.includes(name) ? new Promise(() => {}) : Promise.resolve((name === 'probe') as never);
    });
  const actors = Object.fromEntries(
    ['drain', 'bar', 'rollBack', 'hangUp', 'probe'].map((name) => [name, actor(name)]),
  );
  const goodbye = createActor(goodbyeMachine.provide({ actors: actors as never }), { clock, input: begin });
  goodbye.start();
  await settled();
  for (let second = 0; second < 200; second += 1) await clock.pass(1_000);
  expect(clock.pending).toEqual([]);
  return `${names.join(' ')} → ${goodbye.getSnapshot().output}`.trim();
}

const contextOf = (peer: string, more: object) =>
  ({
    ...initial,
    ...more,
    isFerry: peer === 'ferry',
    version: peer === 'unknown' ? undefined : peer,
  }) as never;

test.each(sweep)('to $peer in $stage: $said', async ({ peer, more, said: expected }) => {
  expect(await said(contextOf(peer, more))).toBe(expected);
});

test.each([
  ['5.54.0', ['drain'], 'drain hangUp probe → rollsBack'],
  ['5.52.3', ['drain'], 'drain hangUp probe → rollsBack'],
  ['5.52.3', ['bar'], 'drain bar hangUp probe → rollsBack'],
  ['5.52.3', ['drain', 'probe'], 'drain hangUp probe → silent'],
  ['5.54.0', ['probe'], 'drain hangUp probe → silent'],
])('to %s, in the assets, without an answer to %j: %s', async (peer, mute, expected) => {
  expect(await said(contextOf(peer, inAssets), mute)).toBe(expected);
});

test('to a server that does not answer the rollback, the socket is closed, and it is asked whether it lives', async () => {
  expect(await said(contextOf('5.54.0', {}), ['rollBack'])).toBe('rollBack hangUp probe → rollsBack');
});

test('where a push stands follows from its lifecycle, the failed one included', () => {
  const order = { fate: 'begun', lastAction: 'bootstrap', request: null, stages: {} } as const;
  const asked = (type: string) => ({ request: { type, uuid: 'u' } }) as never;
  const of = (more: object) => pushProgressOf({ ...order, ...more } as never);
  expect(of({})).toEqual({ ...progress, clearing: 'no' });
  expect(of(asked('request.beforeTransfer')).clearing).toBe('asked');
  expect(of({ lastAction: 'beforeTransfer' }).clearing).toBe('done');
  expect(of({ stages: { entities: 'asked' } }).clearing).toBe('done');
  expect(of({ stages: { assets: 'asked' } })).toEqual({ ...progress, assetsAreOpen: true });
  expect(of({ stages: { assets: 'asked' }, ...(asked('request.stepEnd') as object) })).toEqual({
    ...progress,
    assetsAreOpen: true,
    assetsAreEnding: true,
  });
  expect(of({ stages: { assets: 'ended', links: 'asked' } })).toEqual(progress);
  expect(of({ lastAction: 'beforeTransfer', ...(asked('request.close') as object) })).toEqual({
    ...progress,
    closeWasAsked: true,
  });
});
