import { formatBytes, formatCount, formatDuration, formatWholeSeconds } from '../../protocol/format.js';
import type { TransferRow } from '../plugin/history.js';

/** How a transfer stands, and the colours that the panel has for it. */
export interface Outcome {
  readonly words: string;
  readonly colour: 'primary' | 'success' | 'danger' | 'neutral';
}

/** `529 entities, 18 assets (67.5 MiB), 4,067 links` */
export function movedWords({ moved }: TransferRow): string {
  const parts = Object.entries(moved).map(([step, { items, bytes }]) => {
    const counted = `${formatCount(items)} ${step}`;
    return step === 'assets' ? `${counted} (${formatBytes(bytes)})` : counted;
  });
  return parts.length === 0 ? '–' : parts.join(', ');
}

/** @param now - by the server's clock, as `startedAt` is */
export const lengthWords = ({ ended, startedAt }: TransferRow, now: number): string =>
  ended === null ? formatWholeSeconds(Math.max(0, now - startedAt)) : formatDuration(ended.ms);

export function outcomeOf({ ended }: TransferRow): Outcome {
  if (ended === null) return { words: 'Running', colour: 'primary' };
  if (ended.stoppedBy !== null) return { words: `Stopped by ${ended.stoppedBy}`, colour: 'neutral' };
  switch (ended.outcome) {
    case 'completed':
      return { words: 'Completed', colour: 'success' };
    case 'unchanged':
      return { words: 'Nothing changed', colour: 'neutral' };
    case 'brokenOff':
      return { words: 'Left by its client', colour: 'neutral' };
    case 'failed':
      return { words: `Failed: ${ended.failure}`, colour: 'danger' };
  }
}
