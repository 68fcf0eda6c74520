import type { Configuration } from '../../protocol/content.js';
import { storedJson } from '../database/fields.js';
import { knownModel } from '../database/names.js';
import { isOfJournal } from '../destination/journal.js';
import { coreStore, webhook } from '../models.js';
import type { Strapi } from '../strapi.js';
import { draftsOf } from './drafts.js';
import type { FileReading } from './file-reading.js';
import { withLogos } from './logos.js';
import type { Pin } from './pin.js';

/** Strapi's settings, each with its value, then its webhooks. */
export async function* configurationOf(
  strapi: Strapi,
  pin: Pin,
  files: FileReading,
): AsyncGenerator<readonly Configuration[]> {
  const settings = knownModel(strapi.db, coreStore);
  for await (const drafts of draftsOf(strapi.db, pin, settings)) {
    const rows: Configuration[] = [];
    for (const draft of drafts) {
      if (isOfJournal(draft['key'])) continue;
      const value = await withLogos({ ...draft, value: parsedOf(draft['value']) }, files);
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
