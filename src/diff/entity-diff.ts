import type { Match } from './match.js';
import { comparedRows, type RowIndex, rowOf } from './row-index.js';
import { type Findings, type Side, valuesOf } from './side.js';
import { compareValues } from './values.js';

/**
 * Reports rows that one side lacks, and the fields of rows that differ. Only digests of the rows are kept: the values
 * of differing rows are read again, up to the limit. Each differing row beyond it counts as one difference.
 */
export async function compareEntities(
  [left, leftRows]: readonly [Side, RowIndex],
  [right, rightRows]: readonly [Side, RowIndex],
  matches: readonly Match[],
  findings: Findings,
): Promise<void> {
  const changed: Required<Match>[] = [];
  const found = (match: Match) => ({
    ...{ kind: 'entity' as const, where: match.name },
    ...rowOf(match, { left: leftRows, right: rightRows }),
  });
  for (const match of matches) {
    const { left: ours, right: theirs, name } = match;
    if (theirs === undefined) findings.add({ ...found(match), change: 'missing' });
    else if (ours === undefined) findings.add({ ...found(match), change: 'extra' });
    else if (leftRows.digests[ours] !== rightRows.digests[theirs])
      changed.push({ left: ours, right: theirs, name });
  }
  const told = changed.slice(0, findings.room());
  const values = new Map<number, Readonly<Record<string, unknown>>>();
  const wanted = new Map(told.map((match) => [match.left, match]));
  for await (const [number, data] of rowsAt(left, wanted)) values.set(number, data);
  const matched = new Map(told.map((match) => [match.right, match]));
  for await (const [number, data] of rowsAt(right, matched)) {
    const match = matched.get(number);
    if (match === undefined) continue;
    for (const { path, change, ...difference } of compareValues(values.get(match.left), data)) {
      findings.add({ ...found(match), path, ...valuesOf(difference), change });
    }
    values.delete(match.left);
  }
  for (const match of changed.slice(told.length)) findings.add({ ...found(match), change: 'changed' });
}

async function* rowsAt({ source, components }: Side, wanted: ReadonlyMap<number, unknown>) {
  if (wanted.size === 0) return;
  let number = 0;
  for await (const batch of comparedRows(source)) {
    for (const { type, data } of batch) {
      if (wanted.has(number)) yield [number, components.withoutIds(type, data)] as const;
      number += 1;
    }
  }
}
