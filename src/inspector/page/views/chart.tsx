import {
  Background,
  Controls,
  MiniMap,
  type Node,
  ReactFlow,
  ReactFlowProvider,
  useReactFlow,
  useStore,
} from '@xyflow/react';
import { type KeyboardEvent, memo, type ReactNode, useEffect, useMemo, useState } from 'react';
import type { ActorState } from '../../../inspect/state.js';
import { activeStates } from '../../../inspect/visited.js';
import { type Box, type Drawing, drawingFor, visitedPart } from '../model/chart.js';
import type { Placed, PlacedBox } from '../model/layout.js';
import { counted, missingText } from '../model/text.js';
import type { View } from '../model/timeline.js';
import { type Visits, visitsOf, wasTaken, wasVisited } from '../model/visits.js';
import { ArrowEdge, type BoxData, BoxNode } from './chart-parts.js';
import { countdownsOf, type Graph, graphOf, lit, withCountdowns } from './graph.js';
import { type Shot, useSame } from './hooks.js';
import { place as layOut, layoutEngine } from './layout.js';
import { Refusals } from './refusals.js';

export interface ChartProps {
  readonly shot: Shot;
  readonly found: { readonly view: View; readonly actor: ActorState } | null;
  readonly views: readonly View[];
  /** Milliseconds since the epoch. */
  readonly now: number;
}

const nodeTypes = { box: BoxNode };
const edgeTypes = { arrow: ArrowEdge };

/** The chart of the chosen actor: active states lit, the last transition traced, unvisited parts pale. */
export function Chart({ shot, found, views, now }: ChartProps) {
  const machine = found?.actor.actor.machine ?? null;
  const definition = found?.view.state.machines.find((one) => one.machine === machine)?.definition ?? null;
  const [placed, setPlaced] = useState<{ readonly drawing: Drawing; readonly placed: Placed } | null>(null);
  const [failed, setFailed] = useState<{ readonly drawing: Drawing; readonly error: unknown } | null>(null);
  const [onlyVisited, setOnlyVisited] = useState(false);
  const visits = useSame(machine === null ? [] : visitsOf(views, machine));
  const whole = definition === null ? null : drawingFor(definition);
  const drawing = useMemo(
    () => (whole !== null && onlyVisited ? (visitedPart(whole, visits) ?? whole) : whole),
    [whole, onlyVisited, visits],
  );

  useEffect(() => {
    if (drawing === null) return;
    let isOver = false;
    layOut(drawing).then(
      (done) => {
        if (!isOver) setPlaced({ drawing, placed: done });
      },
      (error: unknown) => {
        if (!isOver) setFailed({ drawing, error });
      },
    );
    return () => {
      isOver = true;
    };
  }, [drawing]);

  // Behind the first chart, for the part of it that was visited.
  const isDrawn = placed !== null;
  useEffect(() => {
    if (isDrawn) layoutEngine();
  }, [isDrawn]);

  if (found === null) return <p className="empty">No actor is chosen.</p>;
  if (drawing === null || whole === null) {
    return (
      <p className="empty">
        {found.actor.actor.name} carries: it has no chart. Choose an actor with a state.
      </p>
    );
  }
  // A recorded chart may lead to a state that it does not have.
  if (failed?.drawing === drawing) throw failed.error;
  // While more of the chart is visited, the drawing before stays.
  const isOfChart = placed?.drawing.root.state.id === drawing.root.state.id;
  if (placed === null || !isOfChart) return <p className="empty">Drawing …</p>;
  return (
    <div className="chart">
      <div className="chart-bar">
        <label>
          <input
            type="checkbox"
            checked={onlyVisited}
            onChange={({ target }) => setOnlyVisited(target.checked)}
          />{' '}
          only what was visited
        </label>
        <Unvisited drawing={whole} visits={visits} missing={missingIn(views)} />
        <Refusals shot={shot} found={found} definition={whole.root.state} />
      </div>
      <PlacedChart placed={placed.placed} drawing={placed.drawing} found={found} visits={visits} now={now} />
    </div>
  );
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
  const graph = useMemo(() => graphOf(placed, drawing, visits), [placed, drawing, visits]);
  const { nodes, edges } = useMemo(() => lit(graph, active, step), [graph, active, step]);
  const timed = withCountdowns(nodes, countdownsOf(found.view, found.actor, now));
  return (
    <section className="canvas" aria-label={`Chart of ${found.actor.actor.path}`}>
      <ReactFlowProvider key={definition.id}>
        <Canvas nodes={timed} edges={edges}>
          <Background gap={24} />
          <Controls showInteractive={false} />
          <MiniMap pannable zoomable ariaLabel="Map of the chart" nodeClassName={mapClass} />
          <Follow placed={placed} active={active} />
        </Canvas>
      </ReactFlowProvider>
    </section>
  );
}

/** Pixels that a key moves the chart by. */
const panBy: Readonly<Record<string, readonly [x: number, y: number]>> = {
  ArrowLeft: [80, 0],
  ArrowRight: [-80, 0],
  ArrowUp: [0, 80],
  ArrowDown: [0, -80],
};

interface CanvasProps extends Graph {
  readonly children: ReactNode;
}

/** Moved with the mouse, and with the arrow keys. */
function Canvas({ nodes, edges, children }: CanvasProps) {
  const { getViewport, setViewport } = useReactFlow();

  function onKeyDown(event: KeyboardEvent): void {
    const way = panBy[event.key];
    if (way === undefined || event.target !== event.currentTarget) return;
    event.preventDefault();
    const { x, y, zoom } = getViewport();
    void setViewport({ x: x + way[0], y: y + way[1], zoom });
  }

  return (
    <ReactFlow
      nodes={nodes}
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
      // Keys of React Flow's would take the space bar from the page.
      panActivationKeyCode={null}
      zoomActivationKeyCode={null}
      selectionKeyCode={null}
      multiSelectionKeyCode={null}
      deleteKeyCode={null}
      tabIndex={0}
      aria-label="Chart: the arrow keys move it"
      onKeyDown={onKeyDown}
    >
      {children}
    </ReactFlow>
  );
}

/** React Flow gives the class to the box on its map. */
const mapClass = ({ data }: Node<BoxData>) =>
  `on-map ${data.isActive ? 'active' : ''} ${data.isVisited ? '' : 'unvisited'} ${data.hasChildren ? 'outer' : ''}`;

/** Letters are not readable below this zoom. */
const readable = 0.75;

/** Shows a chart whole if it fits; otherwise keeps the active states in the middle. */
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

/** The number of missing records: visits in them cannot count. */
const missingIn = (views: readonly View[]) => views.reduce((sum, { state }) => sum + state.missing, 0);

interface UnvisitedProps {
  readonly drawing: Drawing;
  readonly visits: Visits;
  readonly missing: number;
}

const Unvisited = memo(({ drawing, visits, missing }: UnvisitedProps) => {
  const states: string[] = [];
  const transitions: string[] = [];
  const short = (id: string) => id.replace(`${drawing.root.state.id}.`, '');
  const look = ({ source, label, key }: Box['inner'][number]) => {
    if (!wasTaken(visits, key)) transitions.push(`${short(source)}: ${label}`);
  };
  const visit = (box: Box) => {
    if (!wasVisited(visits, box.state.id)) states.push(short(box.state.id));
    box.inner.forEach(look);
    box.children.forEach(visit);
  };
  visit(drawing.root);
  for (const { drawn } of drawing.arrows) drawn.forEach(look);
  return (
    <details className="unvisited">
      <summary>
        Not visited: {counted(states.length, 'state')}, {counted(transitions.length, 'transition')}
      </summary>
      {missing > 0 && <p>{missingText(missing)}: what they tell is not counted.</p>}
      <p>{states.join(', ') || 'Every state was visited.'}</p>
      <ul>
        {transitions.map((text) => (
          <li key={text}>{text}</li>
        ))}
      </ul>
    </details>
  );
});
