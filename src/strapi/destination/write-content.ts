import { type TakenOut, takeOut } from '../merge/take-out.js';
import { clearContent } from './clear-content.js';
import { goingFiles } from './going-files.js';
import { createIdMap } from './id-map.js';
import { noteCommit } from './journal.js';
import { lockTables, unlockTables } from './lock-tables.js';
import { writeConfiguration } from './write-configuration.js';
import { writeEntities } from './write-entities.js';
import { writeLinks } from './write-links.js';
import type { ContentToWrite, Writing } from './writing.js';

/**
 * Writes the rows in one transaction. Nothing else of Ferry's may use the database before it ends: SQLite has one connection, which
 * is taken.
 * @returns what to know of it, a sentence each
 */
export async function writeContent(content: ContentToWrite): Promise<readonly string[]> {
  let failure: { readonly error: unknown } | undefined;
  try {
    return await content.strapi.db.connection.transaction(async (transaction) => {
      try {
        return await writeAll({ ...content, transaction });
      } catch (error) {
        failure = { error };
        throw error;
      }
    });
  } catch (error) {
    // A SQLite whose disk is full rolls back by itself, and knex then fails to: the first error says why.
    throw failure === undefined ? error : failure.error;
  }
}

async function writeAll(writing: Writing): Promise<readonly string[]> {
  const { strapi, transaction, id, keepGoing, onStep } = writing;
  await onStep('lock');
  await lockTables(writing);
  try {
    await noteCommit(strapi, transaction, id);
    await onStep('clear');
    const { ids, stands, going } = await makeRoom(writing);
    await keepGoing(going);
    await onStep('writeRows');
    await writeEntities(writing, ids, stands);
    await onStep('writeLinks');
    const skipped = await writeLinks(writing, ids);
    await onStep('writeConfiguration');
    await writeConfiguration(writing);
    await onStep('commit');
    return noticesOf(skipped);
  } finally {
    await unlockTables(writing);
  }
}

/** Takes out what goes: all that the push replaces, or what a merge names. */
async function makeRoom(writing: Writing): Promise<TakenOut> {
  const { restore, changeset } = writing;
  if (changeset !== null) return takeOut(writing, changeset);
  const going = restore.assets ? await goingFiles(writing) : [];
  await clearContent(writing);
  return { ids: createIdMap(), stands: () => false, going };
}

const noticesOf = (skipped: number): readonly string[] =>
  skipped === 0
    ? []
    : [`${skipped} links were left out, since a row that they lead to did not come with them`];
