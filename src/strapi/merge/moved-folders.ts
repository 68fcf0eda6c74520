import type { FolderPlace } from '../../merge/changeset.js';
import { folderType } from '../../merge/identity.js';
import { fileType } from '../../protocol/clearing.js';
import { columnsOf } from '../database/columns.js';
import { modelOf, sqlTable } from '../database/names.js';
import type { Writing } from '../destination/writing.js';

/** The fields that say where a file or folder lies. */
const fields = [
  [folderType, 'path'],
  [fileType, 'folderPath'],
] as const;

/** Gives what lies in folders that move its new path; a file or folder that comes is given its own later. */
export async function moveFolders(
  { strapi: { db }, transaction }: Pick<Writing, 'strapi' | 'transaction'>,
  folders: readonly FolderPlace[],
): Promise<void> {
  // The innermost first: what lies there has moved then, and no path that is new begins as one does that is old.
  const moves = folders
    .filter(({ path, becomes }) => path !== becomes)
    .sort((one, other) => other.path.length - one.path.length);
  for (const [uid, field] of fields) {
    const model = modelOf(db, uid);
    const column = model && columnsOf(model).find(({ attribute }) => attribute === field)?.name;
    if (model === undefined || column === undefined) continue;
    const table = () => transaction(sqlTable(db, model.tableName));
    for (const { path, becomes } of moves) {
      const there = await table().distinct(column).where(column, path).orWhere(column, 'like', `${path}/%`);
      for (const { [column]: old } of there)
        await table()
          .where(column, old)
          .update({ [column]: `${becomes}${String(old).slice(path.length)}` });
    }
  }
}
