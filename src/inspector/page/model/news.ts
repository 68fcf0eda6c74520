import type { InspectionRecord, Json, StepRecord } from '../../../inspect/records.js';
import { objectIn, runs, textIn } from './ends.js';
import type { Entries, Entry } from './entries.js';
import { phaseOf } from './phases.js';
import { missingText } from './text.js';

/** What kind of news a record is, or a state: red, amber, green; the rest is none. */
export type Tone = 'bad' | 'warn' | 'good' | '';

/** States of Ferry's charts in which something has gone wrong, or right; test: they exist. */
const badStates: readonly string[] = ['failed', 'lost', 'aborted', 'error', 'rollingBack', 'objecting'];
const goodStates: readonly string[] = ['completed'];

const badEvents: readonly string[] = [
  'end.lost',
  'stage.broken',
  'request.exhausted',
  'peer.broken',
  'connection.lost',
  'diagnostic.error',
];
const warnEvents: readonly string[] = ['diagnostic.warning', 'request.retried'];

/** A peer that closes politely has gone as it should. */
const isNormalClose = (end: Json | undefined): boolean => {
  const code = objectIn(objectIn(end)['details'])['closeCode'] ?? objectIn(end)['closeCode'];
  return code === 1000 || code === 1005;
};

/** The tone of a state that an actor stands in. */
export function toneOfState(step: Pick<StepRecord, 'value' | 'status' | 'context'> | null): Tone {
  if (step === null) return '';
  if (step.status === 'error') return 'bad';
  const state = typeof step.value === 'string' ? step.value : phaseOf(step.value);
  if (goodStates.includes(state)) return 'good';
  if (!badStates.includes(state)) return '';
  return isNormalClose(step.context?.['end']) ? '' : 'bad';
}

/** The tone of a record: what went wrong, what was sent again, what is done. */
export function toneOf(record: InspectionRecord): Tone {
  switch (record.type) {
    case 'dropped':
      return 'bad';
    case 'message':
      if (record.phase === 'failed' || record.error !== undefined) return 'bad';
      return record.phase === 'resending' || record.again === true ? 'warn' : '';
    case 'event': {
      const { type } = record.event;
      if (badEvents.includes(type)) return isNormalClose(record.event) ? '' : 'bad';
      return warnEvents.includes(type) ? 'warn' : '';
    }
    case 'step':
      return record.transitions.length === 0 && record.status === 'active' ? '' : toneOfState(record);
    default:
      return '';
  }
}

/** Whether a record is one of the transfer's steps from part to part. */
export function isStageStep({ history, record }: Entry): boolean {
  if (record.type !== 'step' || record.transitions.every(({ targets }) => targets.length === 0)) return false;
  const actor = history.actor(record.actor);
  return actor !== undefined && runs(actor, 'transfer');
}

/** A point of the time line that a person wants to jump to. */
export interface Mark {
  readonly place: number;
  readonly at: number;
  readonly tone: 'bad' | 'warn';
  readonly words: string;
}

/** A connection that is lost fails every message on it, one chart after the other. Milliseconds. */
const oneEvent = 100;

/** Errors and resends, as messages and charts tell of them; what one event says, and the next repeats, is one mark. */
export function marksOf(entries: Entries): readonly Mark[] {
  const marks: Mark[] = [];
  let before = Number.NEGATIVE_INFINITY;
  let place = entries.first - 1;
  for (const { record, at } of entries) {
    place += 1;
    if (record.type === 'event') continue;
    const tone = toneOf(record);
    if (tone !== 'bad' && tone !== 'warn') continue;
    const isNext = at - before < oneEvent && marks.at(-1)?.tone === tone;
    before = at;
    if (isNext) continue;
    marks.push({ place, at, tone, words: wordsOf(record) });
  }
  return marks;
}

function wordsOf(record: InspectionRecord): string {
  if (record.type === 'message') {
    return record.phase === 'resending'
      ? `${record.kind} sent again`
      : `${record.kind}: ${record.error ?? 'no answer'}`;
  }
  if (record.type === 'dropped') return missingText(record.count);
  if (record.type !== 'step') return '';
  const code =
    textIn(objectIn(record.context?.['failure'])['code']) ||
    textIn(objectIn(record.context?.['end'])['code']);
  return code || (typeof record.value === 'string' ? record.value : phaseOf(record.value));
}

/** The next mark behind a place, or before it; undefined if there is none. */
export function markFrom(marks: readonly Mark[], place: number, direction: 1 | -1): Mark | undefined {
  return direction === 1
    ? marks.find((mark) => mark.place > place)
    : marks.findLast((mark) => mark.place < place);
}
