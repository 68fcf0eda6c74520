const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];

/** `67.5 MiB` */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${unit === 0 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

/** `1.2 s`, `2 min 5 s`, `3 h 12 min` */
export function formatDuration(ms: number): string {
  if (ms < 59_950) return `${(ms / 1000).toFixed(1)} s`;
  return formatWholeSeconds(ms);
}

/** `0 s`, `12 s`, `2 min 5 s`, `3 h 12 min`: for what changes while one looks. */
export function formatWholeSeconds(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  const minutes = Math.round(seconds / 60);
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** `4,067` */
export const formatCount = (count: number) => String(Math.round(count)).replace(/\B(?=(\d{3})+$)/g, ',');

/** `1 row`, `4,067 rows` */
export const formatCounted = (count: number, one: string, many = `${one}s`) =>
  `${formatCount(count)} ${count === 1 ? one : many}`;

/** The same as a part of a list: none where there is nothing. */
export const partCounted = (count: number, one: string, many?: string): readonly string[] =>
  count === 0 ? [] : [formatCounted(count, one, many)];
