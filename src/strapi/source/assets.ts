import type { Knex } from 'knex';
import { fileType } from '../../protocol/clearing.js';
import type { Asset } from '../../protocol/content.js';
import { TransferError } from '../../protocol/errors.js';
import { isObject } from '../../protocol/plain-object.js';
import type { OnBrokenAsset } from '../../stores/store.js';
import { reasonOf } from '../../stores/store-error.js';
import { columnsOf } from '../database/columns.js';
import { knownModel, modelOf } from '../database/names.js';
import { asDatabaseError } from '../destination/database-error.js';
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
 * @throws TransferError SOURCE_CHANGED where a push, or an editor, removed a file or put another in its place while this reads
 */
export async function* assetsOf(reading: AssetReading): AsyncGenerator<Asset> {
  for await (const row of fileRows(reading)) {
    let isRead = false;
    for (const found of [mainOf(row), ...formatsOf(row)]) {
      const file = await open(reading, row, found);
      if (file === undefined && found.row === row) break;
      if (file === undefined) continue;
      try {
        yield assetOf(reading, row, found, file);
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
/** What says which files a row has, and where they lie. */
const ofFiles = [...ofBytes, 'url', 'formats'];

/**
 * A push commits its rows before it replaces a file: where the row still stands, the file that was read was its own. So it was
 * where the row is gone and no other names the file.
 */
async function assertStillOf(reading: AssetReading, row: Draft): Promise<void> {
  const [now] = await rowsNow(reading, row, 'id');
  const others = now === undefined ? await rowsNow(reading, row, 'hash') : [];
  if (others.length > 0 || (now !== undefined && !isSame(now, row, ofBytes))) throw changed(reading, row);
}

/** A push commits its rows before it removes a file: where the row still stands, the push did not take the file away. */
async function assertStillNamed(reading: AssetReading, row: Draft): Promise<void> {
  const [now] = await rowsNow(reading, row, 'id');
  if (now === undefined || !isSame(now, row, ofFiles)) throw changed(reading, row);
}

/** Rows of the media library as they are now, and not as the pull reads them. */
async function rowsNow(
  { strapi: { db } }: AssetReading,
  row: Draft,
  like: 'id' | 'hash',
): Promise<readonly Draft[]> {
  const model = knownModel(db, fileType);
  const columns = columnsOf(model).filter(({ attribute }) => ofFiles.includes(attribute));
  const value = like === 'id' ? Number(row['id']) : row['hash'];
  const query = selected(db, from(db, model.tableName), columns).where(like, value as Knex.Value);
  return ((await query) as readonly SqlRow[]).map((found) => draftOf(columns, found));
}

const isSame = (one: Draft, other: Draft, attributes: readonly string[]): boolean =>
  attributes.every((name) => JSON.stringify(one[name]) === JSON.stringify(other[name]));

const changed = ({ name }: AssetReading, row: Draft) =>
  new TransferError('SOURCE_CHANGED', { path: name, filename: nameOf(row) });

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
  reading: AssetReading,
  row: Draft,
  { filename, row: file }: Found,
): Promise<StoredFile | undefined> {
  try {
    return await reading.files.open(file);
  } catch (error) {
    const unreadable = await missing(reading, row, filename, error);
    if (!(error instanceof FileGone)) throw unreadable;
    reading.onBrokenAsset(unreadable);
    return undefined;
  }
}

function assetOf(reading: AssetReading, row: Draft, { filename, metadata }: Found, file: StoredFile): Asset {
  return {
    ...{ filename, metadata, size: file.size },
    async *stream(options) {
      try {
        yield* file.stream(options);
      } catch (error) {
        throw await missing(reading, row, filename, error);
      }
    },
  };
}

/** A provider may refuse a file that is gone as it refuses others: the row says more than its answer. */
async function missing(
  reading: AssetReading,
  row: Draft,
  filename: string,
  error: unknown,
): Promise<TransferError> {
  if (error instanceof TransferError) return error;
  const { name: path } = reading;
  await asDatabaseError(path, () => assertStillNamed(reading, row));
  return new TransferError('MISSING_ASSET', { filename, path, reason: reasonOf(error) }, error);
}
