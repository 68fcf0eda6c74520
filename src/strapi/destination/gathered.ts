/** Rows that are written together: each statement is a round trip to the database. */
const mostRows = 1000;
/** A batch of the reader is of 8 KiB, or of one row: a MiB. */
const mostBatches = 128;

/** The batches of a reader of lines, many in one. */
export async function* gathered<T>(batches: AsyncIterable<readonly T[]>): AsyncGenerator<readonly T[]> {
  let rows: T[] = [];
  let count = 0;
  for await (const batch of batches) {
    rows.push(...batch);
    count += 1;
    if (rows.length < mostRows && count < mostBatches) continue;
    yield rows;
    rows = [];
    count = 0;
  }
  if (rows.length > 0) yield rows;
}
