import ready from 'virtual:ready-layouts';
import ELK from 'elkjs/lib/elk-api.js';
import { hashOf } from '../../text-hash.js';
import type { Drawing } from '../model/chart.js';
import { layoutGraph, layoutQuestion, type Placed, placedIn } from '../model/layout.js';
import { placedFrom } from '../model/ready-layout.js';
import { workerUrl } from './layout-worker.js';

let engine: InstanceType<typeof ELK> | undefined;
const kept = new Map<Drawing, Promise<Placed>>();

/** Places boxes and arrows: Ferry's own charts as they were built in, any other in a worker. Each drawing is placed once. */
export function place(drawing: Drawing): Promise<Placed> {
  let placed = kept.get(drawing);
  if (placed === undefined) {
    placed = placeNew(drawing);
    kept.set(drawing, placed);
  }
  return placed;
}

async function placeNew(drawing: Drawing): Promise<Placed> {
  // A browser has no hashes for a page that another machine serves.
  const found = isSecureContext ? ready[await hashOf(layoutQuestion(drawing))] : undefined;
  return found === undefined
    ? placedIn(await layoutEngine().layout(layoutGraph(drawing)), drawing)
    : placedFrom(found, drawing);
}

/** Starts the worker, which takes longer than to place a small chart. */
export function layoutEngine(): InstanceType<typeof ELK> {
  engine ??= new ELK({ workerUrl, workerFactory: (url) => new Worker(url ?? workerUrl) });
  return engine;
}
