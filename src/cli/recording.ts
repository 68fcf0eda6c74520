import { resolve } from 'node:path';
import type { FileSystem } from '../ports/files.js';
import { TransferError } from '../protocol/errors.js';
import type { Asked } from './answers.js';
import { quoted } from './quoted.js';

type Flags = Readonly<Record<string, unknown>>;

/** Where the command cannot ask, only --force replaces a file. @throws TransferError INVALID_OPTION, ABORTED */
export async function checkRecording(
  { record, force }: Flags,
  { ask, because }: Asked,
  files: Pick<FileSystem, 'stat'>,
): Promise<void> {
  if (typeof record !== 'string' || force === true) return;
  const found = await files.stat(resolve(record));
  if (found?.kind !== 'file' || found.size === 0) return;
  if (ask === null) {
    const reason = `a file stands there, and the command cannot ask because ${because}. Give another name, or --force to replace it`;
    throw new TransferError('INVALID_OPTION', { option: '--record', value: record, reason });
  }
  if (await ask.confirm(`${record} exists. Replace it by the recording of this run?`)) return;
  throw new TransferError('ABORTED', { when: 'at the question', because: 'nothing was changed' });
}

export const recordedWords = ({ record }: Flags): string | null =>
  typeof record === 'string' ? `recorded; to look at it: strapi-ferry inspect ${quoted(record)}` : null;
