/** Rows that are written together: each statement is a round trip to the database. */
const mostRows = 1000;
/** Characters of their texts, about: a row alone may be as long as a message. */
const mostCharacters = 1024 * 1024;

/** The batches of a reader of lines, many in one. */
export async function* gathered<T>(batches: AsyncIterable<readonly T[]>): AsyncGenerator<readonly T[]> {
  let rows: T[] = [];
  let characters = 0;
  for await (const batch of batches) {
    rows.push(...batch);
    characters += charactersOf(batch);
    if (rows.length < mostRows && characters < mostCharacters) continue;
    yield rows;
    rows = [];
    characters = 0;
  }
  if (rows.length > 0) yield rows;
}

/** Of all texts within, and one for each other value. */
function charactersOf(value: unknown): number {
  if (typeof value === 'string') return value.length;
  if (typeof value !== 'object' || value === null) return 1;
  return Object.values(value).reduce<number>((sum, each) => sum + charactersOf(each), 0);
}
