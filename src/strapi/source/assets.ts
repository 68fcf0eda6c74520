import type { Knex } from 'knex';
import { fileType } from '../../protocol/clearing.js';
import type { Asset } from '../../protocol/content.js';
import { TransferError } from '../../protocol/errors.js';
import { isObject } from '../../protocol/plain-object.js';
import type { OnBrokenAsset } from '../../stores/store.js';
import { reasonOf } from '../../stores/store-error.js';
import { columnsOf } from '../database/columns.js';
import { modelOf } from '../database/names.js';
import type { Strapi } from '../strapi.js';
import { type Draft, draftOf, draftsOf, selected } from './drafts.js';
import { FileGone, type FileReading, type FileRow, type StoredFile } from './file-reading.js';
import { from, type Pin, type SqlRow } from './pin.js';

export interface AssetReading {
  readonly strapi: Strapi;
  readonly pin: Pin;
  readonly files: FileReading;
  /** For people: what is read. */
  readonly name: string;
  readonly onBrokenAsset: OnBrokenAsset;
}

interface Found {
  readonly filename: string;
  readonly metadata: Asset['metadata'];
  readonly row: FileRow;
}

/**
 * Every file of the media library, each followed by its formats: none of them where the file itself is gone, as of a Strapi.
 * @throws TransferError SOURCE_CHANGED where a push, or an editor, put another file in the place of one while this reads
 */
export async function* assetsOf(reading: AssetReading): AsyncGenerator<Asset> {
  for await (const row of fileRows(reading)) {
    let isRead = false;
    for (const found of [mainOf(row), ...formatsOf(row)]) {
      const file = await open(reading, found);
      if (file === undefined && found.row === row) break;
      if (file === undefined) continue;
      try {
        yield assetOf(reading, found, file);
      } finally {
        await file.close();
      }
      isRead = true;
    }
    if (isRead) await assertStillOf(reading, row);
  }
}

/** What the bytes of a file go with. */
const ofBytes = ['id', 'hash', 'ext', 'mime', 'size', 'width', 'height', 'provider'];

/**
 * A push commits its rows before it replaces a file: where the row still stands, the file that was read was its own. So it was
 * where the row is gone and no other names the file.
 */
async function assertStillOf({ strapi: { db }, name }: AssetReading, row: Draft): Promise<void> {
  const model = modelOf(db, fileType);
  if (model === undefined) return;
  const columns = columnsOf(model).filter(({ attribute }) => ofBytes.includes(attribute));
  const read = async (column: string, value: unknown): Promise<readonly Draft[]> => {
    const query = selected(db, from(db, model.tableName), columns).where(column, value as Knex.Value);
    return ((await query) as readonly SqlRow[]).map((found) => draftOf(columns, found));
  };
  const [now] = await read('id', Number(row['id']));
  const others = now === undefined ? await read('hash', row['hash']) : [];
  const isSame = now === undefined || columns.every(({ attribute }) => now[attribute] === row[attribute]);
  if (others.length > 0 || !isSame)
    throw new TransferError('SOURCE_CHANGED', { path: name, filename: nameOf(row) });
}

/** What the rows say: sizes are thousandths of kilobytes, rounded to ten bytes. */
export async function assetTotals(reading: Pick<AssetReading, 'strapi' | 'pin'>) {
  let [count, bytes] = [0, 0];
  for await (const row of fileRows(reading)) {
    for (const { row: file } of [mainOf(row), ...formatsOf(row)]) {
      count += 1;
      bytes += Number(file['sizeInBytes'] ?? Math.round(Number(file['size']) * 1000)) || 0;
    }
  }
  return { count, bytes };
}

async function* fileRows({
  strapi: { db },
  pin,
}: Pick<AssetReading, 'strapi' | 'pin'>): AsyncGenerator<Draft> {
  const model = modelOf(db, fileType);
  if (model === undefined) return;
  for await (const drafts of draftsOf(db, pin, model)) yield* drafts;
}

const nameOf = ({ hash, ext }: FileRow) => `${hash}${ext ?? ''}`;

const mainOf = (row: Draft): Found => ({ filename: nameOf(row), metadata: row, row });

function formatsOf(row: Draft): readonly Found[] {
  const { id, hash: mainHash, provider, formats } = row;
  if (!isObject(formats)) return [];
  return Object.entries(formats).flatMap(([type, format]) => {
    if (!isObject(format)) return [];
    const metadata = { ...format, type, id, mainHash };
    return [{ filename: nameOf(format), metadata, row: { ...format, provider } }];
  });
}

async function open(
  { files, name, onBrokenAsset }: AssetReading,
  { filename, row }: Found,
): Promise<StoredFile | undefined> {
  try {
    return await files.open(row);
  } catch (error) {
    const unreadable = missing(name, filename, error);
    if (!(error instanceof FileGone)) throw unreadable;
    onBrokenAsset(unreadable);
    return undefined;
  }
}

function assetOf({ name }: AssetReading, { filename, metadata }: Found, file: StoredFile): Asset {
  return {
    ...{ filename, metadata, size: file.size },
    async *stream(options) {
      try {
        yield* file.stream(options);
      } catch (error) {
        throw missing(name, filename, error);
      }
    },
  };
}

function missing(path: string, filename: string, error: unknown): TransferError {
  if (error instanceof TransferError) return error;
  return new TransferError('MISSING_ASSET', { filename, path, reason: reasonOf(error) }, error);
}
