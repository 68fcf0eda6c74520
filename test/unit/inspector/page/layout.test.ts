import { createRequire } from 'node:module';
import type { ELK } from 'elkjs/lib/elk-api.js';
import { describe, expect, test } from 'vitest';
import { definitionOf } from '../../../../src/inspect/definition.js';
import type { StateDefinition } from '../../../../src/inspect/records.js';
import { ferryCharts } from '../../../../src/inspect/replay/stubs.js';
import {
  type Drawing,
  drawingFor,
  linesOf,
  visitedPart,
} from '../../../../src/inspector/page/model/chart.js';
import { happyPathOf } from '../../../../src/inspector/page/model/happy-path.js';
import { layoutGraph, type Placed, placedIn } from '../../../../src/inspector/page/model/layout.js';
import { placedFrom, readyLayout } from '../../../../src/inspector/page/model/ready-layout.js';
import { crossings } from '../../../support/crossings.js';

// The engine without a worker, which the page runs in one.
const Elk = createRequire(import.meta.url)('elkjs/lib/elk.bundled.js') as new () => ELK;
const elk = new Elk();
const charts = Object.entries(ferryCharts).map(([name, machine]) => [name, definitionOf(machine)] as const);

const place = async (drawing: Drawing) => placedIn(await elk.layout(layoutGraph(drawing)), drawing);

const drawingOf = (name: keyof typeof ferryCharts) => drawingFor(definitionOf(ferryCharts[name]));

/** Each chart is placed once for all tests. */
const kept = new Map<Drawing, Promise<Placed>>();
function placedOnce(drawing: Drawing): Promise<Placed> {
  const known = kept.get(drawing) ?? place(drawing);
  kept.set(drawing, known);
  return known;
}

/** Ready layouts keep a tenth of a pixel. */
const inTenths = (placed: Placed): unknown =>
  JSON.parse(
    JSON.stringify({ ...placed, arrows: [...placed.arrows] }, (_, value) =>
      typeof value === 'number' ? Math.round(value * 10) / 10 : value,
    ),
  );

describe('the drawing of a chart', () => {
  test.each(charts)(
    '%s: no line goes through a box or a label, and no label lies on another',
    async (_, definition) => {
      const drawing = drawingFor(definition);
      const placed = await placedOnce(drawing);
      expect(placed.arrows.size).toBe(drawing.arrows.length);
      expect(crossings(placed, drawing)).toEqual([]);
    },
  );

  test.each(charts)('%s: every box has room for its name and its lines', async (_, definition) => {
    const { boxes } = await placedOnce(drawingFor(definition));
    // A letter of the name is up to 8 pixels wide, of a line 6.3; padding and border take 24.
    const narrow = boxes.filter(({ box, width }) => {
      const lines = linesOf(box).map(({ text }) => text.length * 6.3);
      return width < Math.max(box.state.key.length * 8 + 24, ...lines.map((one) => one + 16));
    });
    expect(narrow.map(({ box }) => box.state.id)).toEqual([]);
  });

  test.each(charts)('%s: comes back from its ready layout as it was placed', async (_, definition) => {
    const drawing = drawingFor(definition);
    const placed = await placedOnce(drawing);
    const back = placedFrom(readyLayout(placed, drawing), drawing);
    expect(inTenths(back)).toEqual(inTenths(placed));
    expect(crossings(back, drawing)).toEqual([]);
  });

  test('finds a line through a box, and a label on a label, where there is one', async () => {
    const drawing = drawingOf('connection');
    const placed = await placedOnce(drawing);
    const [first, second] = [...placed.arrows.values()];
    if (first === undefined || second === undefined) throw new Error('the chart has no arrows');
    const everywhere = Array.from({ length: 200 }, (_, index) => [
      { x: 0, y: index * 10 },
      { x: 5000, y: index * 10 },
    ]).flat();
    const bent: Placed = {
      ...placed,
      arrows: new Map(placed.arrows)
        .set(first.id, { ...first, points: everywhere })
        .set(second.id, { ...second, label: first.label }),
    };
    expect(crossings(bent, drawing)).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/ goes through /),
        expect.stringContaining(`label of ${first.id} lies on ${second.id}`),
      ]),
    );
  });

  test('leads its happy path down, from its first state to its last', async () => {
    const drawing = drawingOf('transfer');
    const { boxes } = await placedOnce(drawing);
    const happy = boxes.filter(
      ({ box, parent }) => parent === 'transfer' && drawing.happy.states.has(box.state.id),
    );
    const keys = happy.sort((one, other) => one.y - other.y).map(({ box }) => box.state.key);
    expect(keys).toEqual(
      'opening comparing checking preparing transferring committing closing over completed'.split(' '),
    );
  });
});

test.each([
  ['connection', 'connecting open closing closed'],
  ['dispatcher', 'init ready dispatching waitingResponse'],
  ['lifecycle', 'connected initializing preparing transferring closing ended'],
  ['stage', 'starting streaming ending completed'],
])('a run of %s without trouble goes %s', (name, expected) => {
  const definition = Object.fromEntries(charts)[name] as StateDefinition;
  const { states } = happyPathOf(definition);
  const outermost = (definition.states ?? []).filter(({ id }) => states.has(id)).map(({ key }) => key);
  expect(outermost.join(' ')).toBe(expected);
});

test('of a drawing only the part can be shown that was visited', () => {
  const drawing = drawingOf('connection');
  const [arrow] = drawing.arrows.filter(({ source }) => source === 'connection.connecting');
  const target = arrow?.target ?? '';
  const key = arrow?.drawn[0]?.key ?? '';
  const visits = [
    {
      machine: 'connection',
      states: { connection: 1, 'connection.connecting': 1, [target]: 2 },
      transitions: { [key]: 2 },
    },
  ];
  const part = visitedPart(drawing, visits);
  expect(part?.root.children.map(({ state }) => state.id)).toEqual(['connection.connecting', target]);
  expect(part?.arrows.map(({ id }) => id)).toEqual([arrow?.id]);
  expect(part?.arrows[0]?.drawn).toHaveLength(1);
  expect(visitedPart(drawing, [])).toBeNull();
});
