import type { Knex } from 'knex';
import { fileType, isCleared } from '../../protocol/clearing.js';
import { TransferError } from '../../protocol/errors.js';
import { parseJson } from '../../protocol/json.js';
import { defaultLimits } from '../../protocol/limits.js';
import { isObject } from '../../protocol/plain-object.js';
import { coreStore } from '../models.js';
import type { Strapi } from '../strapi.js';
import { isLocalProvider, liesWith, localProvider, uploadProvider } from '../upload-provider.js';
import { type GoingFiles, isOfUploads } from './file-plan.js';
import { giveWay } from './give-way.js';
import { fileNameOf, type HeldFile, heldFileOf } from './held-file.js';
import { logoFields, logoSetting } from './logos.js';
import { tableOf } from './tables.js';
import type { Writing } from './writing.js';

const pageSize = 500;

type Fields = Readonly<Record<string, unknown>>;

interface Rows {
  readonly strapi: Strapi;
  readonly transaction: Knex;
}

export interface GoingFilesCollector {
  /** A row of the media library, with its formats. */
  row(row: Fields): void;
  logo(logo: unknown): void;
  all(): GoingFiles;
}

/** Only files of the provider that this Strapi has can go: nothing else deletes those of another one. */
export function collectGoingFiles(strapi: Strapi): GoingFilesCollector {
  const provider = uploadProvider(strapi);
  const isLocal = isLocalProvider(provider);
  const names: string[] = [];
  const held: HeldFile[] = [];
  const staying = new Map<string, number>();

  function add(file: unknown): void {
    if (!isObject(file)) return;
    const going = heldFileOf(file, String(file['provider'] ?? localProvider));
    if (going === undefined) return;
    if (!liesWith(provider, file)) staying.set(going.provider, (staying.get(going.provider) ?? 0) + 1);
    else if (!isLocal) held.push(going);
    else if (isOfUploads(fileNameOf(file))) names.push(fileNameOf(file));
  }

  return {
    row: (row) => filesOf(row).forEach(add),
    logo: add,
    all: () => ({ names, held, staying }),
  };
}

export async function goingFiles(writing: Writing): Promise<GoingFiles> {
  const { strapi, restore } = writing;
  const going = collectGoingFiles(strapi);
  if (!restore.assets) return going.all();
  if (isCleared(restore, fileType)) for await (const row of libraryRows(writing)) going.row(row);
  if (restore.configuration.coreStore) (await logosOf(writing)).forEach(going.logo);
  return going.all();
}

/**
 * The names of the files with this provider that rows name now.
 * @param hashes - of the rows that are asked; absent: all rows
 */
export async function namedFiles(
  rows: Rows,
  provider: string,
  hashes?: readonly string[],
): Promise<ReadonlySet<string>> {
  const names = new Set<string>();
  const add = (file: unknown) => {
    if (isObject(file) && liesWith(provider, file)) names.add(fileNameOf(file));
  };
  for await (const row of libraryRows(rows, hashes)) filesOf(row).forEach(add);
  (await logosOf(rows)).forEach(add);
  return names;
}

/**
 * Called once the rows are gone that go, and before others come.
 * @throws TransferError FILE_STAYS where a file would take the place of one whose row stays
 */
export async function assertNoneStays(writing: Writing): Promise<void> {
  const { replacing } = writing;
  if (replacing.length === 0) return;
  const staying = await namedFiles(writing, localProvider);
  const filename = replacing.find((name) => staying.has(name));
  if (filename !== undefined) throw new TransferError('FILE_STAYS', { filename });
}

/** The file of a row, and its formats: they lie where it does. */
function filesOf(row: Fields): readonly unknown[] {
  const formats = asJson(row['formats']);
  const { provider } = row;
  return [
    { ...row, provider_metadata: asJson(row['provider_metadata']) },
    ...Object.values(isObject(formats) ? formats : {}).map((format) => ({ ...Object(format), provider })),
  ];
}

async function* libraryRows(
  { strapi, transaction }: Rows,
  hashes?: readonly string[],
): AsyncGenerator<Fields> {
  const table = tableOf(strapi, fileType);
  for (let last = 0; ; ) {
    const query = transaction(table).where('id', '>', last);
    if (hashes !== undefined) query.whereIn('hash', hashes);
    const rows: readonly Fields[] = await query
      .orderBy('id')
      .limit(pageSize)
      .select('id', 'name', 'hash', 'ext', 'mime', 'url', 'provider', 'provider_metadata', 'formats');
    yield* rows;
    if (rows.length < pageSize) return;
    last = Number(rows.at(-1)?.['id']);
    await giveWay();
  }
}

async function logosOf({ strapi, transaction }: Rows): Promise<readonly unknown[]> {
  const [row] = await transaction(tableOf(strapi, coreStore)).where('key', logoSetting).select('value');
  const settings = asJson(row?.value);
  return isObject(settings) ? logoFields.map((field) => settings[field]) : [];
}

/** A column of JSON: SQLite and PostgreSQL give its text, MySQL what it says. */
function asJson(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  try {
    return parseJson(value, defaultLimits);
  } catch {
    return undefined;
  }
}
