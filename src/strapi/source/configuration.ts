import type { Knex } from 'knex';
import type { Configuration } from '../../protocol/content.js';
import { storedJson } from '../database/fields.js';
import { knownModel } from '../database/names.js';
import { isOfJournal } from '../destination/journal.js';
import { coreStore, webhook } from '../models.js';
import type { Strapi } from '../strapi.js';
import { draftsOf } from './drafts.js';
import type { FileReading } from './file-reading.js';
import { withLogos } from './logos.js';
import { from, type Pin, type SqlRow } from './pin.js';

export interface ConfigurationReading {
  readonly strapi: Strapi;
  readonly pin: Pin;
  readonly files: FileReading;
  /** For people: what is read. */
  readonly name: string;
}

/** Strapi's settings, each with its value, then its webhooks. */
export async function* configurationOf({
  strapi,
  pin,
  files,
  name,
}: ConfigurationReading): AsyncGenerator<readonly Configuration[]> {
  const settings = knownModel(strapi.db, coreStore);
  const now = async (key: unknown): Promise<unknown> => {
    const query = from(strapi.db, settings.tableName).where('key', key as Knex.Value);
    const [row] = (await query.select('value')) as readonly SqlRow[];
    return parsedOf(row?.['value']);
  };
  for await (const drafts of draftsOf(strapi.db, pin, settings)) {
    const rows: Configuration[] = [];
    for (const draft of drafts) {
      if (isOfJournal(draft['key'])) continue;
      const value = await withLogos(
        { ...draft, value: parsedOf(draft['value']) },
        { files, name, now: () => now(draft['key']) },
      );
      rows.push({ type: 'core-store', value });
    }
    yield rows;
  }
  const webhooks = knownModel(strapi.db, webhook);
  for await (const drafts of draftsOf(strapi.db, pin, webhooks))
    yield drafts.map((value) => ({ type: 'webhook', value }));
}

/** JSON, which Strapi wrote; the text itself where something else did. */
function parsedOf(stored: unknown): unknown {
  try {
    return typeof stored === 'string' ? storedJson(stored) : stored;
  } catch {
    return stored;
  }
}
