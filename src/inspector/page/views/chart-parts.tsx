import {
  type Edge,
  EdgeLabelRenderer,
  type EdgeProps,
  Handle,
  type Node,
  type NodeProps,
  Position,
} from '@xyflow/react';
import type { StateDefinition } from '../../../inspect/records.js';
import type { TextLine } from '../model/chart.js';
import type { PlacedArrow } from '../model/layout.js';
import { durationText } from '../model/text.js';

/** A running delay, in the state that waits for it. Milliseconds. */
export interface Countdown {
  readonly state: string;
  readonly delay: string;
  readonly ms: number;
  readonly left: number;
}

/** A transition, written into a box or beside an arrow. */
export interface LineData extends TextLine {
  readonly isTaken: boolean;
  readonly isVisited: boolean;
}

export interface BoxData extends Record<string, unknown> {
  readonly state: StateDefinition;
  readonly hasChildren: boolean;
  readonly isActive: boolean;
  readonly isVisited: boolean;
  readonly lines: readonly LineData[];
  readonly countdowns: readonly Countdown[];
}

export function BoxNode({ data }: NodeProps<Node<BoxData>>) {
  const { state, hasChildren, isActive, isVisited, lines, countdowns } = data;
  const classes = [
    'box',
    state.type,
    hasChildren ? 'outer' : 'leaf',
    isActive ? 'active' : '',
    isVisited ? '' : 'unvisited',
  ];
  return (
    <div className={classes.join(' ')} title={state.description} data-state={state.id} data-active={isActive}>
      {/* React Flow draws no arrow to a measured box that lacks these. */}
      <Handle type="target" position={Position.Top} isConnectable={false} />
      <Handle type="source" position={Position.Bottom} isConnectable={false} />
      <p className="key">
        {state.key}
        {state.type === 'final' && <span className="hidden"> (final)</span>}
        {isActive && <span className="hidden"> (active)</span>}
      </p>
      {countdowns.map(({ delay, ms, left }) => (
        <div className="countdown" key={delay}>
          <span className="run" style={{ width: `${(100 * left) / ms}%` }} />
          <span className="left">
            {delay} {durationText(left)}
          </span>
        </div>
      ))}
      {lines.map(({ id, text, isTaken, isVisited: wasTaken }) => (
        <p key={id} className={`inner ${isTaken ? 'taken' : ''} ${wasTaken ? '' : 'unvisited'}`}>
          {text}
        </p>
      ))}
    </div>
  );
}

export interface ArrowData extends Record<string, unknown> {
  readonly arrow: PlacedArrow;
  readonly lines: readonly LineData[];
  /** Whether a run without trouble takes it. */
  readonly isHappy: boolean;
  readonly isTaken: boolean;
  readonly isVisited: boolean;
}

/** An arrow along the path of the layout, not one of React Flow's own. */
export function ArrowEdge({ id, data }: EdgeProps<Edge<ArrowData>>) {
  if (data === undefined) return null;
  const { arrow, lines, isHappy, isTaken, isVisited } = data;
  const { x, y, width, height } = arrow.label;
  const classes = `${isHappy ? 'happy' : ''} ${isTaken ? 'taken' : ''} ${isVisited ? '' : 'unvisited'}`;
  return (
    <>
      <path id={id} className={`way ${classes}`} d={pathOf(arrow.points)} />
      <path className={`tip ${classes}`} d={tipOf(arrow.points)} />
      <EdgeLabelRenderer>
        <div className="words" style={{ transform: `translate(${x}px,${y}px)`, width, height }}>
          {lines.map((one) => (
            <p key={one.id} className={`${one.isTaken ? 'taken' : ''} ${one.isVisited ? '' : 'unvisited'}`}>
              {one.text}
            </p>
          ))}
        </div>
      </EdgeLabelRenderer>
    </>
  );
}

type Points = PlacedArrow['points'];

const pathOf = (points: Points) =>
  points.map(({ x, y }, index) => `${index === 0 ? 'M' : 'L'}${x} ${y}`).join(' ');

function tipOf(points: Points): string {
  const [before, end] = points.slice(-2);
  if (before === undefined || end === undefined) return '';
  const angle = Math.atan2(end.y - before.y, end.x - before.x);
  const wing = (turn: number) =>
    `${end.x - 8 * Math.cos(angle + turn)} ${end.y - 8 * Math.sin(angle + turn)}`;
  return `M${end.x} ${end.y} L${wing(0.45)} L${wing(-0.45)} Z`;
}
