import {
  Background,
  Controls,
  type Edge,
  type Node,
  Position,
  ReactFlow,
  ReactFlowProvider,
  useReactFlow,
  useStore,
} from '@xyflow/react';
import { useEffect, useMemo, useState } from 'react';
import type { StateDefinition, StepRecord } from '../../records.js';
import type { ActorState } from '../../state.js';
import { type Drawing, drawingOf, labelLines, linesOf, type TextLine } from '../model/chart.js';
import type { View } from '../model/timeline.js';
import { activeStates, transitionKey, type Visits, visitsOf } from '../model/visits.js';
import { type ArrowData, ArrowEdge, type BoxData, BoxNode, type Countdown } from './chart-parts.js';
import type { Shot } from './hooks.js';
import { place as layOut, type Placed, type PlacedBox } from './layout.js';

export interface ChartProps {
  readonly found: { readonly view: View; readonly actor: ActorState } | null;
  readonly shot: Shot;
  readonly place: number;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

const nodeTypes = { box: BoxNode };
const edgeTypes = { arrow: ArrowEdge };
const drawings = new WeakMap<StateDefinition, Drawing>();

function drawingFor(definition: StateDefinition): Drawing {
  let drawing = drawings.get(definition);
  if (drawing === undefined) {
    drawing = drawingOf(definition);
    drawings.set(definition, drawing);
  }
  return drawing;
}

/** The chart of the chosen actor: its active states lit, the last transition traced, what was never visited pale. */
export function Chart({ found, shot, place, now }: ChartProps) {
  const machine = found?.actor.actor.machine ?? null;
  const definition = found?.view.state.machines.find((one) => one.machine === machine)?.definition ?? null;
  const [placed, setPlaced] = useState<{ readonly drawing: Drawing; readonly placed: Placed } | null>(null);
  const drawing = definition === null ? null : drawingFor(definition);

  useEffect(() => {
    if (drawing === null) return;
    let isOver = false;
    void layOut(drawing).then((done) => {
      if (!isOver) setPlaced({ drawing, placed: done });
    });
    return () => {
      isOver = true;
    };
  }, [drawing]);

  const visits = useMemo(
    () =>
      machine === null || definition === null ? null : visitsOf(shot.entries, place, machine, definition),
    [shot, place, machine, definition],
  );

  if (found === null) return <p className="empty">No actor is chosen.</p>;
  if (drawing === null || visits === null) {
    return (
      <p className="empty">
        {found.actor.actor.name} carries: it has no chart. Choose an actor with a state.
      </p>
    );
  }
  if (placed === null || placed.drawing !== drawing) return <p className="empty">Drawing …</p>;
  return <PlacedChart placed={placed.placed} drawing={drawing} found={found} visits={visits} now={now} />;
}

interface PlacedChartProps {
  readonly placed: Placed;
  readonly drawing: Drawing;
  readonly found: NonNullable<ChartProps['found']>;
  readonly visits: Visits;
  readonly now: number;
}

function PlacedChart({ placed, drawing, found, visits, now }: PlacedChartProps) {
  const { step } = found.actor;
  const definition = drawing.root.state;
  const active = useMemo(
    () => new Set(step === null ? [] : activeStates(definition, step.value)),
    [step, definition],
  );
  const { nodes, edges } = useMemo(
    () => graphOf(placed, drawing, { active, step, visits }),
    [placed, drawing, active, step, visits],
  );
  // A clock that goes on changes the boxes that wait, and no others.
  const timed = withCountdowns(nodes, countdownsOf(found.view, found.actor, now));
  return (
    <div className="chart">
      <Unvisited definition={definition} drawing={drawing} visits={visits} active={active} />
      <section className="canvas" aria-label={`Chart of ${found.actor.actor.path}`}>
        <ReactFlowProvider key={definition.id}>
          <ReactFlow
            nodes={timed}
            edges={edges}
            nodeTypes={nodeTypes}
            edgeTypes={edgeTypes}
            nodesDraggable={false}
            nodesConnectable={false}
            nodesFocusable={false}
            edgesFocusable={false}
            elementsSelectable={false}
            minZoom={0.1}
            maxZoom={2}
            colorMode="system"
            proOptions={{ hideAttribution: false }}
          >
            <Background gap={24} />
            <Controls showInteractive={false} />
            <Follow placed={placed} active={active} />
          </ReactFlow>
        </ReactFlowProvider>
      </section>
    </div>
  );
}

/** Below it letters cannot be read. */
const readable = 0.75;

/** A chart that fits is shown whole; of one that does not, what is active stays in the middle. */
function Follow({ placed, active }: { readonly placed: Placed; readonly active: ReadonlySet<string> }) {
  const { setViewport } = useReactFlow();
  const width = useStore((state) => state.width);
  const height = useStore((state) => state.height);
  const [root] = placed.boxes;
  const innermost = placed.boxes.findLast(({ box }) => active.has(box.state.id)) ?? root;

  useEffect(() => {
    if (root === undefined || innermost === undefined || width === 0) return;
    const fit = Math.min(1.1, (width - 16) / root.width, (height - 16) / root.height);
    const zoom = Math.max(fit, readable);
    const [cornerX, cornerY] = cornerOf(innermost, placed);
    const along = (view: number, whole: number, middle: number) =>
      whole * zoom <= view
        ? (view - whole * zoom) / 2
        : Math.min(8, Math.max(view - whole * zoom - 8, view / 2 - middle * zoom));
    void setViewport({
      x: along(width, root.width, cornerX + innermost.width / 2),
      y: along(height, root.height, cornerY + innermost.height / 2),
      zoom,
    });
  }, [setViewport, width, height, root, innermost, placed]);
  return null;
}

function cornerOf({ x, y, parent }: PlacedBox, placed: Placed): readonly [number, number] {
  const outer = parent === null ? undefined : placed.boxes.find(({ box }) => box.state.id === parent);
  if (outer === undefined) return [0, 0];
  const [outerX, outerY] = cornerOf(outer, placed);
  return [outerX + x, outerY + y];
}

interface Seen {
  readonly active: ReadonlySet<string>;
  readonly step: StepRecord | null;
  readonly visits: Visits;
}

function graphOf(
  placed: Placed,
  drawing: Drawing,
  seen: Seen,
): { nodes: Node<BoxData>[]; edges: Edge<ArrowData>[] } {
  const { active, step, visits } = seen;
  const taken = new Set(step?.transitions.map((one) => transitionKey(one.source, one)));
  const lineUp = (lines: readonly TextLine[]): BoxData['lines'] =>
    lines.map(({ id, text, key }) => ({
      id,
      text,
      isTaken: key !== null && taken.has(key),
      isVisited: key === null || visits.transitions.has(key),
    }));
  const nodes = placed.boxes.map(
    ({ box, parent, x, y, width, height }): Node<BoxData> => ({
      id: box.state.id,
      type: 'box',
      position: { x, y },
      ...(parent === null ? {} : { parentId: parent }),
      width,
      height,
      // Known before anything is measured: an arrow is drawn where the layout says.
      measured: { width, height },
      handles: [
        { type: 'target', position: Position.Top, x: width / 2, y: 0, width: 1, height: 1 },
        { type: 'source', position: Position.Bottom, x: width / 2, y: height, width: 1, height: 1 },
      ],
      data: {
        state: box.state,
        hasChildren: box.children.length > 0,
        isActive: active.has(box.state.id),
        isVisited: active.has(box.state.id) || visits.states.has(box.state.id),
        lines: lineUp(linesOf(box)),
        countdowns: [],
      },
    }),
  );
  const edges = drawing.arrows.flatMap((drawn): Edge<ArrowData>[] => {
    const { id, source, target } = drawn;
    const arrow = placed.arrows.get(id);
    if (arrow === undefined) return [];
    const lines = lineUp(labelLines(drawn));
    const isTaken = lines.some((one) => one.isTaken);
    const data = { arrow, lines, isTaken, isVisited: lines.some((one) => one.isVisited) };
    return [{ id, source, target, type: 'arrow', data, zIndex: isTaken ? 1001 : 1000 }];
  });
  return { nodes, edges };
}

function withCountdowns(nodes: Node<BoxData>[], countdowns: readonly Countdown[]): Node<BoxData>[] {
  return nodes.map((node) => {
    const own = countdowns.filter(({ state }) => state === node.id);
    return own.length === 0 ? node : { ...node, data: { ...node.data, countdowns: own } };
  });
}

/** XState names a delay's event after its delay and its state. */
function countdownsOf({ history }: View, { delays }: ActorState, now: number): readonly Countdown[] {
  return delays.map(({ id, delay, ms, since }) => {
    const state = id.replace(/^xstate\.after\.[^.]+\./, '');
    return { state, delay, ms, left: Math.max(0, history.epoch + since + ms - now) };
  });
}

interface UnvisitedProps {
  readonly definition: StateDefinition;
  readonly drawing: Drawing;
  readonly visits: Visits;
  readonly active: ReadonlySet<string>;
}

function Unvisited({ definition, drawing, visits, active }: UnvisitedProps) {
  const states: string[] = [];
  const transitions: string[] = [];
  const seen = (id: string) => active.has(id) || visits.states.has(id);
  const visit = (box: Drawing['root']) => {
    if (!seen(box.state.id)) states.push(box.state.id.replace(`${definition.id}.`, ''));
    for (const one of box.inner)
      if (!visits.transitions.has(one.key)) transitions.push(`${short(one.source)}: ${one.label}`);
    box.children.forEach(visit);
  };
  const short = (id: string) => id.replace(`${definition.id}.`, '');
  visit(drawing.root);
  for (const one of drawing.arrows.flatMap(({ drawn }) => drawn)) {
    if (!visits.transitions.has(one.key)) transitions.push(`${short(one.source)}: ${one.label}`);
  }
  return (
    <details className="unvisited">
      <summary>
        Not visited so far: {states.length} states, {transitions.length} transitions
      </summary>
      <p>{states.join(', ') || 'Every state was visited.'}</p>
      <ul>
        {transitions.map((text) => (
          <li key={text}>{text}</li>
        ))}
      </ul>
    </details>
  );
}
