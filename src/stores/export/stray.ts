import { stages } from '../../protocol/content.js';
import { TransferError } from '../../protocol/errors.js';
import { uploadsFolder } from './layout.js';

/** The error for a file where no reader of an export looks: its content would be left behind without an error. */
export function stray(path: string, file: string): TransferError {
  const stage = stages.find((each) => file.startsWith(`${each}/`)) ?? '';
  const place = stage === 'assets' ? `${uploadsFolder}, with its description in assets/metadata` : stage;
  return new TransferError('STRAY_FILE', { path, file, place });
}
