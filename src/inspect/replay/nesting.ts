import type { ActorRecord, EventRecord, StepRecord } from '../records.js';

export type RootRecord = ActorRecord | EventRecord | StepRecord;

export interface Nested {
  readonly record: EventRecord;
  /** The actor in whose step the event arrived: it had called an outside actor, which answered at once. */
  readonly within: string;
}

/** The most records of one step with all that follows from it: a step ends at once. */
export const longestStep = 500;

/**
 * The events from outside between the first of these records, an event, and the end of the step that it began. For
 * example, a server's session learns that an exchange is settled while the lifecycle that reports it is still in its
 * step, and so before it learns that the lifecycle has ended.
 */
export function nestedIn(
  records: readonly RootRecord[],
  isOutside: (record: EventRecord) => boolean,
): readonly Nested[] {
  const [first] = records;
  if (first?.type !== 'event') return [];
  const ends = new Map<number, number>();
  for (const [place, record] of records.entries()) {
    if (record.type === 'step' && record.cause !== null) ends.set(record.cause, place);
  }
  const nested: Nested[] = [];
  const begun: EventRecord[] = [first];
  const end = ends.get(first.seq) ?? 0;
  for (let place = 1; place < end; place += 1) {
    const record = records[place];
    if (record?.type !== 'event') continue;
    const innermost = begun.findLast(({ seq }) => (ends.get(seq) ?? 0) > place);
    if (isOutside(record) && innermost !== undefined) nested.push({ record, within: innermost.actor });
    begun.push(record);
  }
  return nested;
}
