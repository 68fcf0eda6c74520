import { TransferError } from '../../protocol/errors.js';

const usualCure =
  'Give an archive that strapi export or ferry wrote (.tar, .tar.gz or .tgz; encrypted .enc or .age behind that), or a folder that holds metadata.json, schemas, entities, links and configuration';

/** @param cure What to do about it, a sentence without its stop. */
export function notAnExport(path: string, reason: string, cure = usualCure): TransferError {
  return new TransferError('NOT_AN_EXPORT', { path, reason, cure });
}

export const exportInside = (path: string, folder: string, cure: string): TransferError =>
  notAnExport(path, `its export lies in ${folder} inside of it`, cure);
