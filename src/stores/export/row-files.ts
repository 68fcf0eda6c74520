import { createSha256 } from '../../ports/sha256.js';
import { TransferError } from '../../protocol/errors.js';
import { type LineStage, numberOf } from './layout.js';

export interface RowFile {
  readonly path: string;
  readonly size: number;
}

/** Bytes. Where an export is cut smaller, rows that are the same may make files that are. */
const noChance = 64 * 1024;

/**
 * Holds the row files of a stage against each other: a copy of one would double its rows, or fail amid a push, and one
 * that is missing leaves holes.
 * @param path Names the export in errors.
 * @param digestOf Asked of files of one size only.
 * @throws TransferError REPEATED_ROWS, MISSING_ROWS
 */
export async function assertRowFiles<F extends RowFile>(
  path: string,
  stage: LineStage,
  files: readonly F[],
  digestOf: (file: F) => Promise<string>,
): Promise<void> {
  const numbers = files.map((file) => numberOf(stage, file.path));
  const gap = files.findIndex((_, index) => !numbers.includes(index + 1));
  if (gap !== -1 && !numbers.includes(undefined)) {
    const reason = `the row file ${gap + 1} of its ${stage} is not there, and one after it is`;
    throw new TransferError('MISSING_ROWS', { path, reason });
  }
  for (const [index, file] of files.entries()) {
    for (const other of files.slice(0, index)) {
      const areNumbered = numbers[index] !== undefined && numberOf(stage, other.path) !== undefined;
      if (other.size !== file.size || file.size === 0 || (areNumbered && file.size < noChance)) continue;
      if ((await digestOf(other)) !== (await digestOf(file))) continue;
      throw new TransferError('REPEATED_ROWS', { path, file: file.path, other: other.path });
    }
  }
}

export async function digestOf(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  const sha256 = createSha256();
  for await (const chunk of chunks) sha256.update(chunk);
  return sha256.digest('hex');
}
