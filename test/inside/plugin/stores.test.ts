import { expect, onTestFinished, test } from 'vitest';
import { restoreNothing } from '../../../src/protocol/restore.js';
import { checkServerLimits } from '../../../src/server/transfer-server.js';
import { storesOf } from '../../../src/strapi/plugin/stores.js';
import { createPins } from '../../../src/strapi/source/pins.js';
import { loadStrapi } from '../support/strapi-in-process.js';
import { pushByFerry } from '../support/strapis-own-providers.js';

test('a row that the endpoint’s limits let in is written, however the defaults stand', async () => {
  const { strapi, stop } = await loadStrapi({ content: 'none' });
  onTestFinished(stop);
  const limits = checkServerLimits({ depth: 3000 });
  const { destination } = storesOf(strapi, {
    limits,
    pins: createPins(strapi),
    pauseRechecks: () => () => {},
  });
  const value = JSON.parse(`${'['.repeat(1500)}${']'.repeat(1500)}`) as unknown;
  const configuration = [{ type: 'core-store' as const, value: { key: 'deep', type: 'object', value } }];
  const pushed = { schemas: [], entities: [], links: [], configuration, assets: [] };
  await pushByFerry(destination(), pushed as never, restoreNothing);
  const [row] = await strapi.db.connection('strapi_core_store_settings').where({ key: 'deep' });
  expect(row?.value).toBe(JSON.stringify(value));
});
