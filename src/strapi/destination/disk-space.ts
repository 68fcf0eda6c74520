import { statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { TransferError } from '../../protocol/errors.js';
import type { Strapi } from '../strapi.js';
import { stagedAt, type UploadsPlace } from './place.js';

/** Of the bytes of the rows that come: the rows, their indexes, and SQLite's journal of the pages that change. */
const share = 3;

/**
 * Looks for room before the first row is written. The files lie on their disk already; of databases only SQLite's disk is known.
 * @throws TransferError NO_SPACE
 */
export async function assertRoom(strapi: Strapi, place: UploadsPlace, id: string): Promise<void> {
  const file = sqliteFile(strapi);
  if (file === undefined) return;
  const needed = share * (await bytesOfRows(place, id));
  // Where the system does not say, the database does when it writes.
  const disk = await statfs(dirname(file)).catch(() => undefined);
  if (disk !== undefined && disk.bavail * disk.bsize < needed)
    throw new TransferError('NO_SPACE', { path: file });
}

function sqliteFile({ db }: Strapi): string | undefined {
  if (db.dialect.client !== 'sqlite') return undefined;
  const { filename } = Object(db.connection.client.config?.connection) as { readonly filename?: unknown };
  return typeof filename === 'string' && filename !== ':memory:' ? filename : undefined;
}

async function bytesOfRows(place: UploadsPlace, id: string): Promise<number> {
  const { files } = place;
  let bytes = 0;
  for (const stage of ['entities', 'links', 'configuration']) {
    const folder = join(stagedAt(place, id), stage);
    for (const name of (await files.list(folder)) ?? [])
      bytes += (await files.look(join(folder, name)))?.size ?? 0;
  }
  return bytes;
}
