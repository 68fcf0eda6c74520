import type { Knex } from 'knex';
import { fileType, isCleared } from '../../protocol/clearing.js';
import { TransferError } from '../../protocol/errors.js';
import { parseJson } from '../../protocol/json.js';
import { defaultLimits } from '../../protocol/limits.js';
import { isObject } from '../../protocol/plain-object.js';
import { liesHere } from '../local-provider.js';
import { coreStore } from '../models.js';
import type { Strapi } from '../strapi.js';
import { isOfUploads } from './file-plan.js';
import { giveWay } from './give-way.js';
import { logoFields, logoSetting } from './logos.js';
import { tableOf } from './tables.js';
import type { Writing } from './writing.js';

const pageSize = 500;

interface Rows {
  readonly strapi: Strapi;
  readonly transaction: Knex;
}

/** The names of the files whose rows go: those of the media library with their formats, and the logos of the panel. */
export async function goingFiles(writing: Writing): Promise<readonly string[]> {
  const { restore } = writing;
  return [
    ...(isCleared(restore, fileType) ? await libraryFiles(writing) : []),
    ...(restore.configuration.coreStore ? await logoFiles(writing) : []),
  ];
}

/** The names of all files that rows name now. */
export async function namedFiles(strapi: Strapi, transaction: Knex): Promise<ReadonlySet<string>> {
  return new Set([
    ...(await libraryFiles({ strapi, transaction })),
    ...(await logoFiles({ strapi, transaction })),
  ]);
}

/**
 * Called once the rows are gone that go, and before others come.
 * @throws TransferError FILE_STAYS where a file would take the place of one whose row stays
 */
export async function assertNoneStays({ strapi, transaction, replacing }: Writing): Promise<void> {
  if (replacing.length === 0) return;
  const staying = await namedFiles(strapi, transaction);
  const filename = replacing.find((name) => staying.has(name));
  if (filename !== undefined) throw new TransferError('FILE_STAYS', { filename });
}

async function libraryFiles(rows: Rows): Promise<readonly string[]> {
  const names: string[] = [];
  for await (const page of filesIn(rows))
    for (const row of page) names.push(...namesOf([row, ...Object.values(Object(asJson(row['formats'])))]));
  return names;
}

const logoFiles = async (rows: Rows): Promise<readonly string[]> => namesOf(await logosOf(rows));

const namesOf = (files: readonly unknown[]): readonly string[] => files.flatMap((file) => nameOf(file) ?? []);

function nameOf(file: unknown): string | undefined {
  if (!isObject(file) || typeof file['hash'] !== 'string') return undefined;
  const name = `${file['hash']}${typeof file['ext'] === 'string' ? file['ext'] : ''}`;
  return liesHere(file) && isOfUploads(name) ? name : undefined;
}

async function* filesIn({ strapi, transaction }: Rows) {
  const table = tableOf(strapi, fileType);
  for (let last = 0; ; ) {
    const rows: readonly Readonly<Record<string, unknown>>[] = await transaction(table)
      .where('id', '>', last)
      .orderBy('id')
      .limit(pageSize)
      .select('id', 'hash', 'ext', 'provider', 'formats');
    yield rows;
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
