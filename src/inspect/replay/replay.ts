import { TransferError } from '../../protocol/errors.js';
import { type ChartName, chartOf, isChart } from '../allowed.js';
import { type RecordingFile, readRecording } from '../reading.js';
import type { ActorRecord, InspectionRecord } from '../records.js';
import { createReplayedRoot, type Difference, type ReplayedRoot } from './replayed-root.js';
import { type Charts, ferryCharts } from './stubs.js';

/** Of `replayRecording`. */
export interface ReplayOptions {
  /** Other charts than this package's, for tests that show what a recording holds on to. */
  readonly charts?: Partial<Charts>;
}

/** What a replay came to. */
export interface ReplayResult {
  /** The outermost charts, `transfer` and `session` mostly, in the order in which they began. */
  readonly roots: readonly { readonly path: string; readonly steps: number; readonly state: string }[];
  /** Where the charts did something else than was recorded; empty where they did the same. */
  readonly differences: readonly Difference[];
}

/**
 * Drives the charts with what was recorded, and compares each of their steps: state, transitions, actions, delays,
 * context. What came from outside of the charts comes again, in its order; who carries is a stub that says what it said
 * then; the clock stands where it stood, and a delay fires when it fired, provided that it runs and is due.
 * Reads the file twice, a piece at a time.
 * @throws TransferError RECORDING_UNREADABLE where records are missing, or a line is no record
 */
export async function replayRecording(
  file: RecordingFile,
  options: ReplayOptions = {},
): Promise<ReplayResult> {
  const charts: Charts = { ...ferryCharts, ...options.charts };
  const { inner } = await firstReading(file);
  const roots: ReplayedRoot[] = [];
  /** By actor. */
  const rootOf = new Map<string, ReplayedRoot>();

  function take(record: InspectionRecord): void {
    if (record.type === 'actor') {
      const parent = record.parent === null ? undefined : rootOf.get(record.parent);
      const chart = chartOf(record.machine ?? '');
      if (parent !== undefined) {
        rootOf.set(record.actor, parent);
        parent.take(record);
      } else if (isChart(chart)) {
        const root = createReplayedRoot(record, chart, charts, (above, src) =>
          inner.get(`${record.actor} ${above} ${src}`),
        );
        roots.push(root);
        rootOf.set(record.actor, root);
      }
    } else if (record.type === 'event' || record.type === 'step') rootOf.get(record.actor)?.take(record);
  }

  const recording = await readRecording(file);
  for await (const group of recording.records) for (const record of group) take(record);
  const isCutOff = recording.ending() === 'cutOff';
  const differences = roots.flatMap((root) => root.finish(isCutOff));
  return {
    roots: roots.map(({ path, steps, state }) => ({ path, steps: steps(), state: state() })),
    differences,
  };
}

/** What the actors of each chart ran: it is known when they begin, and has to be known when their chart does. */
async function firstReading(file: RecordingFile) {
  /** By the outermost actor of ours, the chart above and the name that it has for the actor. */
  const inner = new Map<string, ChartName>();
  const charts = new Map<string, { readonly chart: ChartName; readonly outermost: string }>();
  const recording = await readRecording(file);
  for await (const group of recording.records) {
    for (const record of group) {
      if (record.type === 'dropped') throw cannotReplay(file.path, record.count);
      if (record.type === 'actor' && record.machine !== null) note(record);
    }
  }

  function note({ actor, machine, parent, src }: ActorRecord): void {
    const chart = chartOf(machine ?? '');
    if (!isChart(chart)) return;
    const above = charts.get(parent ?? '');
    const outermost = above?.outermost ?? actor;
    charts.set(actor, { chart, outermost });
    if (above !== undefined) inner.set(`${outermost} ${above.chart} ${src}`, chart);
  }

  return { inner };
}

function cannotReplay(path: string, count: number): TransferError {
  const reason = `${count} records are missing in it, so it cannot be replayed`;
  return new TransferError('RECORDING_UNREADABLE', { path, reason });
}
