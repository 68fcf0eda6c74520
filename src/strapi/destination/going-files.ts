import { fileType, isCleared } from '../../protocol/clearing.js';
import { parseJson } from '../../protocol/json.js';
import { defaultLimits } from '../../protocol/limits.js';
import { isObject } from '../../protocol/plain-object.js';
import { coreStore } from './clear-content.js';
import { isOfUploads } from './file-plan.js';
import { giveWay } from './give-way.js';
import { logoFields, logoSetting } from './logos.js';
import { tableOf } from './tables.js';
import type { Writing } from './writing.js';

const pageSize = 500;

/** The names of the files whose rows go: those of the media library with their formats, and the logos of the panel. */
export async function goingFiles(writing: Writing): Promise<readonly string[]> {
  const names: string[] = [];
  const add = (file: unknown) => {
    const name = nameOf(file);
    if (name !== undefined) names.push(name);
  };
  if (isCleared(writing.restore, fileType))
    for await (const rows of filesIn(writing))
      for (const row of rows)
        for (const file of [row, ...Object.values(Object(asJson(row['formats'])))]) add(file);
  if (writing.restore.configuration.coreStore) for (const logo of await logosOf(writing)) add(logo);
  return names;
}

function nameOf(file: unknown): string | undefined {
  if (!isObject(file) || typeof file['hash'] !== 'string') return undefined;
  const isHere = file['provider'] === undefined || file['provider'] === null || file['provider'] === 'local';
  const name = `${file['hash']}${file['ext'] ?? ''}`;
  return isHere && isOfUploads(name) ? name : undefined;
}

async function* filesIn({ strapi, transaction }: Writing) {
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

async function logosOf({ strapi, transaction }: Writing): Promise<readonly unknown[]> {
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
