import type { StageCounts } from '../../machines/stage.machine.js';
import type { Stage } from '../protocol/content.js';

const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];

/** `67.5 MiB` */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`;
}

/** `1.2 s`, `2 min 5 s` */
export function formatDuration(ms: number): string {
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  return `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1000)} s`;
}

const nouns: Record<Stage, string> = {
  schemas: 'schemas',
  entities: 'entities',
  assets: 'files',
  links: 'links',
  configuration: 'settings',
};

/** `assets         18 files      67.5 MiB    1.0 s    67.5 MiB/s` */
export function formatStage(stage: Stage, counts: StageCounts, ms: number): string {
  const seconds = Math.max(ms, 1) / 1000;
  const size = stage === 'assets' ? formatBytes(counts.bytes) : '';
  const rate =
    stage === 'assets'
      ? `${formatBytes(counts.bytes / seconds)}/s`
      : `${Math.round(counts.items / seconds)}/s`;
  const notes = [
    counts.dropped > 0 ? `${counts.dropped} not transferable` : '',
    counts.excluded > 0 ? `${counts.excluded} left out` : '',
  ].filter((note) => note !== '');
  const cells = [
    stage.padEnd(13),
    `${counts.items} ${nouns[stage]}`.padStart(16),
    size.padStart(10),
    formatDuration(ms).padStart(9),
    rate.padStart(12),
  ];
  return `${cells.join('  ')}${notes.length > 0 ? `  (${notes.join(', ')})` : ''}`;
}
