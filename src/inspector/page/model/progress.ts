import type { Json } from '../../../inspect/records.js';
import type { Entries } from './entries.js';
import type { View } from './timeline.js';

export interface StageProgress {
  readonly step: string;
  readonly items: number;
  readonly bytes: number;
  /** Null if the source does not know them. */
  readonly totalItems: number | null;
  readonly totalBytes: number | null;
  readonly status: 'waits' | 'moves' | 'done';
}

const numbersIn = (json: Json | undefined): Readonly<Record<string, number>> =>
  typeof json === 'object' && json !== null ? (json as Readonly<Record<string, number>>) : {};

/** The stages of the transfer that began last. */
export function stagesOf(views: readonly View[]): readonly StageProgress[] {
  const actors = views.flatMap(({ state }) => state.actors);
  const transfer = actors.findLast(({ actor }) => actor.machine === 'transfer');
  const context = transfer?.step?.context;
  const steps = context?.['steps'];
  if (transfer === undefined || !Array.isArray(steps)) return [];
  const done = Object(context?.['counts'] ?? {}) as Readonly<Record<string, Json>>;
  return steps.map((step) => {
    const stage = actors.findLast(
      ({ actor, step: last }) =>
        actor.machine === 'stage' && actor.root === transfer.actor.root && last?.context?.['step'] === step,
    );
    const counts = numbersIn(done[String(step)] ?? stage?.step?.context?.['counts']);
    const totals = numbersIn(stage?.step?.context?.['totals']);
    return {
      step: String(step),
      items: counts['items'] ?? 0,
      bytes: counts['bytes'] ?? 0,
      totalItems: totals['count'] ?? null,
      totalBytes: totals['bytes'] ?? null,
      status: Object.hasOwn(done, String(step)) ? 'done' : stage === undefined ? 'waits' : 'moves',
    };
  });
}

export interface Rates {
  /** The milliseconds of one slot. */
  readonly slot: number;
  /** Milliseconds since the epoch. */
  readonly from: number;
  readonly bytes: readonly number[];
  readonly messages: readonly number[];
}

/**
 * How much was sent in each slot of the time line, as the end that asks reports it, or the other if only that one does.
 */
export function ratesOf(entries: Entries, slots: number): Rates {
  const { from, to } = entries;
  const slot = Math.max((to - from) / slots, 0.001);
  const bytes = new Array<number>(slots).fill(0);
  const messages = new Array<number>(slots).fill(0);
  const seen = new Set<string>();
  for (const { record, at } of entries) {
    if (record.type !== 'message' || (record.phase !== 'sending' && record.phase !== 'received')) continue;
    if (seen.has(record.uuid)) continue;
    seen.add(record.uuid);
    const index = Math.min(slots - 1, Math.floor((at - from) / slot));
    bytes[index] = (bytes[index] ?? 0) + (record.bytes ?? 0);
    messages[index] = (messages[index] ?? 0) + 1;
  }
  return { slot, from, bytes, messages };
}

/** The number of records in each slot: the shape of the time line. */
export function densityOf(entries: Entries, slots: number): readonly number[] {
  const { from, to } = entries;
  const slot = Math.max((to - from) / slots, 0.001);
  const counts = new Array<number>(slots).fill(0);
  for (const { at } of entries) {
    const index = Math.min(slots - 1, Math.floor((at - from) / slot));
    counts[index] = (counts[index] ?? 0) + 1;
  }
  return counts;
}

/** The path of a bar chart: each value is one unit wide. */
export function barsOf(values: readonly number[], height: number, from = 0, to = values.length): string {
  const most = Math.max(...values);
  return values
    .map((value, slot) => {
      if (value <= 0 || slot < from || slot >= to) return '';
      const top = height - Math.max(1, (value / most) * (height - 1));
      return `M${slot + 0.1} ${height}V${top.toFixed(1)}h0.8V${height}Z`;
    })
    .join('');
}
