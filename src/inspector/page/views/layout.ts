import ELK, { type ElkExtendedEdge, type ElkNode } from 'elkjs/lib/elk-api.js';
import { type Box, type Drawing, labelLines, linesOf } from '../model/chart.js';
import { workerUrl } from './layout-worker.js';

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

const elk = new ELK({ workerUrl, workerFactory: (url) => new Worker(url ?? workerUrl) });
const kept = new Map<Drawing, Promise<Placed>>();

/** Places boxes and arrows in a worker. Each drawing is placed once. */
export function place(drawing: Drawing): Promise<Placed> {
  let placed = kept.get(drawing);
  if (placed === undefined) {
    placed = elk.layout(graphOf(drawing)).then((graph) => placedIn(graph, drawing));
    kept.set(drawing, placed);
  }
  return placed;
}

/** Each box needs all options: it inherits none from the box around it. */
const options = {
  'elk.algorithm': 'layered',
  'elk.direction': 'DOWN',
  'elk.hierarchyHandling': 'INCLUDE_CHILDREN',
  'elk.json.edgeCoords': 'ROOT',
  'elk.edgeRouting': 'ORTHOGONAL',
  'elk.layered.nodePlacement.strategy': 'NETWORK_SIMPLEX',
  'elk.layered.compaction.postCompaction.strategy': 'EDGE_LENGTH',
  'elk.layered.spacing.nodeNodeBetweenLayers': '24',
  'elk.layered.spacing.edgeNodeBetweenLayers': '10',
  'elk.layered.spacing.edgeEdgeBetweenLayers': '10',
  'elk.spacing.nodeNode': '20',
  'elk.spacing.edgeNode': '10',
  'elk.spacing.edgeEdge': '10',
};

function graphOf({ root, arrows }: Drawing): ElkNode {
  return {
    id: '(drawing)',
    layoutOptions: options,
    children: [nodeOf(root)],
    edges: arrows.map((arrow) => {
      const lines = labelLines(arrow);
      const widest = Math.max(...lines.map(({ text }) => text.length));
      const label = { text: arrow.id, width: widest * letter + 10, height: lines.length * line + 2 };
      return { id: arrow.id, sources: [arrow.source], targets: [arrow.target], labels: [label] };
    }),
  };
}

function nodeOf(box: Box): ElkNode {
  const texts = linesOf(box);
  const widest = Math.max(
    box.state.key.length * 8 + 24,
    ...texts.map(({ text }) => text.length * letter + 20),
  );
  const [width, height] = [Math.max(90, widest), title + texts.length * line + 8];
  if (box.children.length === 0) return { id: box.state.id, width, height };
  return {
    id: box.state.id,
    children: box.children.map(nodeOf),
    layoutOptions: {
      ...options,
      'elk.padding': `[top=${height + 10},left=16,bottom=16,right=16]`,
      'elk.nodeSize.constraints': 'MINIMUM_SIZE',
      'elk.nodeSize.minimum': `(${width}, ${height})`,
    },
  };
}

function placedIn(graph: ElkNode, drawing: Drawing): Placed {
  const boxes: PlacedBox[] = [];
  const visit = (node: ElkNode | undefined, box: Box, parent: string | null) => {
    const { x = 0, y = 0, width = 0, height = 0 } = node ?? {};
    boxes.push({ box, parent, x, y, width, height });
    for (const [index, child] of box.children.entries()) visit(node?.children?.[index], child, box.state.id);
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
