import type { FileSystem } from '../ports/files.js';
import { nodeFiles } from '../ports/node-files.js';
import { TransferError } from '../protocol/errors.js';
import { type InspectionRecord, type RecordingHeader, recordingFormat } from './records.js';

/** A recording that is being read. */
export interface Recording {
  readonly header: RecordingHeader;
  /**
   * The records, in groups as they come from the disk; to be walked through once. Types that are not known are left out.
   * @throws TransferError RECORDING_UNREADABLE at a line that is no record
   */
  readonly records: AsyncIterable<readonly InspectionRecord[]>;
  /** How it ends, once `records` was walked through. `cutOff`: it was not closed, and all of it that is whole counts. */
  ending(): 'complete' | 'cutOff';
}

/** Where a recording lies. */
export interface RecordingFile {
  readonly path: string;
  /** @defaultValue the real one */
  readonly files?: Pick<FileSystem, 'stream'>;
}

/** A record has a few hundred characters, the definition of a chart a few ten thousand. Bytes. */
const longestLine = 4 * 1024 * 1024;

/**
 * Opens a recording. However long it is, one piece of it is in memory at a time.
 * @throws TransferError RECORDING_UNREADABLE where it is none, or of another version of the format
 */
export async function readRecording(file: RecordingFile): Promise<Recording> {
  const { path, files = nodeFiles } = file;
  const unreadable = (reason: string, cause?: unknown) =>
    new TransferError('RECORDING_UNREADABLE', { path, reason }, cause);
  const groups = linesOf(files.stream(path), unreadable)[Symbol.asyncIterator]();
  let isComplete = false;

  async function next(): Promise<readonly Line[] | null> {
    try {
      const { value, done } = await groups.next();
      return done === true ? null : value;
    } catch (error) {
      if (error instanceof TransferError) throw error;
      throw unreadable(error instanceof Error ? error.message : String(error), error);
    }
  }

  const first = await next();
  const [head, ...rest] = first ?? [];
  if (head === undefined) throw unreadable('it is empty, or was cut off in its first line');
  const header = readHeader(head.text, unreadable);

  async function* records(): AsyncGenerator<readonly InspectionRecord[]> {
    for (let lines: readonly Line[] | null = rest; lines !== null; lines = await next()) {
      const group: InspectionRecord[] = [];
      for (const { text, number } of lines) {
        const record = recordIn(text);
        if (record === null) throw unreadable(`line ${number} is no record`);
        isComplete = record.type === 'end';
        if (isComplete || Object.hasOwn(fieldsOf, record.type)) group.push(record);
      }
      if (group.length > 0) yield group;
    }
  }

  return { header, records: records(), ending: () => (isComplete ? 'complete' : 'cutOff') };
}

interface Line {
  readonly text: string;
  /** From one. */
  readonly number: number;
}

/** Whole lines only: what follows the last newline was being written when the recording was cut off. */
async function* linesOf(
  chunks: AsyncIterable<Uint8Array>,
  unreadable: (reason: string) => TransferError,
): AsyncGenerator<readonly Line[]> {
  const decoder = new TextDecoder('utf-8');
  let rest = '';
  let number = 0;
  for await (const chunk of chunks) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > longestLine) throw unreadable(`line ${number + lines.length + 1} has no end`);
    const group: Line[] = [];
    for (const text of lines) {
      number += 1;
      if (text.trim() !== '') group.push({ text, number });
    }
    if (group.length > 0) yield group;
  }
}

function parsed(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

function readHeader(text: string, unreadable: (reason: string) => TransferError): RecordingHeader {
  try {
    return headerOf(parsed(text));
  } catch (error) {
    throw unreadable(error instanceof Error ? error.message : String(error));
  }
}

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
const isObject: Check = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);

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

function recordIn(text: string): InspectionRecord | null {
  const record = parsed(text);
  return isRecord(record) ? record : null;
}

/** A type that is not known passes: a later version of the format may have it. */
export function isRecord(value: unknown): value is InspectionRecord {
  const record = Object(value) as Readonly<Record<string, unknown>>;
  const { type, seq, ms } = record;
  if (typeof type !== 'string' || !isNumber(seq) || !isNumber(ms)) return false;
  const checks = Object.hasOwn(fieldsOf, type) ? Object.entries(fieldsOf[type] ?? {}) : [];
  return checks.every(([field, check]) => check(record[field]));
}
