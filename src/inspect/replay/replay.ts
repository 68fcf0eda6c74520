import { TransferError } from '../../protocol/errors.js';
import { definitionOf } from '../definition.js';
import { type RecordingFile, readRecording } from '../reading.js';
import { type ChartName, chartOf, isChart } from '../recorded-fields.js';
import type { ActorRecord, InspectionRecord, MachineRecord } from '../records.js';
import { ferryVersion } from '../version.js';
import { chartDifference } from './chart-difference.js';
import { createReplayedRoot, type Difference, type ReplayedRoot } from './replayed-root.js';
import { ferryCharts, type ReplayedCharts } from './stubs.js';

/** Options of `replayRecording`. */
export interface ReplayOptions {
  /** Charts to use instead of this package's, for tests that prove what a recording detects. They may differ from the recorded ones. */
  readonly charts?: Partial<ReplayedCharts> | undefined;
}

/** The result of a replay. */
export interface ReplayResult {
  /** The outermost charts, mostly `transfer` and `session`, in the order in which they started. */
  readonly roots: readonly { readonly path: string; readonly steps: number; readonly state: string }[];
  /** Where the charts did not do what was recorded; empty if they always did. */
  readonly differences: readonly Difference[];
}

/**
 * Drives the charts with the recorded events, and compares each of their steps: state, transitions, actions, delays,
 * context. Events from outside of the charts arrive again in their order. Stubs stand for the actors that carry data,
 * and repeat their recorded events. The clock follows the recording, and a delay fires when it fired, provided that it
 * runs and is due.
 * Reads the file twice, a piece at a time.
 * @throws TransferError RECORDING_UNREADABLE if records are missing, or a line is no record; OTHER_CHART if a chart was
 * defined differently when it was recorded
 */
export async function replayRecording(
  file: RecordingFile,
  options: ReplayOptions = {},
): Promise<ReplayResult> {
  const charts: ReplayedCharts = { ...ferryCharts, ...options.charts };
  const { inner } = await firstReading(file, (chart) => options.charts?.[chart] === undefined);
  const roots: ReplayedRoot[] = [];
  /** By actor. */
  const rootOf = new Map<string, ReplayedRoot>();
  /** Actors that run no chart. */
  const carriers = new Set<string>();

  function take(record: InspectionRecord): void {
    if (record.type === 'actor') {
      const parent = record.parent === null ? undefined : rootOf.get(record.parent);
      const chart = chartOf(record.machine ?? '');
      // A chart that is run by an actor which is none, as a transfer of a merge is, is driven by its own records.
      const isRoot = isChart(chart) && record.parent !== null && carriers.has(record.parent);
      if (record.machine === null) carriers.add(record.actor);
      if (parent !== undefined && !isRoot) {
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

/**
 * The charts that the actors of each chart ran. A chart needs them when it starts, before its actors do.
 * @throws TransferError OTHER_CHART if a chart that must be this package's was recorded with another definition
 */
async function firstReading(file: RecordingFile, mustBeOurs: (chart: ChartName) => boolean) {
  /** By the outermost actor of Ferry's, the chart above, and the chart's name for the actor. */
  const inner = new Map<string, ChartName>();
  const charts = new Map<string, { readonly chart: ChartName; readonly outermost: string }>();
  const recording = await readRecording(file);
  for await (const group of recording.records) {
    for (const record of group) {
      if (record.type === 'dropped') throw cannotReplay(file.path, record.count);
      if (record.type === 'machine') check(record, recording.header.version);
      if (record.type === 'actor' && record.machine !== null) note(record);
    }
  }

  function check({ machine, definition }: MachineRecord, recordedBy: string): void {
    const chart = chartOf(machine);
    if (!isChart(chart) || !mustBeOurs(chart)) return;
    const difference = chartDifference(definition, definitionOf(ferryCharts[chart]));
    if (difference === null) return;
    const { path } = file;
    throw new TransferError('OTHER_CHART', { path, chart, difference, recordedBy, version: ferryVersion });
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
