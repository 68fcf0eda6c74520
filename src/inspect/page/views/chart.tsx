import { Background, Controls, type Edge, type Node, ReactFlow, useReactFlow, ReactFlowProvider } from '@xyflow/react';
import { useEffect, useMemo, useState } from 'react';
import type { StateDefinition, StepRecord } from '../../records.js';
import type { ActorState } from '../../state.js';
import { type Drawing, drawingOf, linesOf } from '../model/chart.js';
import type { Timeline, View } from '../model/timeline.js';
import { activeStates, transitionKey, type Visits, visitsOf } from '../model/visits.js';
import { ArrowEdge, type ArrowData, BoxNode, type BoxData, type Countdown } from './chart-parts.js';
import { type Placed, place as layOut } from './layout.js';

export interface ChartProps {
  readonly found: { readonly view: View; readonly actor: ActorState } | null;
  readonly timeline: Timeline;
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
export function Chart({ found, timeline, place, now }: ChartProps) {
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
      machine === null || definition === null ? null : visitsOf(timeline.entries, place, machine, definition),
    [timeline.entries, place, machine, definition],
  );

  if (found === null) return <p className="empty">No actor is chosen.</p>;
  if (drawing === null || visits === null) {
    return <p className="empty">{found.actor.actor.name} carries: it has no chart. Choose an actor with a state.</p>;
  }
  if (placed === null || placed.drawing !== drawing) return <p className="empty">Drawing …</p>;
  const { step } = found.actor;
  const active = new Set(step === null || definition === null ? [] : activeStates(definition, step.value));
  const { nodes, edges } = graphOf(placed.placed, drawing, {
    active,
    step,
    visits,
    countdowns: countdownsOf(found.view, found.actor, now),
  });
  return (
    <div className="chart">
      <Unvisited definition={drawing.root.state} drawing={drawing} visits={visits} active={active} />
      <div className="canvas" role="region" aria-label={`Chart of ${found.actor.actor.path}`}>
        <ReactFlowProvider key={drawing.root.state.id}>
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
            fitView
            fitViewOptions={{ padding: 0.04, maxZoom: 1.1 }}
            colorMode="system"
            proOptions={{ hideAttribution: false }}
          >
            <Background gap={24} />
            <Controls showInteractive={false} />
            <FitOnResize />
          </ReactFlow>
        </ReactFlowProvider>
      </div>
    </div>
  );
}

/** A window that was made larger shows more. */
function FitOnResize() {
  const { fitView } = useReactFlow();
  useEffect(() => {
    const fit = () => void fitView({ padding: 0.04, maxZoom: 1.1 });
    addEventListener('resize', fit);
    return () => removeEventListener('resize', fit);
  }, [fitView]);
  return null;
}

interface Seen {
  readonly active: ReadonlySet<string>;
  readonly step: StepRecord | null;
  readonly visits: Visits;
  readonly countdowns: readonly Countdown[];
}

function graphOf(placed: Placed, drawing: Drawing, seen: Seen): { nodes: Node<BoxData>[]; edges: Edge<ArrowData>[] } {
  const { active, step, visits, countdowns } = seen;
  const taken = new Set(step?.transitions.map((one) => transitionKey(one.source, one)));
  const nodes = placed.boxes.map(({ box, parent, x, y, width, height }): Node<BoxData> => ({
    id: box.state.id,
    type: 'box',
    position: { x, y },
    ...(parent === null ? {} : { parentId: parent }),
    width,
    height,
    data: {
      state: box.state,
      hasChildren: box.children.length > 0,
      isActive: active.has(box.state.id),
      isVisited: active.has(box.state.id) || visits.states.has(box.state.id),
      lines: linesOf(box).map(({ text, key }) => ({
        text,
        isTaken: key !== null && taken.has(key),
        isVisited: key === null || visits.transitions.has(key),
      })),
      countdowns: countdowns.filter(({ state }) => state === box.state.id),
    },
  }));
  const edges = drawing.arrows.flatMap(({ id, source, target, key, label }): Edge<ArrowData>[] => {
    const arrow = placed.arrows.get(id);
    if (arrow === undefined || target === null) return [];
    const isTaken = taken.has(key);
    const count = visits.transitions.get(key) ?? 0;
    const data = { arrow, label, isTaken, count };
    return [{ id, source, target, type: 'arrow', data, zIndex: isTaken ? 1001 : 1000 }];
  });
  return { nodes, edges };
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
    for (const one of box.inner) if (!visits.transitions.has(one.key)) transitions.push(`${short(one.source)}: ${one.label}`);
    box.children.forEach(visit);
  };
  const short = (id: string) => id.replace(`${definition.id}.`, '');
  visit(drawing.root);
  for (const one of drawing.arrows) {
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
