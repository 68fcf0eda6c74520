import type { FileSystem } from '../ports/files.js';
import { nodeFiles } from '../ports/node-files.js';
import { messageOf, TransferError } from '../protocol/errors.js';
import { OverLimit } from '../protocol/json.js';
import { headerOf, isKnown, recordOfJson } from './check-record.js';
import { parseRecordText } from './record-text.js';
import type { InspectionRecord, RecordingHeader } from './records.js';

/** An open recording. */
export interface Recording {
  readonly header: RecordingHeader;
  /**
   * The records, in groups as they come from the disk. They can be iterated once. Unknown types are left out.
   * @throws TransferError RECORDING_UNREADABLE at a line that is no record
   */
  readonly records: AsyncIterable<readonly InspectionRecord[]>;
  /** How the recording ends, once `records` was iterated. `cutOff`: it was not closed; its whole lines count. */
  ending(): 'complete' | 'cutOff';
}

/** The place of a recording. */
export interface RecordingFile {
  readonly path: string;
  /** @defaultValue the real one */
  readonly files?: Pick<FileSystem, 'stream'> | undefined;
}

/** A record has a few hundred characters, the definition of a chart a few ten thousand. Bytes. */
const longestLine = 4 * 1024 * 1024;

/**
 * Opens a recording. Only one piece of it is in memory at a time.
 * @throws TransferError RECORDING_UNREADABLE if it is no recording, or has another version of the format
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
      throw unreadable(messageOf(error), error);
    }
  }

  async function begin() {
    try {
      const [head, ...rest] = (await next()) ?? [];
      if (head === undefined) throw unreadable('it is empty, or was cut off in its first line');
      return { header: readHeader(head.text, unreadable), rest };
    } catch (error) {
      await groups.return?.(undefined);
      throw error;
    }
  }
  const { header, rest } = await begin();

  async function* records(): AsyncGenerator<readonly InspectionRecord[]> {
    try {
      for (let lines: readonly Line[] | null = rest; lines !== null; lines = await next()) {
        const group: InspectionRecord[] = [];
        for (const { text, number } of lines) {
          const record = recordIn(text, (reason) => unreadable(`line ${number} ${reason}`));
          isComplete = record.type === 'end';
          if (isComplete || isKnown(record)) group.push(record);
        }
        if (group.length > 0) yield group;
      }
    } finally {
      await groups.return?.(undefined);
    }
  }

  return { header, records: records(), ending: () => (isComplete ? 'complete' : 'cutOff') };
}

interface Line {
  readonly text: string;
  readonly number: number;
}

/** Whole lines only: a recording that was cut off may end in the middle of one. */
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
    const value = parseRecordText(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null;
  } catch (error) {
    if (error instanceof OverLimit) throw error;
    return null;
  }
}

function readHeader(text: string, unreadable: (reason: string) => TransferError): RecordingHeader {
  try {
    return headerOf(parsed(text));
  } catch (error) {
    throw unreadable(messageOf(error));
  }
}

function recordIn(text: string, unreadable: (reason: string) => TransferError): InspectionRecord {
  try {
    return recordOfJson(parsed(text));
  } catch (error) {
    const reason = messageOf(error);
    throw unreadable(error instanceof OverLimit ? `cannot be read: ${reason}` : reason);
  }
}
