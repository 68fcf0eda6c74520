import { expect, test } from 'vitest';
import { createActor, type EventObject, fromCallback, waitFor } from 'xstate';
import { noCounts, type StageGoOn, stageMachine } from '../../../machines/stage.machine.js';
import type { Step } from '../../../src/protocol/content.js';
import { transferErrorOf } from '../../../src/protocol/errors.js';
import { given, type Row } from '../../support/chart-rows.js';
import { describeTable } from '../../support/chart-suite.js';

const initial = { step: 'links', throttle: 5, report: null, counts: noCounts, totals: {}, failure: null };
const failure = { code: 'PEER_ERROR', details: { url: 'x' } };
const broken = { type: 'onError', error: transferErrorOf('PEER_ERROR', { url: 'x' }) };
/** A parent that is told. */
const report = { send() {}, sessionId: 'x:1', getSnapshot: () => ({ status: 'active' }) };
const moved = (counts: object, totals: object) => ({ type: 'stage.moved', step: 'links', counts, totals });
const three = { counts: { ...noCounts, items: 3 } };

const rows: Row[] = [
  {
    ...given({ step: 'links' }),
    to: 'starting',
    and: { ...initial, throttle: 0 },
    starts: [{ src: 'startStage', id: 'startStage', input: { step: 'links' } }],
  },
  { ...given({ step: 'links', throttle: 5, report }), to: 'starting', and: { throttle: 5, report } },
  {
    in: 'starting',
    on: 'onDone',
    to: 'streaming.flowing',
    tells: [],
    starts: [{ src: 'carryItems', id: 'carry', input: { step: 'links', throttle: 5 } }],
  },
  {
    in: 'streaming.flowing',
    given: { report, totals: { count: 9 } },
    on: { type: 'stage.progress', items: 2, bytes: 1, dropped: 0, excluded: 0 } as Row['on'],
    to: 'streaming.flowing',
    tells: [moved({ ...noCounts, items: 2, bytes: 1 }, { count: 9 })],
  },
  { in: 'starting', on: broken, to: 'failed', and: { failure } },
  { in: 'starting', on: 'stage.exhausted', to: 'starting' },
  {
    in: 'streaming.flowing',
    on: { type: 'stage.totals', totals: { count: 5 } } as Row['on'],
    to: 'streaming.flowing',
    and: { totals: { count: 5 } },
    tells: [moved(noCounts, { count: 5 })],
  },
  {
    in: 'streaming.flowing',
    given: { counts: { items: 3, bytes: 7, dropped: 2, excluded: 5 } },
    on: { type: 'stage.progress', items: 2, bytes: 10, dropped: 1, excluded: 4 } as Row['on'],
    to: 'streaming.flowing',
    and: { counts: { items: 5, bytes: 17, dropped: 3, excluded: 9 } },
  },
  {
    in: 'streaming.flowing',
    on: 'stage.exhausted',
    to: 'ending',
    starts: [{ src: 'endStage', id: 'endStage', input: { step: 'links' } }],
  },
  // What is told meanwhile does not end the rest.
  {
    in: 'streaming.resting',
    on: { type: 'stage.totals', totals: { count: 5 } } as Row['on'],
    to: 'streaming.resting',
    and: { totals: { count: 5 } },
  },
  {
    in: 'streaming.resting',
    on: { type: 'stage.progress', items: 2, bytes: 0, dropped: 0, excluded: 0 } as Row['on'],
    to: 'streaming.resting',
    and: { counts: { ...noCounts, items: 2 } },
  },
  { in: 'streaming.flowing', on: 'stage.resting', to: 'streaming.resting', waits: [5] },
  {
    in: 'streaming.resting',
    on: 'after.throttle',
    to: 'streaming.flowing',
    tells: [{ type: 'stage.goOn' }],
  },
  {
    in: 'streaming.flowing',
    on: { type: 'stage.broken', failure } as Row['on'],
    to: 'failed',
    and: { failure },
  },
  { in: 'streaming.flowing', on: broken, to: 'failed', and: { failure } },
  {
    in: 'ending',
    given: three,
    on: { type: 'onDone', output: { started: 3, finished: 3 } } as Row['on'],
    to: 'completed',
    and: { failure: null },
    ends: { step: 'links', counts: three.counts, failure: null },
  },
  { in: 'ending', given: three, on: 'onDone', to: 'completed' },
  {
    in: 'ending',
    given: three,
    on: { type: 'onDone', output: { started: 3, finished: 2 } } as Row['on'],
    to: 'failed',
    and: { failure: { code: 'STATS_DIFFER', details: { stage: 'links', sent: 3, finished: 2 } } },
  },
  { in: 'ending', on: broken, to: 'failed', and: { failure } },
  ...['starting', 'streaming.flowing', 'streaming.resting', 'ending'].map(
    (state): Row => ({
      in: state,
      on: 'abort',
      to: 'failed',
      ends: { step: 'links', counts: noCounts, failure: { code: 'ABORTED' } },
    }),
  ),
];

describeTable(stageMachine, initial, rows);

test('whoever has begun the stage is told how far it is, and nobody need be', async () => {
  const heard: EventObject[] = [];
  const parent = createActor(fromCallback(({ receive }) => receive((event) => heard.push(event)))).start();
  const carryItems = fromCallback<StageGoOn, { step: Step; throttle: number }>(({ sendBack }) => {
    sendBack({ type: 'stage.progress', ...noCounts, items: 1 });
  });
  const machine = stageMachine.provide({ actors: { carryItems } });
  for (const more of [{ report: parent }, {}]) {
    const actor = createActor(machine, { input: { step: 'links', ...more } }).start();
    await waitFor(actor, ({ context }) => context.counts.items === 1);
    expect(actor.getSnapshot().status).toBe('active');
    actor.stop();
  }
  expect(heard).toEqual([moved({ ...noCounts, items: 1 }, {})]);
});
