import { describe, expect, test } from 'vitest';
import type { InspectionRecord } from '../../../../src/inspect/records.js';
import { createFold } from '../../../../src/inspect/state.js';
import { transitionKey } from '../../../../src/inspect/visited.js';
import type { Entry } from '../../../../src/inspector/page/model/entries.js';
import { arrowsOf } from '../../../../src/inspector/page/model/exchanges.js';
import { filterLog, type LogFilter, type RecordType } from '../../../../src/inspector/page/model/log.js';
import { createTimeline, type Timeline } from '../../../../src/inspector/page/model/timeline.js';
import { findActor } from '../../../../src/inspector/page/model/tree.js';
import { visitsOf, wasTaken, wasVisited } from '../../../../src/inspector/page/model/visits.js';
import { actor, header, lampAt, machine, pressed, step } from '../../../support/lamp-records.js';

const steps: LogFilter = {
  search: '',
  types: new Set<RecordType>(['step']),
  side: null,
  heartbeats: true,
  actor: null,
};

describe('what is kept', () => {
  test('is bounded, and what was dropped is told', () => {
    const timeline = pressed(1000, { keep: 100, chunk: 10 });
    expect(timeline.entries.size).toBeLessThanOrEqual(100);
    expect(timeline.entries.size).toBeGreaterThan(80);
    expect(timeline.entries.size + timeline.dropped).toBe(1003);
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

  test('knows nobody any more who was over before it begins', () => {
    const timeline = createTimeline({ keep: 100, chunk: 10 });
    timeline.open('p1', header());
    const carrier = (seq: number) =>
      ({ ...actor(seq), actor: `a${seq}`, kind: 'other', machine: null }) as const;
    for (let seq = 1; seq < 1000; seq += 2) {
      const over = { ...step(seq + 1, seq, 'off'), actor: `a${seq}`, status: 'done' } as const;
      timeline.add('p1', [carrier(seq), over]);
    }
    const [history] = timeline.histories;
    const known = Array.from({ length: 1000 }, (_, seq) => history?.actor(`a${seq}`)).filter(Boolean);
    expect(known.length).toBeLessThanOrEqual(timeline.entries.size / 2);
    expect(history?.actor('a999')).toBeDefined();
  });

  test('leaves every entry its place when older ones are dropped', () => {
    const timeline = pressed(150, { keep: 100, chunk: 10 });
    const { entries } = timeline;
    const place = timeline.placeOf({ reporter: 'p1', seq: 140 });
    const dropped = entries.first;
    timeline.add(
      'p1',
      [...Array(20).keys()].map((more) => step(154 + more, 152 + more, 'on')),
    );
    expect(timeline.entries).toBe(entries);
    expect(entries.first).toBeGreaterThan(dropped);
    expect([timeline.placeOf({ reporter: 'p1', seq: 140 }), entries.at(place)?.record.seq]).toEqual([
      place,
      140,
    ]);
    expect([entries.at(entries.first - 1), entries.at(entries.last + 1)]).toEqual([undefined, undefined]);
    expect(timeline.momentAt(entries.last)).toEqual({ reporter: 'p1', seq: 173 });
    expect(entries.placeAt(entries.from - 1)).toBe(entries.first - 1);
  });

  test('loses the oldest of one process, and none of another that lie between them', () => {
    const timeline = createTimeline({ keep: 40, chunk: 10 });
    timeline.open('p1', header());
    timeline.open('p2', header());
    for (let seq = 1; seq <= 23; seq += 1) {
      timeline.add('p1', [step(seq, seq, 'on')]);
      timeline.add('p2', [step(seq, seq + 0.5, 'on')]);
      filterLog(timeline.entries, steps);
    }
    const named = (entry: Entry | undefined) => `${entry?.history.name}.${entry?.record.seq}`;
    const kept = [...timeline.entries].map(named);
    const seqs = Array.from({ length: 23 }, (_, index) => index + 1);
    expect(kept).toEqual(seqs.flatMap((seq) => (seq <= 10 ? [`p2.${seq}`] : [`p1.${seq}`, `p2.${seq}`])));
    const logged = filterLog(timeline.entries, steps);
    expect(logged.map((place) => named(timeline.entries.at(place)))).toEqual(kept);
  });

  test('is what happened last, of a process too that says little', () => {
    const timeline = createTimeline({ keep: 100, chunk: 10 });
    timeline.open('p1', header());
    timeline.open('p2', header());
    for (let seq = 1; seq <= 640; seq += 1) {
      if (seq % 50 === 0) timeline.add('p1', [step(seq / 50, seq, 'on')]);
      timeline.add('p2', [step(seq, seq, 'on')]);
    }
    const ofQuiet = [...timeline.entries].filter(({ history }) => history.name === 'p1');
    expect(ofQuiet.at(-1)?.record.seq).toBe(12);
    expect(timeline.entries.size).toBeLessThanOrEqual(100);
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
    expect([timeline.entries.size, timeline.histories.length]).toEqual([0, 0]);
  });
});

describe('a recording that is longer than what is kept', () => {
  const [keep, chunk] = [1000, 50];

  /** Told as a page is told, and looked at as it looks, group after group. Gives how often records were looked at. */
  function looksAt(count: number): number {
    let looks = 0;
    const noted = (record: InspectionRecord) =>
      new Proxy(record, {
        get(target, field) {
          looks += 1;
          return Reflect.get(target, field);
        },
      });
    const timeline = createTimeline({ keep, chunk });
    timeline.open('p1', header());
    timeline.add('p1', [machine, actor(2)]);
    for (let seq = 3; seq < count; seq += chunk) {
      timeline.add(
        'p1',
        Array.from({ length: chunk }, (_, index) => noted(step(seq + index, seq + index, 'on'))),
      );
      filterLog(timeline.entries, steps);
      visitsOf(timeline.viewsAt(null), 'lamp');
    }
    return looks;
  }

  test('costs as much for each record as a short one: none is looked at again because others were dropped', () => {
    const short = looksAt(keep);
    expect(short).toBeGreaterThan(keep);
    expect(looksAt(10 * keep) / 10).toBeLessThan(1.2 * short);
  });

  test('has in its log what is kept, and what it had before moves on with it', () => {
    const timeline = pressed(10, { keep: 100, chunk: 10 });
    const places = filterLog(timeline.entries, steps);
    for (let seq = 14; seq <= 500; seq += 1) {
      timeline.add('p1', [step(seq, seq, 'on')]);
      if (seq % 7 === 0) filterLog(timeline.entries, steps);
    }
    expect(filterLog(timeline.entries, steps)).toBe(places);
    const seqs = places.map((place) => timeline.entries.at(place)?.record.seq);
    expect(seqs).toEqual([...timeline.entries].map(({ record }) => record.seq));
    expect(seqs.at(-1)).toBe(500);
  });

  test('has an answer in its conversation whose message was dropped', () => {
    const timeline = createTimeline({ keep: 20, chunk: 10 });
    timeline.open('p1', header());
    const message = {
      type: 'message',
      uuid: 'u1',
      kind: 'close',
      asker: 'client',
      at: 'client',
      actor: 'a1',
    } as const;
    timeline.add('p1', [{ ...message, seq: 1, ms: 1, phase: 'sending' }]);
    for (let seq = 2; seq < 40; seq += 1) timeline.add('p1', [step(seq, seq, 'on')]);
    timeline.add('p1', [{ ...message, seq: 40, ms: 40, phase: 'answered', took: 39 }]);
    expect(arrowsOf(timeline.entries)).toMatchObject([
      { type: 'answer', place: timeline.entries.last, exchange: { roundTrip: 39 } },
    ]);
  });
});

describe('what was visited', () => {
  const press = transitionKey('lamp.off', { source: 'lamp.off', event: 'press', targets: ['lamp.on'] });
  const at = (timeline: Timeline, seq: number) => {
    const visits = visitsOf(timeline.viewsAt({ reporter: 'p1', seq }), 'lamp');
    const states = ['lamp', 'lamp.off', 'lamp.on', 'lamp.broken'].filter((id) => wasVisited(visits, id));
    return { states, isPressed: wasTaken(visits, press) };
  };

  test('is what has happened up to the moment', () => {
    const timeline = pressed(2);
    expect(at(timeline, 2)).toEqual({ states: [], isPressed: false });
    expect(at(timeline, 3)).toEqual({ states: ['lamp', 'lamp.off'], isPressed: false });
    expect(at(timeline, 4)).toEqual({ states: ['lamp', 'lamp.off', 'lamp.on'], isPressed: true });
    expect(at(timeline, 3)).toEqual({ states: ['lamp', 'lamp.off'], isPressed: false });
  });

  test('is not forgotten when the records that showed it are dropped', () => {
    const timeline = createTimeline({ keep: 100, chunk: 10 });
    timeline.open('p1', header());
    timeline.add('p1', [machine, actor(2), step(3, 1, 'off', 'xstate.init'), step(4, 2, 'on')]);
    for (let seq = 5; seq < 1000; seq += 1) timeline.add('p1', [step(seq, seq, 'off', 'nothing')]);
    expect(timeline.entries.at(timeline.entries.first)?.record.seq).toBeGreaterThan(800);
    expect(at(timeline, 999)).toEqual({ states: ['lamp', 'lamp.off', 'lamp.on'], isPressed: true });
  });

  test('is known to a page that was opened after the inspector had dropped the records', () => {
    const fold = createFold();
    for (const record of [machine, actor(2), step(3, 1, 'on')]) fold.add(record);
    const timeline = createTimeline();
    timeline.take({ type: 'reporter', reporter: 'p1', header: header() });
    const state = JSON.parse(JSON.stringify(fold.state()));
    timeline.take({ type: 'state', reporter: 'p1', state, dropped: 3 });
    timeline.take({ type: 'records', reporter: 'p1', records: [step(4, 2, 'broken', 'drop')] });
    expect(at(timeline, 3)).toEqual({ states: ['lamp', 'lamp.on'], isPressed: true });
    expect(at(timeline, 4)).toEqual({ states: ['lamp', 'lamp.on', 'lamp.broken'], isPressed: true });
  });

  test('is that of all processes in which the chart runs', () => {
    const timeline = pressed(0);
    timeline.open('p2', header());
    timeline.add('p2', [machine, actor(2), step(3, 1, 'broken', 'drop')]);
    expect(at(timeline, 3).states).toEqual(['lamp', 'lamp.off']);
    const visits = visitsOf(timeline.viewsAt(null), 'lamp');
    expect(['lamp.off', 'lamp.broken'].map((id) => wasVisited(visits, id))).toEqual([true, true]);
  });

  test('stays the same object until something new is, so that nothing has to be drawn anew', () => {
    const timeline = pressed(4);
    const [before] = visitsOf(timeline.viewsAt(null), 'lamp');
    timeline.add('p1', [step(8, 9, 'on')]);
    expect(visitsOf(timeline.viewsAt(null), 'lamp')[0]).toBe(before);
    timeline.add('p1', [step(9, 10, 'broken', 'drop')]);
    expect(visitsOf(timeline.viewsAt(null), 'lamp')[0]).not.toBe(before);
  });

  test('may be more where records are missing, and that is told', () => {
    const timeline = pressed(1);
    timeline.add('p1', [{ type: 'dropped', seq: 30, ms: 9, count: 26, reason: 'the disk was too slow' }]);
    expect(timeline.viewsAt(null).map(({ state }) => state.missing)).toEqual([26]);
  });
});
