import { TransferError } from '../../protocol/errors.js';
import { OverLimit, parseJson } from '../../protocol/json.js';
import type { Limits } from '../../protocol/limits.js';
import type { LineStage } from './layout.js';
import { BrokenText, LongLine, readLines } from './line-reader.js';
import { contentLimit } from './parse.js';
import { envelopeFault } from './row-envelope.js';

const batchRows = 100;
const batchLength = 8 * 1024;

export interface RowsOptions {
  readonly stage: LineStage;
  readonly file: string;
  readonly limits: Limits;
}

/** Batches of the rows of one file. Throws BROKEN_LINE, which quotes nothing of the line, and CONTENT_LIMIT. */
export function rowsOf(
  chunks: AsyncIterable<Uint8Array>,
  options: RowsOptions,
): AsyncGenerator<readonly unknown[]> {
  return batchesOf(chunks, options, (_text, row) => row);
}

export function rowTextsOf(
  chunks: AsyncIterable<Uint8Array>,
  options: RowsOptions,
): AsyncGenerator<readonly string[]> {
  return batchesOf(chunks, options, (text) => text);
}

/** The lines as they stand there, not looked at. Throws BROKEN_LINE where they are no text, and CONTENT_LIMIT. */
export async function* storedTextsOf(
  chunks: AsyncIterable<Uint8Array>,
  { file, limits }: RowsOptions,
): AsyncGenerator<readonly string[]> {
  try {
    for await (const lines of readLines(chunks, limits.lineBytes)) yield lines.map(({ text }) => text);
  } catch (error) {
    throw lineError(error, file, limits);
  }
}

const brokenLine = (file: string, line: number, reason: string) =>
  new TransferError('BROKEN_LINE', { file, line, reason });

const overLimit = (file: string, line: number, over: OverLimit) =>
  contentLimit(`${file}, line ${line}`, over);

function lineError(error: unknown, file: string, { lineBytes }: Limits): unknown {
  if (error instanceof LongLine)
    return overLimit(file, error.line, new OverLimit('it is too long', 'lineBytes', lineBytes));
  return error instanceof BrokenText ? brokenLine(file, error.line, error.message) : error;
}

async function* batchesOf<T>(
  chunks: AsyncIterable<Uint8Array>,
  { stage, file, limits }: RowsOptions,
  take: (text: string, row: unknown) => T,
): AsyncGenerator<readonly T[]> {
  const broken = (line: number, reason: string) => brokenLine(file, line, reason);

  function parse(text: string, line: number): T {
    let row: unknown;
    try {
      row = parseJson(text, limits);
    } catch (error) {
      if (error instanceof OverLimit) throw overLimit(file, line, error);
      // The parser's own message would quote the line: rows belong in no log.
      throw broken(line, 'it is no JSON');
    }
    const fault = envelopeFault(stage, row);
    if (fault !== undefined) throw broken(line, fault);
    return take(text, row);
  }

  let batch: T[] = [];
  let length = 0;
  try {
    for await (const lines of readLines(chunks, limits.lineBytes)) {
      for (const { text, number } of lines) {
        batch.push(parse(text, number));
        length += text.length;
        if (batch.length < batchRows && length < batchLength) continue;
        yield batch;
        batch = [];
        length = 0;
      }
    }
  } catch (error) {
    throw lineError(error, file, limits);
  }
  if (batch.length > 0) yield batch;
}
