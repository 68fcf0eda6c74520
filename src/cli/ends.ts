import { resolve } from 'node:path';
import { isServerUrl } from '../protocol/admin-url.js';
import { archiveFormatOf } from '../stores/archive/format.js';
import { assertReplaceable, type Looked } from '../stores/directory/replaceable.js';
import { checkWritten, type EndNames, type GivenKey } from '../transfer/end-names.js';

/** Whether something stands at a path that a transfer can replace: a folder that is not empty, or an archive. */
export async function isTaken(path: string, files: Looked): Promise<boolean> {
  const found = await files.stat(resolve(path));
  if (found?.kind === 'directory') return ((await files.list(resolve(path))) ?? []).length > 0;
  return found !== undefined && archiveFormatOf(path) !== undefined;
}

/** @throws TransferError INVALID_OPTION, NOT_REPLACEABLE, STORE_FAILED */
export async function checkDestination(
  to: string,
  key: GivenKey,
  names: EndNames,
  files: Looked,
): Promise<void> {
  checkWritten(to, key, names);
  if (isServerUrl(to) || archiveFormatOf(to) !== undefined) return;
  await assertReplaceable(to, resolve(to), files);
}
