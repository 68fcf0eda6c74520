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

/** What they call a row that they do not take: PostgreSQL's classes of data and integrity, MySQL's own. */
const refusal =
  /^(22|23|SQLITE_(CONSTRAINT|MISMATCH|TOOBIG)|ER_(DUP|DATA|TRUNCATED|WARN_DATA|NO_REFERENCED|BAD_NULL))/;

/** A statement that writes rows of a type failed. */
class FailedRows extends Error {
  readonly type: string;
  constructor(type: string, cause: unknown) {
    super(type, { cause });
    this.type = type;
  }
}

/** Runs a statement that writes rows; what fails then says of which type. */
export async function namingType<T>(type: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw new FailedRows(type, error);
  }
}

/** Runs `work`, whose failures become errors of the table; `name` says of what. */
export async function asDatabaseError<T>(name: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw databaseError(name, error);
  }
}

function databaseError(name: string, thrown: unknown): TransferError {
  if (thrown instanceof FailedRows) {
    const { type, cause } = thrown;
    if (!refusal.test(systemCode(cause) ?? '')) return databaseError(name, cause);
    return new TransferError('ROWS_REFUSED', { path: name, type, reason: reasonOf(cause) }, cause);
  }
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
