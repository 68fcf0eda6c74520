import { isObject } from '../protocol/plain-object.js';
import { type InspectionRecord, type RecordingHeader, recordingFormat } from './records.js';

/** The header of a recording, whatever it is read from; throws an Error that says what is wrong with it. */
export function headerOf(value: unknown): RecordingHeader {
  const header = Object(value) as Readonly<Record<string, unknown>>;
  if (header['ferry'] !== 'recording') {
    throw new Error(
      'its first line is not the header of a recording. Give a file that was made with --record',
    );
  }
  const { format, version, startedAt, roles, data } = header;
  if (format !== recordingFormat) {
    const maker = typeof version === 'string' ? ` (strapi-ferry ${version})` : '';
    const theirs = `it has format ${JSON.stringify(format)}${maker}`;
    throw new Error(`${theirs}, and this strapi-ferry reads format ${recordingFormat}`);
  }
  if (typeof startedAt !== 'string' || Number.isNaN(Date.parse(startedAt))) {
    throw new Error('its header has no startedAt');
  }
  return {
    ferry: 'recording',
    format: recordingFormat,
    version: String(version),
    startedAt,
    roles: Array.isArray(roles) ? roles.filter((role) => role === 'client' || role === 'server') : [],
    data: data === true,
  };
}

type Check = (value: unknown) => boolean;
const isText: Check = (value) => typeof value === 'string';
const isTextOrNull: Check = (value) => value === null || typeof value === 'string';
const isNumber: Check = (value) => typeof value === 'number' && Number.isFinite(value);
const isList: Check = Array.isArray;

/** What whoever adds records up relies on. */
const fieldsOf: Readonly<Record<string, Readonly<Record<string, Check>>>> = {
  machine: { machine: isText, definition: isObject },
  actor: { actor: isText, parent: isTextOrNull, root: isText, name: isText, path: isText, kind: isText },
  event: {
    actor: isText,
    from: isTextOrNull,
    event: (value) => isObject(value) && isText(Object(value).type),
  },
  step: {
    actor: isText,
    event: isText,
    status: isText,
    transitions: isList,
    actions: isList,
    armed: isList,
    cancelled: isList,
  },
  message: { uuid: isText, kind: isText, asker: isText, at: isText, actor: isText, phase: isText },
  dropped: { count: isNumber, reason: isText },
  end: {},
};

/** A type that is not known passes: a later version of the format may have it. */
export function isRecord(value: unknown): value is InspectionRecord {
  const record = Object(value) as Readonly<Record<string, unknown>>;
  const { type, seq, ms } = record;
  if (typeof type !== 'string' || !isNumber(seq) || !isNumber(ms)) return false;
  const checks = Object.hasOwn(fieldsOf, type) ? Object.entries(fieldsOf[type] ?? {}) : [];
  return checks.every(([field, check]) => check(record[field]));
}

/** Whether it is of a type that this version adds up. */
export const isKnown = ({ type }: InspectionRecord) => Object.hasOwn(fieldsOf, type);
