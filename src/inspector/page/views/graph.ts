import { type Edge, type Node, Position } from '@xyflow/react';
import type { StepRecord } from '../../../inspect/records.js';
import type { ActorState } from '../../../inspect/state.js';
import { transitionKey } from '../../../inspect/visited.js';
import { type Drawing, labelLines, linesOf, type TextLine } from '../model/chart.js';
import type { Placed } from '../model/layout.js';
import type { View } from '../model/timeline.js';
import { type Visits, wasTaken, wasVisited } from '../model/visits.js';
import type { ArrowData, BoxData, Countdown, LineData } from './chart-parts.js';

/** A drawing as React Flow takes it. A box or an arrow that stays the same object is not rendered again. */
export interface Graph {
  readonly nodes: Node<BoxData>[];
  readonly edges: Edge<ArrowData>[];
}

/** Layers of the arrows above the boxes; the arrow of the last transition is above the others. */
const [arrows, taken] = [1000, 1001];

/** The part that stays the same from step to step. */
export function graphOf(placed: Placed, drawing: Drawing, visits: Visits): Graph {
  const linesFor = (lines: readonly TextLine[]): readonly LineData[] =>
    lines.map((line) => ({
      ...line,
      isTaken: false,
      isVisited: line.key === null || wasTaken(visits, line.key),
    }));
  const nodes = placed.boxes.map(
    ({ box, parent, x, y, width, height }): Node<BoxData> => ({
      id: box.state.id,
      type: 'box',
      position: { x, y },
      ...(parent === null ? {} : { parentId: parent }),
      width,
      height,
      // The layout knows the sizes, so arrows are drawn without measuring.
      measured: { width, height },
      handles: [
        { type: 'target', position: Position.Top, x: width / 2, y: 0, width: 1, height: 1 },
        { type: 'source', position: Position.Bottom, x: width / 2, y: height, width: 1, height: 1 },
      ],
      data: {
        state: box.state,
        hasChildren: box.children.length > 0,
        isActive: false,
        isVisited: wasVisited(visits, box.state.id),
        lines: linesFor(linesOf(box)),
        countdowns: [],
      },
    }),
  );
  const edges = drawing.arrows.flatMap((drawn): Edge<ArrowData>[] => {
    const { id, source, target } = drawn;
    const arrow = placed.arrows.get(id);
    if (arrow === undefined) return [];
    const lines = linesFor(labelLines(drawn));
    const isHappy = drawing.happy.arrows.has(id);
    const data = { arrow, lines, isHappy, isTaken: false, isVisited: lines.some((one) => one.isVisited) };
    return [{ id, source, target, type: 'arrow', data, zIndex: arrows }];
  });
  return { nodes, edges };
}

/** The same graph with the active states lit and the transitions of the last step traced. */
export function lit({ nodes, edges }: Graph, active: ReadonlySet<string>, step: StepRecord | null): Graph {
  const keys = new Set(step?.transitions.map((one) => transitionKey(one.source, one)));
  const isTaken = ({ key }: LineData) => key !== null && keys.has(key);
  const trace = (lines: readonly LineData[]) =>
    lines.map((line) => (isTaken(line) ? { ...line, isTaken: true } : line));
  return {
    nodes: nodes.map((node) => {
      const { data } = node;
      const isActive = active.has(node.id);
      if (!isActive && !data.lines.some(isTaken)) return node;
      return { ...node, data: { ...data, isActive, lines: trace(data.lines) } };
    }),
    edges: edges.map((edge) => {
      const { data } = edge;
      if (data === undefined || !data.lines.some(isTaken)) return edge;
      return { ...edge, data: { ...data, isTaken: true, lines: trace(data.lines) }, zIndex: taken };
    }),
  };
}

/** Adds the countdowns; only the boxes that wait change with the clock. */
export function withCountdowns(nodes: Node<BoxData>[], countdowns: readonly Countdown[]): Node<BoxData>[] {
  return nodes.map((node) => {
    const own = countdowns.filter(({ state }) => state === node.id);
    return own.length === 0 ? node : { ...node, data: { ...node.data, countdowns: own } };
  });
}

/** XState names a delay's event after its delay and its state. */
export function countdownsOf({ history }: View, { delays }: ActorState, now: number): readonly Countdown[] {
  return delays.map(({ id, delay, ms, since }) => {
    const state = id.replace(/^xstate\.after\.[^.]+\./, '');
    return { state, delay, ms, left: Math.max(0, history.epoch + since + ms - now) };
  });
}
