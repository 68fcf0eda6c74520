import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { headerOf, recordFault } from '../../../src/inspect/check-record.js';
import type { InspectionRecord } from '../../../src/inspect/records.js';
import { activeStates } from '../../../src/inspect/visited.js';
import { drawingFor, labelLines, linesOf } from '../../../src/inspector/page/model/chart.js';
import { arrowsOf } from '../../../src/inspector/page/model/exchanges.js';
import { filterLog, logTypes } from '../../../src/inspector/page/model/log.js';
import { densityOf, ratesOf } from '../../../src/inspector/page/model/rates.js';
import { lineOf } from '../../../src/inspector/page/model/text.js';
import { createTimeline } from '../../../src/inspector/page/model/timeline.js';
import { treeOf } from '../../../src/inspector/page/model/tree.js';
import { actor, header, machine, step } from '../../support/lamp-records.js';
import { type Planted, plantedRecords, recordSamples } from '../../support/record-samples.js';

/** All that the page makes of records before it draws them. */
function show(record: InspectionRecord): void {
  const timeline = createTimeline();
  timeline.open('p1', header());
  timeline.add('p1', [machine, actor(2), record, step(1000, 1000, 'off')]);
  const views = timeline.viewsAt(null);
  for (const entry of timeline.entries) lineOf(entry);
  filterLog(timeline.entries, {
    ...{ search: 'lamp', types: new Set(logTypes), side: 'client', heartbeats: false, actor: null },
  });
  arrowsOf(timeline.entries);
  ratesOf(timeline.entries, 10);
  densityOf(timeline.entries, 10);
  treeOf(views, true);
  for (const { state } of views) {
    for (const { definition } of state.machines) {
      const { root, arrows } = drawingFor(definition);
      linesOf(root);
      for (const arrow of arrows) labelLines(arrow);
      for (const { step: last } of state.actors) activeStates(definition, last?.value);
    }
  }
}

/** Fields that hold whatever JSON can say, or nothing. */
const free = [
  /^actor\.(parent|machine|src|side)$/,
  /^actor\.input/,
  /^event\.from$/,
  /^event\.event\.how/,
  /^step\.(cause|value)$/,
  /^step\.(context|output|error)/,
];

describe('a record', () => {
  test.each(recordSamples)('of type $type passes whole, and can be shown', (record) => {
    expect(recordFault(record)).toBeNull();
    show(record);
  });

  const planted = plantedRecords();
  test('has so many fields that the sweep means something', () => {
    expect(planted.length).toBeGreaterThan(400);
  });

  test.each(planted)(
    'with $intruder as its $path is refused by name, or shown',
    ({ path, intruder, record }: Planted) => {
      const fault = recordFault(record);
      const where = path.slice(path.indexOf('.'));
      if (fault === null) show(record as InspectionRecord);
      // A list or a value of several shapes is named as a whole.
      else expect(where.startsWith(fault) || fault.startsWith(where)).toBe(true);
      if (intruder === null && !free.some((one) => one.test(path))) expect(fault).not.toBeNull();
    },
  );

  test.each([
    ['null', null],
    ['a list', []],
    ['a number', 7],
    ['nothing', {}],
  ])('is not %s', (_, value) => {
    expect(recordFault(value)).not.toBeNull();
  });

  test.each([
    ['a moment that no date has', { ...step(3, 0, 'on'), ms: 1e300 }, '.ms'],
    ['a moment before the recording', { ...step(3, 0, 'on'), ms: -1 }, '.ms'],
    ['a count that goes back', { type: 'dropped', seq: 1, ms: 1, count: -5, reason: '' }, '.count'],
    ['a seq that is no whole number', { type: 'end', seq: 0.5, ms: 1 }, '.seq'],
  ])('has not %s', (_, record, fault) => {
    expect(recordFault(record)).toBe(fault);
  });

  test('that is nested too deeply is refused, and does not run out of stack', () => {
    const deep = (depth: number) => JSON.parse(`${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`) as never;
    expect(recordFault({ ...step(3, 0, 'on'), context: deep(60) })).toBeNull();
    expect(recordFault({ ...step(3, 0, 'on'), context: deep(100_000) })).toMatch(/^\.context\.a/);
    expect(recordFault({ ...step(3, 0, 'on'), value: deep(100_000) })).toBe('.value');
    let definition: object = machine.definition;
    for (let depth = 0; depth < 10_000; depth += 1)
      definition = { ...machine.definition, states: [definition] };
    expect(recordFault({ ...machine, definition })).toMatch(/^\.definition\.states\[0\]/);
  });

  test.each(readdirSync('test/fixtures/inspections'))('that was recorded passes: %s', (name) => {
    const [, ...lines] = readFileSync(`test/fixtures/inspections/${name}`, 'utf8').trim().split('\n');
    const faults = lines.map((line) => recordFault(JSON.parse(line))).filter((fault) => fault !== null);
    expect(faults).toEqual([]);
  });
});

describe('a header', () => {
  test.each([
    ['startedAt', null],
    ['startedAt', '+275760-09-13T00:00:00.000Z'],
    ['startedAt', 7],
    ['format', null],
    ['format', []],
    ['ferry', {}],
  ])('with another %s (%j) is refused', (field, value) => {
    expect(() => headerOf({ ...header(), [field]: value })).toThrow(/header|format/);
  });

  test.each([
    ['version', { toString: 1 }],
    ['version', null],
    ['roles', null],
    ['roles', [null, 'client', {}]],
    ['data', []],
  ])('with another %s (%j) is read without it', (field, value) => {
    const read = headerOf({ ...header(), [field]: value });
    expect(typeof read.version).toBe('string');
    expect(read.roles.every((role) => role === 'client')).toBe(true);
  });
});
