import { type InspectionRecord, type RecordingHeader, recordingFormat } from './records.js';
import {
  all,
  amount,
  anyOf,
  count,
  json,
  listOf,
  moment,
  nested,
  object,
  oneOf,
  orNull,
  recordOf,
  type Shape,
  text,
} from './shapes.js';

/** The year 9999: times added to it still give a date. */
const latest = 253_402_300_800_000;

export function headerOf(value: unknown): RecordingHeader {
  const header = Object(value) as Readonly<Record<string, unknown>>;
  if (header['ferry'] !== 'recording') {
    throw new Error('its first line is not the header of a recording. Give a file that a recorder wrote');
  }
  const { format, version, startedAt, roles, data } = header;
  if (format !== recordingFormat) {
    const maker = typeof version === 'string' ? ` (strapi-ferry ${version})` : '';
    const theirs = `it has format ${JSON.stringify(format)}${maker}`;
    throw new Error(`${theirs}, and this strapi-ferry reads format ${recordingFormat}`);
  }
  if (typeof startedAt !== 'string' || !(Math.abs(Date.parse(startedAt)) < latest)) {
    throw new Error('its header has no startedAt');
  }
  return {
    ferry: 'recording',
    format: recordingFormat,
    version: typeof version === 'string' ? version : '',
    startedAt,
    roles: Array.isArray(roles) ? roles.filter((role) => role === 'client' || role === 'server') : [],
    data: data === true,
  };
}

const side = oneOf('client', 'server');

const transition = object({
  label: text,
  event: text,
  targets: listOf(text),
  'guard?': text,
  'actions?': listOf(text),
  'delay?': anyOf(text, amount),
  'reenter?': oneOf(true),
});

const state = nested((inner) =>
  object({
    id: text,
    key: text,
    type: oneOf('atomic', 'compound', 'parallel', 'final', 'history'),
    'initial?': text,
    'description?': text,
    'tags?': listOf(text),
    'refuses?': recordOf(text),
    'entry?': listOf(text),
    'exit?': listOf(text),
    'invokes?': listOf(object({ id: text, src: text })),
    'transitions?': listOf(transition),
    'states?': listOf(inner),
  }),
);

const stateValue = nested((inner) => anyOf(text, recordOf(inner)));

/** Every field that records.ts promises of each type: a fold and a drawing rely on all of them. */
const shapes: Readonly<Record<InspectionRecord['type'], Shape>> = {
  machine: object({ machine: text, definition: state }),
  actor: object({
    actor: text,
    parent: orNull(text),
    root: text,
    name: text,
    path: text,
    side: orNull(side),
    kind: oneOf('machine', 'other'),
    machine: orNull(text),
    src: orNull(text),
    'input?': json,
  }),
  event: object({ actor: text, from: orNull(text), event: all(object({ type: text }), json) }),
  step: object({
    actor: text,
    cause: orNull(count),
    event: text,
    value: orNull(stateValue),
    status: oneOf('active', 'done', 'error', 'stopped'),
    transitions: listOf(object({ source: text, event: text, targets: listOf(text), 'guard?': text })),
    actions: listOf(text),
    armed: listOf(object({ id: text, delay: text, ms: amount })),
    cancelled: listOf(text),
    'context?': recordOf(json),
    'output?': json,
    'error?': json,
  }),
  message: object({
    uuid: text,
    kind: text,
    asker: side,
    at: side,
    actor: text,
    phase: oneOf('sending', 'sent', 'resending', 'received', 'answered', 'failed'),
    'bytes?': amount,
    'again?': oneOf(true),
    'retry?': count,
    'took?': amount,
    'error?': text,
  }),
  dropped: object({ count, reason: text }),
  end: object({}),
};

const stamp = object({ type: text, seq: count, ms: moment });

/**
 * The path of the wrong field in a value that is no record, such as `.armed[0].ms`; null if it is a record. An unknown
 * type passes: a later version of the format may have it.
 */
export function recordFault(value: unknown): string | null {
  const fault = stamp(value);
  if (fault !== null) return fault;
  const record = value as InspectionRecord;
  return isKnown(record) ? shapes[record.type](record) : null;
}

/** @throws Error whose message continues a sentence about the value: "is no record: look at ms" */
export function recordOfJson(value: unknown): InspectionRecord {
  const fault = recordFault(value);
  if (fault !== null) throw new Error(`is no record${fault === '' ? '' : `: look at ${fault.slice(1)}`}`);
  return value as InspectionRecord;
}

export const isKnown = ({ type }: InspectionRecord) => Object.hasOwn(shapes, type);
