import { stages } from '../../protocol/content.js';
import { TransferError } from '../../protocol/errors.js';
import { uploadsFolder } from './layout.js';

/** A file in a folder of an export where no reader looks for one: what it holds would be left behind without a word. */
export function stray(path: string, file: string): TransferError {
  const stage = stages.find((each) => file.startsWith(`${each}/`)) ?? '';
  const place = stage === 'assets' ? `${uploadsFolder}, with its description in assets/metadata` : stage;
  return new TransferError('STRAY_FILE', { path, file, place });
}
