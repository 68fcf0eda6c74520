/** In an order of their own: those of a Strapi have none. */
export function sorted<T>(rows: readonly T[]): readonly T[] {
  return rows
    .map((row) => [JSON.stringify(row, withSortedKeys), row] as const)
    .sort(([one], [other]) => (one < other ? -1 : one > other ? 1 : 0))
    .map(([, row]) => row);
}

const withSortedKeys = (_: string, value: unknown) =>
  value !== null && typeof value === 'object' && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)))
    : value;
