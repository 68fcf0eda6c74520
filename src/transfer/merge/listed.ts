/** How many of a kind an error lists. */
const most = 10;

/** The first of them, a line each, and how many there are more. */
export function listed<T>(items: readonly T[], words: (item: T) => string): string {
  const lines = items.slice(0, most).map((item) => `- ${words(item)}`);
  const rest = items.length - most;
  return [...lines, ...(rest > 0 ? [`- and ${rest} more`] : [])].join('\n');
}
