/** How many an error lists. */
const listed = 3;

/** The first few, and how many there are more. */
export function examplesOf(names: Iterable<string>): string {
  const all = [...names];
  const rest = all.length - listed;
  return `${all.slice(0, listed).join(', ')}${rest > 0 ? `, and ${rest} more` : ''}`;
}
