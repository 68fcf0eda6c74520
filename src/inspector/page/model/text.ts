import type { InspectionRecord, Json, MessageRecord, Side, StepRecord } from '../../../inspect/records.js';
import type { Entry } from './entries.js';

/** A state in a form for people: `transferring.streaming`; ` + ` separates the regions of a parallel one. */
export function stateText(value: Json): string {
  if (value === null) return '';
  if (typeof value !== 'object') return String(value);
  return Object.entries(value)
    .map(([key, inner]) => {
      const rest = stateText(inner as Json);
      return rest === '' ? key : rest.includes(' + ') ? `${key}.(${rest})` : `${key}.${rest}`;
    })
    .join(' + ');
}

export function sizeText(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  if (bytes < 1_000_000) return `${(bytes / 1000).toFixed(1)} kB`;
  return bytes < 1_000_000_000 ? `${(bytes / 1_000_000).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(2)} GB`;
}

export function durationText(ms: number): string {
  if (ms < 10) return `${Math.max(0, ms).toFixed(1)} ms`;
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 1)} s`;
  const seconds = Math.floor(ms / 1000);
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

/** A span of time in a sentence: `16 s`, `3 min 4 s`. */
export function spanText(ms: number): string {
  const seconds = Math.max(0, ms) / 1000;
  if (seconds < 1) return `${Math.round(Math.max(0, ms))} ms`;
  if (seconds < 10) return `${Number(seconds.toFixed(1))} s`;
  if (seconds < 60) return `${Math.round(seconds)} s`;
  const whole = Math.round(seconds);
  if (whole < 3600)
    return whole % 60 === 0 ? `${whole / 60} min` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

/** `1 line`, `2 lines`. */
export const counted = (count: number, one: string, many = `${one}s`): string =>
  `${count.toLocaleString('en')} ${count === 1 ? one : many}`;

/** `1 record is missing`. */
export const missingText = (count: number): string =>
  `${counted(count, 'record')} ${count === 1 ? 'is' : 'are'} missing`;

/** A day and a time of a recording's header, in the zone of who reads: `30 Nov 2026, 01:44:58`. */
export const dateText = (iso: string): string =>
  new Date(iso).toLocaleString('en-GB', { dateStyle: 'medium', timeStyle: 'medium' });

/** The time since the time line begins: `1.234 s`. */
export const momentText = (ms: number) => `${(ms / 1000).toFixed(3)} s`;

/** Shortens XState's names: `xstate.done.actor.exchange` says more than a reader wants. */
export const eventText = (type: string) =>
  type
    // An actor that a state invokes has no name of its own.
    .replace(/^xstate\.(done|error)\.actor\.\d+\..*/, '$1')
    .replace(/^xstate\.(done|error)\.actor\./, '$1 ')
    .replace(/^xstate\.promise\.(\w+)$/, '$1s')
    .replace(/^xstate\.done\.state\..*/, 'done')
    .replace(/^xstate\.after\.([^.]+)\..*/, 'after $1')
    .replace(/^xstate\.init$/, 'begins');

export interface Line {
  /** The actor of the line. */
  readonly who: string;
  readonly side: Side | null;
  readonly title: string;
  readonly detail: string;
}

/** An entry as a line of the log. */
export function lineOf({ history, record }: Entry): Line {
  const actor = 'actor' in record ? history.actor(record.actor) : undefined;
  const who = actor?.path ?? ('actor' in record ? record.actor : '');
  const side = record.type === 'message' ? record.at : (actor?.side ?? null);
  return { who, side, ...wordsFor(record, (id) => history.actor(id)?.path ?? id) };
}

function wordsFor(
  record: InspectionRecord,
  pathOf: (actor: string) => string,
): { title: string; detail: string } {
  switch (record.type) {
    case 'machine':
      return { title: `chart ${record.machine}`, detail: '' };
    case 'actor':
      return { title: 'begins', detail: record.machine ?? record.src ?? '' };
    case 'event': {
      const { type, ...fields } = record.event;
      const from = record.from === null ? '' : `from ${pathOf(record.from)} `;
      return { title: eventText(type), detail: `${from}${fieldsText(fields)}` };
    }
    case 'step':
      return stepWords(record);
    case 'message':
      return { title: `${record.kind} ${record.phase}`, detail: messageDetail(record) };
    case 'dropped':
      return { title: missingText(record.count), detail: record.reason };
    case 'end':
      return { title: 'end', detail: 'the recording was closed' };
  }
}

function stepWords(step: StepRecord): { title: string; detail: string } {
  const { event, value, status, transitions, actions } = step;
  const state = value === null ? status : `${stateText(value)}${status === 'active' ? '' : ` (${status})`}`;
  const guards = transitions.flatMap(({ guard }) => (guard === undefined ? [] : [`if ${guard}`]));
  const unmoved = transitions.length === 0 && event !== 'xstate.init' && value !== null;
  const words = unmoved ? ['took no notice'] : [...guards, ...actions];
  return { title: `${eventText(event)} → ${state}`, detail: words.join(', ') };
}

function messageDetail({ bytes, took, error, retry, again, uuid }: MessageRecord): string {
  return [
    bytes === undefined ? '' : sizeText(bytes),
    took === undefined ? '' : `after ${durationText(took)}`,
    retry === undefined ? '' : `resend ${retry}`,
    again === true ? 'had come before' : '',
    error ?? '',
    uuid.slice(0, 8),
  ]
    .filter((word) => word !== '')
    .join(', ');
}

const fieldsText = (fields: Readonly<Record<string, Json | undefined>>) =>
  Object.entries(fields)
    .map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(' ');
