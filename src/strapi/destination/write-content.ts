import { TransferError } from '../../protocol/errors.js';
import { type TakenOut, takeOut } from '../merge/take-out.js';
import { clearContent } from './clear-content.js';
import type { GoingFiles } from './file-plan.js';
import { assertNoneStays, goingFiles } from './going-files.js';
import { createIdMap } from './id-map.js';
import { noteCommit } from './journal.js';
import { lockTables } from './lock-tables.js';
import { inLockedTransaction, isWaitOver } from './locked-transaction.js';
import { writeConfiguration } from './write-configuration.js';
import { writeEntities } from './write-entities.js';
import { writeLinks } from './write-links.js';
import type { ContentToWrite, Writing } from './writing.js';

/** The COMMIT failed, and only the database knows whether it was done. */
export class CommitInDoubt extends Error {
  /** What to know of the push if it was. */
  readonly notices: readonly string[];
  constructor(notices: readonly string[], cause: unknown) {
    super('the COMMIT failed', { cause });
    this.notices = notices;
  }
}

/** How often it is tried while other writers hold what it needs: between two times other writers have their turn. */
const attempts = 4;

/**
 * Writes the rows in one transaction.
 * @returns what to know of it, a sentence each
 * @throws CommitInDoubt; after any other error the rows are as they were
 */
export async function writeContent(content: ContentToWrite): Promise<readonly string[]> {
  await content.onStep('lock');
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await writeOnce(content);
    } catch (error) {
      if (error instanceof CommitInDoubt || !isWaitOver(error)) throw error;
      if (attempt === attempts) throw new TransferError('TABLES_HELD', { path: content.name }, error);
    }
  }
}

async function writeOnce(content: ContentToWrite): Promise<readonly string[]> {
  let failure: { readonly error: unknown } | undefined;
  let notices: readonly string[] | undefined;
  const end = content.onTransaction();
  try {
    return await inLockedTransaction(content.strapi, 0, async (transaction) => {
      try {
        notices = await writeAll({ ...content, transaction });
        return notices;
      } catch (error) {
        failure = { error };
        throw error;
      }
    });
  } catch (error) {
    // A SQLite whose disk is full rolls back by itself, and knex then fails to: the first error says why.
    if (failure !== undefined) throw failure.error;
    throw notices === undefined ? error : new CommitInDoubt(notices, error);
  } finally {
    end();
  }
}

async function writeAll(writing: Writing): Promise<readonly string[]> {
  const { strapi, transaction, id, restore, changeset, keepGoing, assertMay, onStep } = writing;
  await lockTables(strapi, transaction);
  await noteCommit(strapi, transaction, id, new Date());
  await onStep('clear');
  const { ids, stands, going } = await makeRoom(writing);
  await keepGoing(going);
  await onStep('writeRows');
  const withoutFile = await writeEntities(writing, ids, stands);
  await onStep('writeLinks');
  const skipped = await writeLinks(writing, ids);
  await onStep('writeConfiguration');
  // Settings are never merged.
  if (changeset === null) await writeConfiguration(writing);
  await onStep('commit');
  // This process may have stood still, and another may have taken the push for dead.
  await assertMay();
  return noticesOf(skipped, restore.assets || changeset !== null ? withoutFile : 0, going.staying);
}

/** Takes out what goes: all that the push replaces, or what a merge names. */
async function makeRoom(writing: Writing): Promise<TakenOut> {
  const { changeset } = writing;
  if (changeset !== null) return takeOut(writing, changeset);
  const going = await goingFiles(writing);
  await clearContent(writing);
  await assertNoneStays(writing);
  return { ids: createIdMap(), stands: () => false, going };
}

const noticesOf = (
  skipped: number,
  withoutFile: number,
  staying: GoingFiles['staying'],
): readonly string[] => [
  ...(skipped === 0
    ? []
    : [`${skipped} links were left out, since a row that they lead to did not come with them`]),
  ...(withoutFile === 0 ? [] : [`${withoutFile} rows of the media library came without their file`]),
  ...[...staying].map(
    ([provider, count]) =>
      `${count} files of rows that went stay with the upload provider ${provider}: this Strapi has another one now`,
  ),
];
