import { readFileSync } from 'node:fs';
import type { InspectionRecord, RecordingHeader } from '../../src/inspect/records.js';

const push = new URL('../fixtures/inspections/push.jsonl', import.meta.url);

/** The recording of a push. */
function readPush(): { readonly header: RecordingHeader; readonly records: readonly InspectionRecord[] } {
  const [header, ...records] = readFileSync(push, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  return { header, records };
}

/** Names of actors of one lap are not those of another. */
const actorsOfLap = 1000;

/** One push after the other in one process, for as many records as are asked for; the last of them is its end. */
export function longRecording(count: number): {
  readonly header: RecordingHeader;
  readonly records: readonly InspectionRecord[];
} {
  const { header, records } = readPush();
  const lap = records.filter(({ type }) => type !== 'end');
  const lapMs = lap.at(-1)?.ms ?? 0;
  const long: InspectionRecord[] = [];
  for (let round = 0; long.length < count - 1; round += 1) {
    const rename = (actor: unknown) =>
      typeof actor === 'string'
        ? actor.replace(/^a(\d+)$/, (_, n) => `a${Number(n) + round * actorsOfLap}`)
        : actor;
    const before = round * lap.length;
    // A process tells a chart once.
    const told = lap.filter(({ type }) => round === 0 || type !== 'machine');
    for (const record of told.slice(0, count - 1 - long.length)) {
      const fields: Record<string, unknown> = {
        ...record,
        seq: before + record.seq,
        ms: record.ms + round * lapMs,
      };
      for (const field of ['actor', 'parent', 'root', 'from']) {
        if (field in fields) fields[field] = rename(fields[field]);
      }
      if (typeof fields['cause'] === 'number') fields['cause'] += before;
      if (record.type === 'message') fields['uuid'] = `${record.uuid}-${round}`;
      long.push(fields as unknown as InspectionRecord);
    }
  }
  const { seq = 0, ms = 0 } = long.at(-1) ?? {};
  long.push({ type: 'end', seq: seq + 1, ms });
  return { header, records: long };
}

/** The same as the lines of a file. */
export function longRecordingText(count: number): string {
  const { header, records } = longRecording(count);
  return [header, ...records].map((one) => `${JSON.stringify(one)}\n`).join('');
}
