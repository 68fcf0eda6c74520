import { messageOf, TransferError } from '../../protocol/errors.js';
import { storeError, systemCode } from '../../stores/store-error.js';

/** What SQLite, PostgreSQL and MySQL call a disk that is full. */
const fullCodes: readonly (string | undefined)[] = [
  'SQLITE_FULL',
  '53100',
  'ER_RECORD_FILE_FULL',
  'ER_DISK_FULL',
];

/** Characters of a database's message, at most. */
const longest = 500;

/** Runs `work`, whose failures become errors of the table; `name` says of what. */
export async function asDatabaseError<T>(name: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw databaseError(name, error);
  }
}

function databaseError(name: string, thrown: unknown): TransferError {
  if (thrown instanceof TransferError) return thrown;
  const code = systemCode(thrown);
  if (fullCodes.includes(code)) return new TransferError('NO_SPACE', { path: name }, thrown);
  // The file system's errors name a path, the database's none.
  if (typeof (thrown as { readonly path?: unknown } | null)?.path === 'string')
    return storeError(name, thrown);
  return new TransferError('STORE_FAILED', { path: name, reason: reasonOf(thrown) }, thrown);
}

/** Knex puts the whole statement, with its values, before the reason of the database: they are content. */
function reasonOf(thrown: unknown): string {
  const message = messageOf(thrown);
  return message
    .slice(message.lastIndexOf(' - ') + 1)
    .replace(/^- /, '')
    .slice(0, longest);
}
