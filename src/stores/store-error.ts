import { messageOf, TransferError } from '../protocol/errors.js';

const reasons: Readonly<Record<string, string>> = {
  ENOSPC: 'no space is left on the device',
  EDQUOT: 'no space is left for this user',
  EPIPE: 'its reader has closed it',
  EACCES: 'permission denied; check who may read and write there',
  EPERM: 'the system does not permit it; check who may read and write there',
  EROFS: 'the disk is read-only',
  ENOENT: 'it does not exist',
  ENOTDIR: 'a part of the path is a file, not a folder',
  EISDIR: 'it is a folder, not a file',
  EEXIST: 'it exists already',
  EBUSY: 'it is in use, or a mount point, which cannot be replaced; give a folder inside of it',
  EXDEV: 'it cannot be renamed across devices or image layers; give a folder on a plain volume',
  EMFILE: 'too many files are open; raise the limit of open files',
  ENFILE: 'too many files are open on this machine',
  ENAMETOOLONG: 'the name is too long for the file system',
  EIO: 'the disk failed to read or write; check its health',
  ELOOP: 'its symbolic links lead in a circle',
};

export function systemCode(thrown: unknown): string | undefined {
  if (!(thrown instanceof Error) || thrown instanceof TransferError) return undefined;
  const { code } = thrown as Error & { readonly code?: unknown };
  return typeof code === 'string' ? code : undefined;
}

export function reasonOf(thrown: unknown): string {
  const message = messageOf(thrown);
  return reasons[systemCode(thrown) ?? ''] ?? message;
}

/** The same, with the path that failed where it is another one: `permission denied (/srv/content.ferry); check …` */
function reasonAt(path: string, thrown: unknown): string {
  const { path: failed } = (thrown ?? {}) as { readonly path?: unknown };
  const reason = reasonOf(thrown);
  // What the system says itself names its path already.
  if (typeof failed !== 'string' || failed === path || reason.includes(failed)) return reason;
  return reason.replace(/(?=[;,]|$)/, ` (${failed})`);
}

export function unsafeFileError(thrown: unknown): TransferError | undefined {
  if (systemCode(thrown) !== 'EFTYPE') return undefined;
  const { message, path: file } = thrown as Error & { readonly path?: unknown };
  return new TransferError('UNSAFE_FILE', { file: String(file), what: message }, thrown);
}

/** Any failure on the way to `path` as a TransferError: itself, UNSAFE_FILE, NO_SPACE, or STORE_FAILED. */
export function storeError(path: string, thrown: unknown): TransferError {
  if (thrown instanceof TransferError) return thrown;
  const unsafe = unsafeFileError(thrown);
  if (unsafe !== undefined) return unsafe;
  const code = systemCode(thrown);
  if (code === 'ENOSPC' || code === 'EDQUOT') return new TransferError('NO_SPACE', { path }, thrown);
  return new TransferError('STORE_FAILED', { path, reason: reasonAt(path, thrown) }, thrown);
}

export async function asStoreError<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw storeError(path, error);
  }
}
