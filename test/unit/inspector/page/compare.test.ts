import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { InspectionRecord, RecordingHeader } from '../../../../src/inspect/records.js';
import { around, compareRuns, isSame } from '../../../../src/inspector/page/model/compare.js';
import { createTimeline } from '../../../../src/inspector/page/model/timeline.js';
import { actor, header, machine, step } from '../../../support/lamp-records.js';

/** The time line of a fixture, or of records that were made from it. */
function runOf(
  name: string,
  change: (records: InspectionRecord[]) => readonly InspectionRecord[] = (all) => all,
) {
  const path = new URL(`../../../fixtures/inspections/${name}.jsonl`, import.meta.url);
  const [head, ...records] = readFileSync(path, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);
  return timelineOf(change(records as InspectionRecord[]), head as RecordingHeader);
}

function timelineOf(records: readonly InspectionRecord[], head = header()) {
  const timeline = createTimeline();
  timeline.open('p1', head);
  timeline.add('p1', records);
  return timeline.entries;
}

const lamp = (...steps: readonly InspectionRecord[]) => timelineOf([machine, actor(2), ...steps]);

describe('two recordings', () => {
  test.each(['push', 'pull', 'retry', 'abort', 'lost'])('of one run are the same: %s', (name) => {
    const { actors, first } = compareRuns(runOf(name), runOf(name));
    expect(first).toBeNull();
    expect(actors.length).toBeGreaterThan(5);
    expect(actors.every(({ pairs }) => pairs.every(isSame))).toBe(true);
  });

  test('are the same where one was slower and its ids are others', () => {
    const slower = runOf('push', (records) =>
      records.map((record) => ({
        ...(JSON.parse(
          JSON.stringify(record).replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'another'),
        ) as InspectionRecord),
        ms: record.ms * 3,
      })),
    );
    expect(compareRuns(runOf('push'), slower).first).toBeNull();
  });

  test('diverge at the first step that does something else', () => {
    let changed = 0;
    const other = runOf('retry', (records) =>
      records.map((record) => {
        if (record.type !== 'step' || record.value !== 'retrying' || changed > 0) return record;
        changed = record.seq;
        return { ...record, value: 'failed' };
      }),
    );
    const { first, actors } = compareRuns(runOf('retry'), other);
    expect(first?.path).toBe('transfer/destination/lane.0');
    const pair = first?.pairs[first.divergence ?? 0];
    expect(pair).toMatchObject({ left: { state: 'retrying', seq: changed }, right: { state: 'failed' } });
    expect(actors.filter(({ divergence }) => divergence !== null)).toEqual([first]);
  });

  test('diverge where one of them goes on', () => {
    const { first } = compareRuns(
      lamp(step(3, 0, 'off', 'xstate.init'), step(4, 1, 'on')),
      lamp(step(3, 0, 'off', 'xstate.init')),
    );
    expect(first).toMatchObject({ path: 'house/lamp', divergence: 1 });
    expect(first?.pairs[1]).toMatchObject({ left: { state: 'on' }, right: null });
  });

  test('are the same where a step only repeats itself more often', () => {
    const once = lamp(step(3, 0, 'off', 'xstate.init'), step(4, 1, 'on'));
    const thrice = lamp(
      step(3, 0, 'off', 'xstate.init'),
      step(4, 1, 'on'),
      step(5, 2, 'on'),
      step(6, 3, 'on'),
    );
    const { first, actors } = compareRuns(once, thrice);
    expect(first).toBeNull();
    expect(actors[0]?.pairs[1]).toMatchObject({ left: { times: 1 }, right: { times: 3 } });
  });

  test('of which only one has an actor diverge there', () => {
    const { first } = compareRuns(lamp(step(3, 0, 'off', 'xstate.init')), timelineOf([machine]));
    expect(first).toMatchObject({ path: 'house/lamp', divergence: 0 });
  });

  test('name first the actor that diverged first, whatever its place in the tree', () => {
    const { first, actors } = compareRuns(runOf('push'), runOf('retry'));
    const moments = actors.flatMap(({ pairs, divergence }) => {
      const { left, right } = pairs[divergence ?? -1] ?? { left: null, right: null };
      return left === null && right === null
        ? []
        : [Math.min(left?.ms ?? Number.POSITIVE_INFINITY, right?.ms ?? Number.POSITIVE_INFINITY)];
    });
    const { left, right } = first?.pairs[first.divergence ?? 0] ?? { left: null, right: null };
    expect(Math.min(left?.ms ?? Infinity, right?.ms ?? Infinity)).toBe(Math.min(...moments));
  });

  test('are shown with what came before the divergence, and with what followed', () => {
    const steps = (value: string) =>
      Array.from({ length: 20 }, (_, at) =>
        step(at + 3, at, at === 10 ? value : at % 2 === 0 ? 'on' : 'off'),
      );
    const { first } = compareRuns(lamp(...steps('on')), lamp(...steps('broken')));
    const shown = first === null ? [] : around(first, 2, 3);
    expect(shown.map(({ right }) => right?.state)).toEqual(['on', 'off', 'broken', 'off', 'on']);
  });
});
