import { describe, expect, test } from 'vitest';
import { arrowsOf, isWaiting } from '../../../src/inspect/page/model/exchanges.js';
import { readLink, writeLink } from '../../../src/inspect/page/model/link.js';
import { filterLog, type LogFilter, type RecordType } from '../../../src/inspect/page/model/log.js';
import { createTimeline, type Timeline } from '../../../src/inspect/page/model/timeline.js';
import { findActor, treeOf } from '../../../src/inspect/page/model/tree.js';
import { visitsOf } from '../../../src/inspect/page/model/visits.js';
import type { InspectionRecord, RecordingHeader, StepRecord } from '../../../src/inspect/records.js';
import { createFold } from '../../../src/inspect/state.js';

const header = (startedAt = '2026-01-02T03:04:05.000Z'): RecordingHeader => ({
  ferry: 'recording',
  format: 1,
  version: '0.1.0',
  startedAt,
  roles: ['client'],
  data: false,
});

const machine: InspectionRecord = {
  type: 'machine',
  seq: 1,
  ms: 0,
  machine: 'lamp',
  definition: {
    id: 'lamp',
    key: 'lamp',
    type: 'compound',
    initial: 'off',
    states: [
      {
        id: 'lamp.off',
        key: 'off',
        type: 'atomic',
        transitions: [{ label: 'press', event: 'press', targets: ['lamp.on'] }],
      },
      { id: 'lamp.on', key: 'on', type: 'atomic' },
      { id: 'lamp.broken', key: 'broken', type: 'final' },
    ],
  },
};

const actor = (seq: number, ms = 0): InspectionRecord => ({
  type: 'actor',
  seq,
  ms,
  actor: 'a1',
  parent: null,
  root: 'a1',
  name: 'lamp',
  path: 'house/lamp',
  side: 'client',
  kind: 'machine',
  machine: 'lamp',
  src: null,
});

const step = (seq: number, ms: number, value: string, event = 'press'): StepRecord => ({
  type: 'step',
  seq,
  ms,
  actor: 'a1',
  cause: null,
  event,
  value,
  status: 'active',
  transitions: value === 'on' ? [{ source: 'lamp.off', event: 'press', targets: ['lamp.on'] }] : [],
  actions: [],
  armed: [],
  cancelled: [],
});

function lampAt(timeline: Timeline, seq: number, reporter = 'p1') {
  const views = timeline.viewsAt({ reporter, seq });
  return findActor(views, `${reporter}/a1`)?.actor.step?.value;
}

/** A lamp that is pressed again and again: on at even seqs from 4, off at odd ones. */
function pressed(presses: number, options: Parameters<typeof createTimeline>[0] = {}): Timeline {
  const timeline = createTimeline(options);
  timeline.open('p1', header());
  timeline.add('p1', [machine, actor(2), step(3, 1, 'off', 'xstate.init')]);
  for (let press = 0; press < presses; press += 1) {
    timeline.add('p1', [step(4 + press, 2 + press, press % 2 === 0 ? 'on' : 'off')]);
  }
  return timeline;
}

describe('going back and forth in time', () => {
  test('shows what each moment was, in whatever order they are looked at', () => {
    const timeline = pressed(100, { chunk: 7 });
    const seqs = [50, 4, 103, 5, 3, 51, 52, 20];
    const expected = seqs.map((seq) => (seq === 3 || seq % 2 === 1 ? 'off' : 'on'));
    expect(seqs.map((seq) => lampAt(timeline, seq))).toEqual(expected);
  });

  test('before the first record shows nothing', () => {
    expect(treeOf(pressed(3).viewsAt({ reporter: 'p1', seq: 1 }), true)).toEqual([]);
  });

  test('now is the last record, and moves on', () => {
    const timeline = pressed(1);
    expect(findActor(timeline.viewsAt(null), 'p1/a1')?.actor.step?.value).toBe('on');
    timeline.add('p1', [step(5, 9, 'off')]);
    expect(findActor(timeline.viewsAt(null), 'p1/a1')?.actor.step?.value).toBe('off');
    expect(timeline.momentAt(timeline.placeOf(null))).toEqual({ reporter: 'p1', seq: 5 });
  });

  test('lays two processes side by side by their clocks', () => {
    const timeline = pressed(4);
    // Began 3 ms later: its 1 ms is the other's 4 ms.
    timeline.open('p2', header('2026-01-02T03:04:05.003Z'));
    timeline.add('p2', [{ ...machine }, actor(2), step(3, 0, 'off'), step(4, 1, 'on'), step(5, 9, 'off')]);
    expect(timeline.entries.map(({ history, record }) => `${history.name}.${record.seq}`)).toEqual(
      'p1.1 p1.2 p1.3 p1.4 p1.5 p2.1 p2.2 p2.3 p1.6 p2.4 p1.7 p2.5'.split(' '),
    );
    const at = (seq: number) =>
      findActor(timeline.viewsAt({ reporter: 'p1', seq }), 'p2/a1')?.actor.step?.value;
    expect([at(4), at(5), at(6), at(7)]).toEqual([undefined, undefined, 'off', 'on']);
  });

  test('a moment can be linked to, and the token is kept apart from it', () => {
    const link = { moment: { reporter: 'p2', seq: 31 }, actor: 'p1/a4', token: 'a-b_c' };
    expect(readLink(writeLink(link))).toEqual(link);
    expect(writeLink({ ...link, token: null })).toBe('#at=p2.31&actor=p1/a4');
    expect(readLink('#at=nonsense')).toEqual({ moment: null, actor: null, token: null });
  });
});

describe('what is kept', () => {
  test('is bounded, and what was dropped is told', () => {
    const timeline = pressed(1000, { keep: 100, chunk: 10 });
    expect(timeline.entries.length).toBeLessThanOrEqual(100);
    expect(timeline.entries.length).toBeGreaterThan(80);
    expect(timeline.entries.length + timeline.dropped).toBe(1003);
  });

  test('still knows who is there, and where everything stood', () => {
    const timeline = pressed(1000, { keep: 100, chunk: 10 });
    const [first] = timeline.entries;
    const seq = first?.record.seq ?? 0;
    expect(seq).toBeGreaterThan(900);
    expect(lampAt(timeline, seq)).toBe(seq % 2 === 0 ? 'on' : 'off');
    expect(first?.history.actor('a1')?.path).toBe('house/lamp');
    // A link to what is gone shows the earliest that is kept, not nothing.
    expect(['on', 'off']).toContain(lampAt(timeline, 10));
  });

  test('begins anew where the inspector had to leave records out', () => {
    const timeline = pressed(2);
    const fold = createFold();
    for (const record of [machine, actor(2), step(90, 900, 'broken')]) fold.add(record);
    timeline.take({ type: 'state', reporter: 'p1', state: fold.state(), dropped: 85 });
    expect(findActor(timeline.viewsAt(null), 'p1/a1')?.actor.step?.value).toBe('broken');
    timeline.take({ type: 'records', reporter: 'p1', records: [step(91, 901, 'off')] });
    expect([lampAt(timeline, 4), lampAt(timeline, 91)]).toEqual(['on', 'off']);
    // What lies between is not known: the last that is stands for it.
    expect(lampAt(timeline, 50)).toBe(lampAt(timeline, 5));
    expect(timeline.dropped).toBe(85);
  });

  test('is forgotten when the inspector was started anew', () => {
    const timeline = pressed(2);
    timeline.take({ type: 'hello', format: 1, version: '0.1.0', control: false });
    expect([timeline.entries.length, timeline.histories.length]).toEqual([0, 0]);
  });
});

describe('the log', () => {
  const all: LogFilter = {
    search: '',
    types: new Set<RecordType>(['step', 'event', 'message', 'actor', 'machine']),
    side: null,
    heartbeats: true,
    actor: null,
  };
  const seqs = (timeline: Timeline, filter: Partial<LogFilter>) =>
    filterLog(timeline.entries, { ...all, ...filter }).map((place) => timeline.entries[place]?.record.seq);

  test('finds by every word of a search, in names of actors, events and states', () => {
    const timeline = pressed(4);
    expect(seqs(timeline, { search: 'HOUSE press on' })).toEqual([4, 6]);
    expect(seqs(timeline, { search: 'press nowhere' })).toEqual([]);
  });

  test('filters by kind, by end and by actor', () => {
    const timeline = pressed(1);
    expect(seqs(timeline, { types: new Set<RecordType>(['actor']) })).toEqual([2]);
    expect(seqs(timeline, { side: 'server', types: new Set<RecordType>(['step']) })).toEqual([]);
    expect(seqs(timeline, { actor: 'p1/a1' })).toEqual([2, 3, 4]);
    expect(seqs(timeline, { actor: 'p1/a2' })).toEqual([]);
  });

  test('can leave the signs of life of an idle link out', () => {
    const timeline = pressed(1);
    timeline.add('p1', [
      step(5, 5, 'on', 'socket.alive'),
      step(6, 6, 'on', 'xstate.after.livelyTime.lamp.on'),
    ]);
    expect(seqs(timeline, { heartbeats: false, types: new Set<RecordType>(['step']) })).toEqual([3, 4]);
    expect(seqs(timeline, { types: new Set<RecordType>(['step']) })).toEqual([3, 4, 5, 6]);
  });

  test('says that records are missing, whatever is filtered', () => {
    const timeline = pressed(1);
    timeline.add('p1', [{ type: 'dropped', seq: 30, ms: 9, count: 26, reason: 'the disk was too slow' }]);
    expect(seqs(timeline, { types: new Set<RecordType>() })).toEqual([30]);
    expect(timeline.dropped).toBe(26);
  });
});

describe('the conversation', () => {
  const message = (
    seq: number,
    fields: Partial<Extract<InspectionRecord, { type: 'message' }>>,
  ): InspectionRecord => ({
    type: 'message',
    seq,
    ms: seq * 10,
    uuid: 'u1',
    kind: 'links.stream',
    asker: 'client',
    at: 'client',
    actor: 'a1',
    phase: 'sending',
    ...fields,
  });

  test('has an arrow for the message, for each resend and for the answer, and waits until that', () => {
    const timeline = createTimeline();
    timeline.open('p1', header());
    timeline.add('p1', [
      message(1, { bytes: 500 }),
      message(2, { phase: 'sent' }),
      message(3, { phase: 'resending', retry: 1, bytes: 500 }),
      message(4, { phase: 'answered', took: 30, bytes: 72 }),
    ]);
    const arrows = arrowsOf(timeline.entries);
    expect(arrows.map(({ type, from, bytes }) => [type, from, bytes])).toEqual([
      ['message', 'client', 500],
      ['resend', 'client', 500],
      ['answer', 'server', 72],
    ]);
    const exchange = arrows[0]?.exchange;
    expect(exchange).toMatchObject({ roundTrip: 30, resends: [2], answeredAt: 3 });
    expect([2, 3].map((place) => exchange !== undefined && isWaiting(exchange, place))).toEqual([
      true,
      false,
    ]);
  });

  test('draws a message that both ends have seen once, and one that only the other end saw as well', () => {
    const timeline = createTimeline();
    timeline.open('p1', header());
    timeline.add('p1', [
      message(1, {}),
      message(2, { at: 'server', phase: 'received' }),
      message(3, { uuid: 'u2', at: 'server', phase: 'received' }),
    ]);
    const arrows = arrowsOf(timeline.entries);
    expect(arrows.map(({ exchange }) => exchange.uuid)).toEqual(['u1', 'u2']);
    expect(arrows[0]?.exchange.received).toEqual({ place: 1, after: 10 });
  });
});

test('what was visited is what has happened up to the moment', () => {
  const timeline = pressed(2);
  const { definition } = machine as Extract<InspectionRecord, { type: 'machine' }>;
  const at = (seq: number) =>
    visitsOf(timeline.entries, timeline.placeOf({ reporter: 'p1', seq }), 'lamp', definition);
  expect([...at(3).states]).toEqual(['lamp', 'lamp.off']);
  expect([...at(4).states]).toEqual(['lamp', 'lamp.off', 'lamp.on']);
  expect([at(3).transitions.size, at(5).transitions.size]).toEqual([0, 1]);
});
