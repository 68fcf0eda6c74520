import type { Json, StepRecord } from '../../../inspect/records.js';
import { objectIn, runs, textIn } from './ends.js';
import type { Entries } from './entries.js';

/** A part of a transfer: a stage, or what comes before and after the stages. */
export interface Phase {
  /** In a row: `entities`, `clear the destination`. */
  readonly name: string;
  /** In a sentence: "while …". */
  readonly doing: string;
}

/** By the outermost state of the transfer's chart; the stages by their own. Test: every state has its words. */
export const phases: Readonly<Record<string, Phase>> = {
  opening: { name: 'connect', doing: 'connecting' },
  comparing: { name: 'compare schemas', doing: 'comparing the schemas' },
  checking: { name: 'check the source', doing: 'checking the source' },
  preparing: { name: 'clear the destination', doing: 'clearing the destination' },
  schemas: { name: 'schemas', doing: 'handing over the schemas' },
  entities: { name: 'entities', doing: 'moving entities' },
  assets: { name: 'assets', doing: 'moving assets' },
  links: { name: 'links', doing: 'moving links' },
  configuration: { name: 'configuration', doing: 'moving configuration' },
  done: { name: 'commit', doing: 'committing' },
  committing: { name: 'commit', doing: 'committing' },
  objecting: { name: 'object', doing: 'looking at what the servers reported' },
  rollingBack: { name: 'roll back', doing: 'rolling back' },
  closing: { name: 'close', doing: 'closing the connections' },
  over: { name: 'end', doing: 'ending' },
  completed: { name: 'end', doing: 'ending' },
  failed: { name: 'end', doing: 'ending' },
  aborted: { name: 'end', doing: 'ending' },
};

/** Phases after which nothing more moves. */
const after: readonly string[] = [
  'objecting',
  'rollingBack',
  'closing',
  'over',
  'completed',
  'failed',
  'aborted',
];
export const isAfterwards = (phase: string) => after.includes(phase);

/** The phase of a transfer's state. */
export function phaseOf(value: Json): string {
  if (typeof value === 'string') return value;
  const [[outer = '', inner] = []] = Object.entries(objectIn(value));
  return outer === 'transferring' ? phaseOf(inner ?? '') : outer;
}

export const isPaused = (value: Json): boolean =>
  typeof value === 'string' ? value === 'paused' : Object.values(objectIn(value)).some(isPaused);

/** From where to where a phase takes on the time line. */
export interface Band {
  readonly phase: string;
  /** Place in `entries` of the step that began it. */
  readonly place: number;
  /** Milliseconds since the epoch. */
  readonly from: number;
  /** Null while it lasts. */
  readonly to: number | null;
}

interface Open {
  readonly phase: string;
  readonly place: number;
  readonly from: number;
  to: number | null;
}

/** The phases of the transfer that began last, or of the last session of a server that reports alone. */
export function bandsOf(entries: Entries): readonly Band[] {
  let chart: 'transfer' | 'lifecycle' = 'lifecycle';
  let bands: Open[] = [];
  let actor = '';
  let place = entries.first - 1;
  for (const { history, record, at } of entries) {
    place += 1;
    if (record.type !== 'step') continue;
    const told = history.actor(record.actor);
    if (told === undefined) continue;
    if (runs(told, 'transfer')) chart = 'transfer';
    else if (chart === 'transfer' || !runs(told, 'lifecycle')) continue;
    const key = `${history.name}/${record.actor}`;
    if (key !== actor) bands = [];
    actor = key;
    const phase = chart === 'transfer' ? phaseOf(record.value) : stageOf(record, bands.at(-1)?.phase);
    const last = bands.at(-1);
    if (last?.phase !== phase) {
      if (last !== undefined) last.to ??= at;
      if (phase !== '') bands.push({ phase, place, from: at, to: null });
    }
    const final = bands.at(-1);
    if (record.status !== 'active' && final !== undefined) final.to ??= at;
  }
  return bands;
}

/** A lifecycle names its stage in its context, which stands in a step only where it has changed. */
function stageOf({ context, value }: StepRecord, before = ''): string {
  if (context === undefined) return before;
  const [[outer = '', inner] = []] = Object.entries(objectIn(value));
  if (outer === '' || inner === 'between') return '';
  return textIn(context['step']);
}

/** The band that lasts at a time; before the first and in a gap there is none. */
export function bandAt(bands: readonly Band[], at: number): Band | null {
  return bands.findLast(({ from }) => from <= at) ?? null;
}

/** The phase in which it went wrong: the last one before the transfer was rolled back, up to a place. */
export function lastWorked(bands: readonly Band[], place: number): string {
  return bands.findLast((band) => band.place <= place && !isAfterwards(band.phase))?.phase ?? '';
}

export const phaseName = (phase: string): string => phases[phase]?.name ?? phase;
/** After "in", "before", "after" or "with": a stage by its name, any other phase as what it does. */
export const phaseNoun = (phase: string): string => (phaseName(phase) === phase ? phase : doingIn(phase));
export const doingIn = (phase: string): string => phases[phase]?.doing ?? `in ${phase}`;
