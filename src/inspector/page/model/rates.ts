import type { Entries } from './entries.js';

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
