import type { ElkExtendedEdge, ElkNode } from 'elkjs/lib/elk-api.js';
import { type Box, type Drawing, labelLines, linesOf } from './chart.js';
import type { HappyPath } from './happy-path.js';

export interface PlacedBox {
  readonly box: Box;
  readonly parent: string | null;
  /** Relative to its parent. */
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface PlacedArrow {
  readonly id: string;
  /** Relative to the drawing's corner. */
  readonly points: readonly { readonly x: number; readonly y: number }[];
  readonly label: { readonly x: number; readonly y: number; readonly width: number; readonly height: number };
}

export interface Placed {
  readonly boxes: readonly PlacedBox[];
  readonly arrows: ReadonlyMap<string, PlacedArrow>;
}

/** Generous sizes of the letters of style.css. */
const letter = 6.3;
const line = 15;
const title = 26;

/** Each box needs all options: it inherits none from the box around it. */
const options = {
  'elk.algorithm': 'layered',
  'elk.direction': 'DOWN',
  'elk.hierarchyHandling': 'INCLUDE_CHILDREN',
  'elk.json.edgeCoords': 'ROOT',
  'elk.edgeRouting': 'ORTHOGONAL',
  // The default of 7 takes a third longer, and draws Ferry's charts no better.
  'elk.layered.thoroughness': '2',
  'elk.layered.nodePlacement.strategy': 'NETWORK_SIMPLEX',
  'elk.layered.spacing.nodeNodeBetweenLayers': '24',
  'elk.layered.spacing.edgeNodeBetweenLayers': '10',
  'elk.layered.spacing.edgeEdgeBetweenLayers': '10',
  'elk.spacing.nodeNode': '20',
  'elk.spacing.edgeNode': '10',
  'elk.spacing.edgeEdge': '10',
};

/** The happy path is straight, and leads down. */
const straight = {
  'elk.layered.priority.straightness': '20',
  'elk.layered.priority.direction': '20',
  'elk.layered.priority.shortness': '5',
};

/** What the layout engine is asked. */
export function layoutGraph({ root, arrows, happy }: Drawing): ElkNode {
  return {
    id: '(drawing)',
    layoutOptions: options,
    children: [nodeOf(root, happy)],
    edges: arrows.map((arrow) => {
      const lines = labelLines(arrow);
      const widest = Math.max(...lines.map(({ text }) => text.length));
      const label = { text: arrow.id, width: widest * letter + 10, height: lines.length * line + 2 };
      return {
        id: arrow.id,
        sources: [arrow.source],
        targets: [arrow.target],
        labels: [label],
        ...(happy.arrows.has(arrow.id) ? { layoutOptions: straight } : {}),
      };
    }),
  };
}

/** The same as a text, by which a layout that is ready is found. */
export const layoutQuestion = (drawing: Drawing): string => JSON.stringify(layoutGraph(drawing));

function nodeOf(box: Box, happy: HappyPath): ElkNode {
  const texts = linesOf(box);
  const widest = Math.max(
    box.state.key.length * 8 + 32,
    ...texts.map(({ text }) => text.length * letter + 20),
  );
  const [width, height] = [Math.max(90, widest), title + texts.length * line + 8];
  if (box.children.length === 0) return { id: box.state.id, width, height };
  return {
    id: box.state.id,
    children: [...box.children]
      .sort((one, other) => Number(happy.states.has(other.state.id)) - Number(happy.states.has(one.state.id)))
      .map((child) => nodeOf(child, happy)),
    layoutOptions: {
      ...options,
      'elk.padding': `[top=${height + 10},left=16,bottom=16,right=16]`,
      'elk.nodeSize.constraints': 'MINIMUM_SIZE',
      // elkjs turns a drawing that leads down on its side, and forgets to turn this.
      'elk.nodeSize.minimum': `(${height}, ${width})`,
    },
  };
}

/** What it answered. */
export function placedIn(graph: ElkNode, drawing: Drawing): Placed {
  const boxes: PlacedBox[] = [];
  const visit = (node: ElkNode | undefined, box: Box, parent: string | null) => {
    const { x = 0, y = 0, width = 0, height = 0 } = node ?? {};
    boxes.push({ box, parent, x, y, width, height });
    for (const child of box.children) {
      visit(
        node?.children?.find(({ id }) => id === child.state.id),
        child,
        box.state.id,
      );
    }
  };
  visit(graph.children?.[0], drawing.root, null);
  return { boxes, arrows: new Map((graph.edges ?? []).map((edge) => [edge.id, arrowOf(edge)])) };
}

function arrowOf({ id, sections, labels }: ElkExtendedEdge): PlacedArrow {
  const [section] = sections ?? [];
  const points =
    section === undefined ? [] : [section.startPoint, ...(section.bendPoints ?? []), section.endPoint];
  const { x = 0, y = 0, width = 0, height = 0 } = labels?.[0] ?? {};
  return { id, points, label: { x, y, width, height } };
}
