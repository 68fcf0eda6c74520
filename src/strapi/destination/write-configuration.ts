import { coreStore, webhook } from '../models.js';
import { uploadProvider } from '../upload-provider.js';
import { createPlacedFiles } from './placed-file.js';
import { createStoredRows } from './stored-row.js';
import { insertRows, type Row } from './table-writer.js';
import { tableOf } from './tables.js';
import type { Writing } from './writing.js';

/** Settings and webhooks, under new ids. What Strapi would not take is left out. */
export async function writeConfiguration(writing: Writing): Promise<void> {
  const { strapi, transaction, source } = writing;
  const stored = createStoredRows(strapi);
  const placed = createPlacedFiles(uploadProvider(strapi), writing.placed);
  for await (const settings of source.rows('configuration')) {
    const rowsOf = (type: string, uid: string, change: (value: Row) => Row) =>
      settings
        .filter((row) => row.type === type)
        .map(placed.setting)
        .map(({ value }) => stored.rowOf(uid, change(value)));
    const settingRows = rowsOf('core-store', coreStore, (value) => ({
      ...value,
      value: JSON.stringify(value['value']),
    }));
    await insertRows(transaction, tableOf(strapi, coreStore), settingRows);
    const hooks = rowsOf('webhook', webhook, (value) => value);
    await insertRows(transaction, tableOf(strapi, webhook), hooks);
  }
}
