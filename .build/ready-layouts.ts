import { createRequire } from 'node:module';
import type { ELK } from 'elkjs/lib/elk-api.js';
import { definitionOf } from '../src/inspect/definition.js';
import { ferryCharts } from '../src/inspect/replay/stubs.js';
import { drawingFor } from '../src/inspector/page/model/chart.js';
import { layoutGraph, layoutQuestion, placedIn } from '../src/inspector/page/model/layout.js';
import {
  type ReadyLayout,
  type ReadyLayouts,
  readyLayout,
} from '../src/inspector/page/model/ready-layout.js';
import { hashOf } from '../src/inspector/text-hash.js';

// The engine without a worker, which the page runs in one.
const Elk = createRequire(import.meta.url)('elkjs/lib/elk.bundled.js') as new () => ELK;

/** Ferry's own charts, placed while the page is built: in a browser that takes longer than an eye likes to wait. */
export async function readyLayouts(): Promise<ReadyLayouts> {
  const elk = new Elk();
  const ready: Record<string, ReadyLayout> = {};
  for (const machine of Object.values(ferryCharts)) {
    const drawing = drawingFor(definitionOf(machine));
    const placed = placedIn(await elk.layout(layoutGraph(drawing)), drawing);
    ready[await hashOf(layoutQuestion(drawing))] = readyLayout(placed, drawing);
  }
  return ready;
}
