import { expect, test } from 'vitest';
import { bandsOf } from '../../../../src/inspector/page/model/phases.js';
import { progressOf, totalsOf } from '../../../../src/inspector/page/model/progress.js';
import { createTimeline } from '../../../../src/inspector/page/model/timeline.js';
import { endOf, type PageScene, recordedScene, untilState, upTo } from '../../../support/page-scenes.js';

function rowsAt(scene: PageScene, canGoOn = true, ago = 0) {
  const timeline = createTimeline();
  timeline.open('p1', scene.header);
  timeline.add('p1', scene.records);
  return progressOf({
    views: timeline.viewsAt(null),
    bands: bandsOf(timeline.entries),
    place: timeline.entries.last,
    now: timeline.entries.to + ago,
    canGoOn,
  });
}

const statuses = (rows: ReturnType<typeof rowsAt>) => rows.map(({ phase, status }) => `${phase} ${status}`);
/** The records up to the first step of the transfer into a state. */
/** Up to the first such step of the transfer, or to the one of that number. */
function until(scene: PageScene, wanted: string, count = 1): PageScene {
  const at = scene.records.filter(
    (record) => record.type === 'step' && record.event === wanted && record.actor === 'a1',
  )[count - 1];
  return upTo(scene, at?.ms ?? Number.NaN);
}

test('a stage that runs is running, not done, though the transfer counts it already', () => {
  const rows = rowsAt(until(recordedScene('push'), 'stage.moved'));
  expect(statuses(rows)).toEqual([
    'opening done',
    'comparing done',
    'checking done',
    'preparing done',
    'entities moves',
    'assets waits',
    'links waits',
    'configuration waits',
    'committing waits',
  ]);
});

test('a stage is done once the transfer is in the next one, whoever tells first', () => {
  const rows = statuses(rowsAt(untilState(recordedScene('push'), 'transferring.links.moving')));
  expect(rows.slice(4, 7)).toEqual(['entities done', 'assets done', 'links moves']);
});

test.each([
  ['push', ['entities done', 'assets done', 'links done', 'configuration done', 'committing done']],
  [
    'silent',
    [
      'entities failed',
      'assets notReached',
      'links notReached',
      'configuration notReached',
      'committing notReached',
    ],
  ],
  [
    'lost',
    ['entities done', 'assets done', 'links failed', 'configuration notReached', 'committing notReached'],
  ],
  [
    'abort',
    [
      'entities done',
      'assets aborted',
      'links notReached',
      'configuration notReached',
      'committing notReached',
    ],
  ],
])('after a %s nothing moves and nothing waits', (name, expected) => {
  const rows = statuses(rowsAt(recordedScene(name), false));
  expect(rows.slice(4)).toEqual(expected);
  expect(rows.slice(0, 4).every((row) => row.endsWith(' done'))).toBe(true);
});

test('a stage whose process is gone has failed', () => {
  const rows = statuses(rowsAt(upTo(recordedScene('silent'), 6000), false));
  expect(rows.slice(4, 6)).toEqual(['entities failed', 'assets notReached']);
});

test('a stage that was not asked for is left out', () => {
  const scene = recordedScene('push');
  const only = JSON.parse(
    JSON.stringify(scene).replaceAll('["entities","assets","links","configuration"]', '["entities"]'),
  ) as PageScene;
  expect(statuses(rowsAt(until(only, 'stage.moved'))).slice(4)).toEqual([
    'entities moves',
    'assets skipped',
    'links skipped',
    'configuration skipped',
    'committing waits',
  ]);
});

test('has totals, what was left out, a rate, and the time that is left where the source knows the total', () => {
  const scene = recordedScene('push');
  const rows = rowsAt(scene);
  expect(totalsOf(rows)).toMatchObject({ items: 10, bytes: 300_011, row: null });
  expect(rows.find(({ phase }) => phase === 'entities')).toMatchObject({ items: 3, leftOut: 1, left: null });

  const half: PageScene = {
    ...scene,
    records: scene.records.map((record) =>
      record.type === 'step' && record.context?.['totals'] !== undefined
        ? { ...record, context: { ...record.context, totals: { count: 6 } } }
        : record,
    ),
  };
  const [row] = rowsAt(until(half, 'stage.moved', 2), true, 3000).filter(({ status }) => status === 'moves');
  expect(row).toMatchObject({ items: 3, totalItems: 6 });
  expect(row?.itemRate).toBeCloseTo(1, 1);
  expect(row?.left).toBeCloseTo(3000, -2);
});

test('a server alone does not know how far a transfer is', () => {
  expect(rowsAt(endOf(recordedScene('push'), 'server'))).toEqual([]);
});
