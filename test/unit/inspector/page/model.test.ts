import { describe, expect, test } from 'vitest';
import type { InspectionRecord } from '../../../../src/inspect/records.js';
import { arrowsOf, isWaiting } from '../../../../src/inspector/page/model/exchanges.js';
import { readHash, writeHash } from '../../../../src/inspector/page/model/location-hash.js';
import { filterLog, type LogFilter, type RecordType } from '../../../../src/inspector/page/model/log.js';
import { createTimeline, type Timeline } from '../../../../src/inspector/page/model/timeline.js';
import { findActor, treeOf } from '../../../../src/inspector/page/model/tree.js';
import { actor, header, lampAt, machine, pressed, step } from '../../../support/lamp-records.js';

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
    expect([...timeline.entries].map(({ history, record }) => `${history.name}.${record.seq}`)).toEqual(
      'p1.1 p1.2 p1.3 p1.4 p1.5 p2.1 p2.2 p2.3 p1.6 p2.4 p1.7 p2.5'.split(' '),
    );
    const at = (seq: number) =>
      findActor(timeline.viewsAt({ reporter: 'p1', seq }), 'p2/a1')?.actor.step?.value;
    expect([at(4), at(5), at(6), at(7)]).toEqual([undefined, undefined, 'off', 'on']);
  });

  test('a moment can be linked to, and the token is kept apart from it', () => {
    const link = { moment: { reporter: 'p2', seq: 31 }, actor: 'p1/a4', token: 'a-b_c' };
    expect(readHash(writeHash(link))).toEqual(link);
    expect(writeHash({ ...link, token: null })).toBe('#at=p2.31&actor=p1/a4');
    expect(readHash('#at=nonsense')).toEqual({ moment: null, actor: null, token: null });
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
    filterLog(timeline.entries, { ...all, ...filter }).map((place) => timeline.entries.at(place)?.record.seq);

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
