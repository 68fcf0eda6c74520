import type { ActorRecord, EventRecord, StepRecord } from '../records.js';

export type RootRecord = ActorRecord | EventRecord | StepRecord;

/** An event from outside that came while a chart was in the middle of a step. */
export interface Nested {
  readonly record: EventRecord;
  /** The actor whose step it was: it had told somebody outside, who answered on the spot. */
  readonly within: string;
}

/** A step is over at once, with all that follows from it: so many records hold it. */
export const longestStep = 500;

/**
 * What came from outside between the first of these records, an event, and the end of the step that it began. A server's
 * session, say, hears that an exchange is settled while the lifecycle that says so is not at the end of its step yet, and
 * so before it hears that the lifecycle is over.
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
  /** Events whose steps are not over. */
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
