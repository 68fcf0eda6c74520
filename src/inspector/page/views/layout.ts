import ELK from 'elkjs/lib/elk-api.js';
import type { Drawing } from '../model/chart.js';
import { layoutGraph, type Placed, placedIn } from '../model/layout.js';
import { workerUrl } from './layout-worker.js';

const elk = new ELK({ workerUrl, workerFactory: (url) => new Worker(url ?? workerUrl) });
const kept = new Map<Drawing, Promise<Placed>>();

/** Places boxes and arrows in a worker. Each drawing is placed once. */
export function place(drawing: Drawing): Promise<Placed> {
  let placed = kept.get(drawing);
  if (placed === undefined) {
    placed = elk.layout(layoutGraph(drawing)).then((graph) => placedIn(graph, drawing));
    kept.set(drawing, placed);
  }
  return placed;
}
