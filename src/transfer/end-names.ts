import { invalidUrl, isSameServer, isServerUrl } from '../protocol/admin-url.js';
import { TransferError } from '../protocol/errors.js';
import { probableAddress } from '../protocol/probable-address.js';
import { archiveFormatOf, isEncryptedName, isForeignArchive } from '../stores/archive/format.js';

/** What the user calls an end, and the password of one. */
export interface EndNames {
  readonly end: string;
  readonly key: string;
}

/** A password that was given: undefined is none, `true` one that is still to be asked for. */
export type GivenKey = string | true | undefined;

/**
 * Refuses the path of a destination that would be taken for a folder though it is a misspelt address, or names an archive
 * of another kind, and a password where nothing would be encrypted.
 * @throws TransferError INVALID_OPTION, INVALID_URL
 */
export function checkWritten(
  to: unknown,
  key: GivenKey,
  { end: option, key: keyOption }: EndNames = { end: 'to', key: 'toKey' },
): void {
  checkPath(to, option);
  if (isPath(to) && isForeignArchive(to)) {
    const reason =
      'no such archive can be written, and a folder needs another name. The name of an archive ends in .tar or .tar.gz, or in .tar.age, .tar.gz.age, .tar.enc or .tar.gz.enc where it is encrypted';
    throw new TransferError('INVALID_OPTION', { option, value: to, reason });
  }
  checkKey(to, key, keyOption, 'be encrypted');
}

/**
 * Refuses one server at both ends: it would be cleared of what is read from it. Stores of one's own are told apart by
 * their names, which are the URLs of those that are servers.
 * @throws TransferError SAME_SERVER
 */
export function checkDifferent(from: string, to: string): void {
  if (isServerUrl(from) && isServerUrl(to) && isSameServer(from, to))
    throw new TransferError('SAME_SERVER', { from, to });
}

/**
 * Refuses a password where nothing is encrypted, and an address that is misspelt.
 * @throws TransferError INVALID_OPTION, INVALID_URL
 */
export function checkRead(
  from: unknown,
  key: GivenKey,
  { end: option, key: keyOption }: EndNames = { end: 'from', key: 'fromKey' },
): void {
  checkPath(from, option);
  checkKey(from, key, keyOption, 'be decrypted');
}

/** Whether an end is an archive that has a password, by its name. */
export const isEncrypted = (end: string): boolean => !isServerUrl(end) && isEncryptedName(end);

const isPath = (end: unknown): end is string => typeof end === 'string' && !isServerUrl(end);

/**
 * Refuses a misspelt address, and a `~` that the shell left as it is (in quotes, and after `--to=`): both would be taken
 * for folders.
 */
function checkPath(end: unknown, option: string): void {
  if (!isPath(end)) return;
  if (probableAddress(end) !== null) {
    const reason = 'it is written as an address, but does not begin with http:// or https://';
    throw invalidUrl(end, reason, ' Where it is the name of a folder, put ./ before it.');
  }
  if (!/^~([\\/]|$)/.test(end)) return;
  const reason = 'the shell has not put your home folder in the place of ~; write the whole path';
  throw new TransferError('INVALID_OPTION', { option, value: end, reason });
}

function checkKey(end: unknown, key: GivenKey, option: string, use: string): void {
  if (key === undefined || (typeof end === 'string' && isEncrypted(end))) return;
  const named = typeof end === 'string' ? end : 'a store of your own';
  const reason = `${named} is ${kindOf(end)} and cannot ${use}. The name of an archive that is encrypted ends in .tar.age, .tar.gz.age, .tar.enc or .tar.gz.enc`;
  throw new TransferError('INVALID_OPTION', { option, value: 'given', reason });
}

function kindOf(end: unknown): string {
  if (typeof end !== 'string') return 'no archive';
  if (isServerUrl(end)) return 'a server';
  return archiveFormatOf(end) === undefined ? 'a folder' : 'an archive that is not encrypted by its name,';
}
