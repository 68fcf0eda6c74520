import { readFileSync } from 'node:fs';
import type { InspectionRecord, RecordingHeader } from '../../src/inspect/records.js';
import { stateText } from '../../src/inspector/page/model/text.js';

/** What a process has reported so far. */
export interface PageScene {
  readonly header: RecordingHeader;
  readonly records: readonly InspectionRecord[];
}

const recordingText = (name: string) =>
  readFileSync(new URL(`../fixtures/inspections/${name}.jsonl`, import.meta.url), 'utf8');

/** A recording of test/fixtures/inspections. */
export function recordedScene(name: string): PageScene {
  const [first = '', ...lines] = recordingText(name).trim().split('\n');
  return {
    header: JSON.parse(first) as RecordingHeader,
    records: lines.map((line) => JSON.parse(line) as InspectionRecord),
  };
}

/** The records up to a time. `ms` as in the records. */
export const upTo = ({ header, records }: PageScene, ms: number): PageScene => ({
  header,
  records: records.filter((record) => record.ms <= ms),
});

/** The records up to the transfer's first step into a state, as `stateText` says it. */
export function untilState(scene: PageScene, state: string): PageScene {
  const step = scene.records.find(
    (record) => record.type === 'step' && record.actor === 'a1' && stateText(record.value) === state,
  );
  return upTo(scene, step?.ms ?? Number.NaN);
}

/** What one end alone reports. */
export function endOf({ header, records }: PageScene, side: 'client' | 'server'): PageScene {
  const others = new Set(
    records.flatMap((record) => (record.type === 'actor' && record.side !== side ? [record.actor] : [])),
  );
  return {
    header: { ...header, roles: [side] },
    records: records.filter(
      (record) => record.type === 'machine' || !('actor' in record) || !others.has(record.actor),
    ),
  };
}

/** The same so many times slower, its delays as long as ever: a recording of a tenth of a second is over too soon. */
export const slowed = ({ header, records }: PageScene, times: number): PageScene => ({
  header,
  records: records.map((record) => ({
    ...record,
    ms: record.ms * times,
    ...(record.type === 'message' && record.took !== undefined ? { took: record.took * times } : {}),
  })),
});

/** The same, whose last record came so long ago. Milliseconds. */
export function endedAgo({ header, records }: PageScene, ago: number, now = Date.now()): PageScene {
  const startedAt = new Date(now - ago - (records.at(-1)?.ms ?? 0)).toISOString();
  return { header: { ...header, startedAt }, records };
}

/** The situations that a page can show, as a process that reports to an inspector tells of them now. */
export const situations = {
  /** Where its links begin. */
  running: () => endedAgo(untilState(slowed(recordedScene('push'), 30), 'transferring.links.moving'), 50),
  /** The server has said nothing for six seconds. */
  stalled() {
    const silent = endOf(recordedScene('silent'), 'client');
    return endedAgo(upTo(silent, 6200), 100);
  },
  failed: () => endedAgo(endOf(recordedScene('silent'), 'client'), 1000),
  completed: () => endedAgo(slowed(recordedScene('push'), 30), 1000),
} satisfies Readonly<Record<string, () => PageScene>>;
