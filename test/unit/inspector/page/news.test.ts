import { describe, expect, test } from 'vitest';
import * as machines from '../../../../machines/index.js';
import type { Json } from '../../../../src/inspect/records.js';
import { ticksOf } from '../../../../src/inspector/page/model/axis.js';
import { connectionOf } from '../../../../src/inspector/page/model/connection.js';
import { arrowsOf } from '../../../../src/inspector/page/model/exchanges.js';
import { filterLog, firstTypes } from '../../../../src/inspector/page/model/log.js';
import { markFrom, marksOf, toneOf, toneOfState } from '../../../../src/inspector/page/model/news.js';
import { steeringOf } from '../../../../src/inspector/page/model/steering.js';
import { problemAfter, summaryOf, talkOf } from '../../../../src/inspector/page/model/talk.js';
import { counted, spanText } from '../../../../src/inspector/page/model/text.js';
import { createTimeline } from '../../../../src/inspector/page/model/timeline.js';
import { treeOf } from '../../../../src/inspector/page/model/tree.js';
import { endOf, type PageScene, recordedScene, untilState, upTo } from '../../../support/page-scenes.js';

function timelineOf({ header, records }: PageScene) {
  const timeline = createTimeline();
  timeline.open('p1', header);
  timeline.add('p1', records);
  return timeline;
}
const silent = endOf(recordedScene('silent'), 'client');

describe('colour', () => {
  /** Final states of every chart that say by their names that something went wrong. */
  const ends = Object.entries(machines).flatMap(([name, machine]) =>
    name.endsWith('Machine') && typeof machine === 'object' && 'root' in machine
      ? Object.entries(machine.root.states).flatMap(([state, node]) =>
          node.type === 'final' ? [[name, state] as const] : [],
        )
      : [],
  );
  test.each(ends)('of %s in %s is red for failed, lost, error and aborted alone', (_, state) => {
    const tone = toneOfState({ value: state, status: 'done' });
    expect(tone).toBe(
      ['failed', 'lost', 'error', 'aborted'].includes(state) ? 'bad' : state === 'completed' ? 'good' : '',
    );
  });

  test('of a connection that its peer closed politely is none', () => {
    const normal = { end: { code: 'CONNECTION_CLOSED', details: { closeCode: 1000 } } };
    const cut = { end: { code: 'CONNECTION_CLOSED', details: { closeCode: 1006 } } };
    expect(toneOfState({ value: 'lost', status: 'done', context: normal })).toBe('');
    expect(toneOfState({ value: 'lost', status: 'done', context: cut })).toBe('bad');
  });

  test.each(['push', 'pull'])('a %s that went well has none of red, at neither end', (name) => {
    const bad = recordedScene(name).records.filter((record) => toneOf(record) === 'bad');
    expect(bad).toEqual([]);
    expect(marksOf(timelineOf(recordedScene(name)).entries)).toEqual([]);
  });
});

describe('the time line', () => {
  test('marks a resend, and an end of many messages once', () => {
    expect(marksOf(timelineOf(recordedScene('retry')).entries)).toMatchObject([
      { tone: 'warn', words: expect.stringContaining('sent again') },
    ]);
    const marks = marksOf(timelineOf(silent).entries);
    expect(marks.length).toBeLessThan(4);
    expect(marks.map(({ tone }) => tone)).toContain('bad');
    expect(markFrom(marks, 0, 1)).toBe(marks[0]);
    expect(markFrom(marks, marks[0]?.place ?? 0, -1)).toBeUndefined();
  });

  test('rests inside of a silence, and a link leads there again', () => {
    const timeline = timelineOf(silent);
    const { from, to } = timeline.entries;
    for (const part of [0.1, 0.5, 0.73, 0.95]) {
      const at = Math.round(from + part * (to - from));
      const moment = timeline.momentOf(at);
      expect(Math.abs((timeline.timeOf(moment) ?? 0) - at)).toBeLessThan(1);
    }
    expect(timeline.timeOf(null)).toBeNull();
  });

  test.each([
    [0, '0'],
    [90, '0 20 ms 40 ms 60 ms 80 ms'],
    [10_124, '0 2 s 4 s 6 s 8 s 10 s'],
    [400_000, '0 1 min 2 min 3 min 4 min 5 min 6 min'],
    [8 * 3600_000, '0 1:04 h 2:08 h 3:12 h 4:16 h 5:20 h 6:24 h 7:28 h'],
  ])('has a tick at round times of %i ms', (span, text) => {
    expect(
      ticksOf(span, 8)
        .map((tick) => tick.text)
        .join(' '),
    ).toBe(text);
  });
});

describe('the conversation', () => {
  test('says that a request was given up at the end that asked: nothing came from the other', () => {
    const arrows = arrowsOf(timelineOf(silent).entries).filter(({ type }) => type === 'failure');
    expect(arrows.length).toBe(8);
    for (const { from, exchange } of arrows) expect(from).toBe(exchange.asker);
  });

  test('puts streams in groups, and leaves what is waited for, failed or sent again outside', () => {
    const timeline = createTimeline();
    timeline.open('p1', silent.header);
    const message = (seq: number, uuid: string, more: object) => ({
      ...{ type: 'message', kind: 'links.stream', asker: 'client', at: 'client', actor: 'a1' },
      ...{ seq, ms: seq, uuid },
      ...more,
    });
    const pairs = Array.from({ length: 5 }, (_, index) => [
      message(2 * index + 1, `u${index}`, { phase: 'sending', bytes: 100 }),
      message(2 * index + 2, `u${index}`, { phase: 'answered', took: index + 1 }),
    ]).flat();
    timeline.add('p1', [...pairs, message(11, 'last', { phase: 'sending', bytes: 9 })] as never);
    const arrows = arrowsOf(timeline.entries);
    const { last } = timeline.entries;
    const lines = talkOf(arrows, arrows.length, last, new Set());
    expect(lines).toMatchObject([
      { group: { messages: 5, bytes: 500, fastest: 1, slowest: 5 } },
      { arrow: { exchange: { uuid: 'last' } } },
    ]);
    expect(talkOf(arrows, arrows.length, last, new Set([0])).length).toBe(11);
    expect(summaryOf(arrows, arrows.length, last)).toMatchObject({
      messages: 6,
      median: 3,
      slowest: { exchange: { uuid: 'u4' } },
      waiting: ['links.stream'],
    });
  });

  test('leads to the next problem, and from the last to the first', () => {
    const arrows = arrowsOf(timelineOf(silent).entries);
    const first = problemAfter(arrows, -1);
    expect(first?.type).toBe('failure');
    expect(problemAfter(arrows, arrows.at(-1)?.place ?? 0)).toBe(first);
  });
});

test('the log has messages, errors and stages at first; steps of lanes are one click away', () => {
  const timeline = timelineOf(silent);
  const filter = { search: '', side: null, heartbeats: false, actor: null, types: new Set(firstTypes) };
  const shown = filterLog(timeline.entries, filter).map((place) => timeline.entries.at(place)?.record);
  expect(shown.length).toBeLessThan(timeline.entries.size / 4);
  expect(shown.filter((one) => one?.type === 'message' && one.phase === 'sent')).toEqual([]);
  const stages = shown.filter((one) => one?.type === 'step' && one.actor === 'a1');
  expect(stages.length).toBeGreaterThan(4);
  expect(shown.some((one) => one?.type === 'step' && one.value === 'lost')).toBe(true);
});

test('lanes that carry nothing are one line of the tree, and a stage has its name', () => {
  const names = (scene: PageScene) =>
    treeOf(timelineOf(scene).viewsAt(null), true).flatMap(({ items }) => items.map(({ name }) => name));
  expect(names(silent).filter((name) => name.startsWith('lane'))).toEqual(['lane.0–7']);
  expect(names(silent)).toContain('stage entities');
  const hung = names(upTo(silent, 6000));
  expect(hung.filter((name) => name.startsWith('lane'))).toHaveLength(8);
  expect(hung).toContain('concurrent.0–8');
});

test.each([
  ['live', false, 'good', 'connected'],
  ['lost', false, 'bad', 'looking for it'],
  ['lost', true, '', 'the run has ended'],
  ['off', true, '', 'a recording'],
] as const)('the connection %s, over: %s, is told as %s', (status, isOver, tone, words) => {
  expect(connectionOf(status, isOver)).toMatchObject({ tone, words: expect.stringContaining(words) });
});

describe('a button that steers', () => {
  const buttonsOf = (scene: PageScene) =>
    Object.fromEntries(
      steeringOf(timelineOf(scene).viewsAt(null)).map(({ command, isEnabled, says }) => [
        command,
        `${isEnabled ? 'on' : 'off'}: ${says}`,
      ]),
    );
  const at = (state: string) => buttonsOf(untilState(endOf(recordedScene('push'), 'client'), state));

  /** A transfer that was asked to pause while its entities move, and then stands in a state. */
  function askedToPause(value: Json): PageScene {
    const scene = untilState(endOf(recordedScene('push'), 'client'), 'transferring.entities.moving');
    const steps = scene.records.filter((record) => record.type === 'step');
    const last = steps.findLast(({ actor }) => actor === 'a1');
    if (last === undefined) throw new Error('the transfer has no step');
    const [seq, ms] = [(scene.records.at(-1)?.seq ?? 0) + 1, (scene.records.at(-1)?.ms ?? 0) + 1];
    return {
      ...scene,
      records: [...scene.records, { ...last, seq, ms, value, context: { pauseIsAsked: true } }],
    };
  }

  test('can be pressed only where it does something, and says what', () => {
    const running = at('transferring.entities.moving');
    expect(running['pause']).toBe('on: Pauses after entities.');
    expect(running['resume']).toBe('off: It is not paused.');
    expect(running['abort']).toMatch(/^on: Says goodbye/);
    expect(at('comparing')['pause']).toBe('on: Pauses before the destination is cleared.');
    for (const says of Object.values(at('completed'))) expect(says).toBe('off: It has ended.');
  });

  test.each([
    {
      value: { transferring: { entities: 'moving' } },
      pause: 'off: It is already pausing after entities.',
      resume: 'on: Takes the pause back.',
    },
    {
      value: { transferring: { links: 'paused' } },
      pause: 'off: It is paused before links.',
      resume: 'on: Goes on with links.',
    },
    {
      value: { preparing: 'paused' },
      pause: 'off: It is paused before clearing the destination.',
      resume: 'on: Goes on with clearing the destination.',
    },
    {
      value: { committing: 'paused' },
      pause: 'off: It is paused before committing.',
      resume: 'on: Goes on with committing.',
    },
  ])('cannot pause what is asked to pause, or paused, in $value', ({ value, pause, resume }) => {
    const buttons = buttonsOf(askedToPause(value));
    expect(buttons).toMatchObject({ pause, resume });
    expect(buttons['abort']).toMatch(/^on: /);
  });

  test('asks before it does what cannot be taken back', () => {
    const asking = steeringOf(timelineOf(upTo(silent, 6000)).viewsAt(null)).filter(
      ({ question }) => question !== '',
    );
    expect(asking.map(({ command }) => command)).toEqual(['cut', 'abort']);
  });
});

test('counts and spans read as English', () => {
  expect([counted(0, 'line'), counted(1, 'line'), counted(1200, 'line')]).toEqual([
    '0 lines',
    '1 line',
    '1,200 lines',
  ]);
  expect([0, 640, 6420, 59_400, 59_900, 184_000, 3_700_000].map(spanText)).toEqual([
    '0 ms',
    '640 ms',
    '6.4 s',
    '59 s',
    '60 s',
    '3 min 4 s',
    '1 h 1 min',
  ]);
});
