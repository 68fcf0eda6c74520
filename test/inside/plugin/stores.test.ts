import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { restoreNothing } from '../../../src/protocol/restore.js';
import { checkServerLimits } from '../../../src/server/transfer-server.js';
import { storesOf } from '../../../src/strapi/plugin/stores.js';
import { createPins } from '../../../src/strapi/source/pins.js';
import { putLabel } from '../support/labelled-push.js';
import { loadStrapi } from '../support/strapi-in-process.js';
import { pushByFerry } from '../support/strapis-own-providers.js';

test('what the endpoint’s limits let in is written, and tokens wait for its transaction alone', async () => {
  const { strapi, folder, stop } = await loadStrapi({ content: 'none' });
  onTestFinished(stop);
  const limits = checkServerLimits({ depth: 3000 });
  const uploads = join(folder, 'public', 'uploads');
  const seen: string[] = [];
  const see = (what: string) => {
    const isPlanned = readdirSync(join(uploads, '.ferry')).includes('files.txt');
    const isPlaced = readdirSync(uploads).includes('one-only.txt');
    seen.push(
      `${what}: ${isPlaced ? 'files are placed' : 'no files'}, ${isPlanned ? 'none removed' : 'all over'}`,
    );
  };
  const { destination } = storesOf(strapi, {
    limits,
    pins: createPins(strapi),
    signal: new AbortController().signal,
    pauseRechecks() {
      see('closed');
      return () => see('open');
    },
  });
  await putLabel(destination(), 'one');
  expect(seen).toEqual(['closed: files are placed, none removed', 'open: files are placed, none removed']);

  const value = JSON.parse(`${'['.repeat(1500)}${']'.repeat(1500)}`) as unknown;
  const configuration = [{ type: 'core-store' as const, value: { key: 'deep', type: 'object', value } }];
  const pushed = { schemas: [], entities: [], links: [], configuration, assets: [] };
  await pushByFerry(destination(), pushed as never, restoreNothing);
  const [row] = await strapi.db.connection('strapi_core_store_settings').where({ key: 'deep' });
  expect(row?.value).toBe(JSON.stringify(value));
});
