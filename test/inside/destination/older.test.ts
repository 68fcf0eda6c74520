import { expect, test } from 'vitest';
import { restoreFor } from '../../../src/protocol/clearing.js';
import { restoreAll } from '../../../src/protocol/restore.js';
import { strapiDestination } from '../../../src/strapi/destination/destination.js';
import { canonicalTables, uploadsOf } from '../support/canonical-tables.js';
import { putLabel } from '../support/labelled-push.js';
import { readSpecimens, theSameSpecimens } from '../support/specimens.js';
import { loadStrapi, type StrapiInProcess } from '../support/strapi-in-process.js';
import { pushByFerry, pushByStrapi } from '../support/strapis-own-providers.js';

test('in a Strapi 5.52.3 a push of everything leaves every table and file as that Strapi leaves it', async () => {
  const pushed = await readSpecimens({ version: 'older' });
  const restore = restoreFor(restoreAll, pushed.schemas);
  const empty = { version: 'older', content: 'none' } as const;
  const prepare = await theSameSpecimens(empty);
  const after = async (push: (site: StrapiInProcess) => Promise<void>) => {
    const site = await loadStrapi({ ...empty, prepare });
    await putLabel(strapiDestination(site.strapi), 'old');
    await push(site);
    const tables = await canonicalTables(site.strapi);
    const uploads = await uploadsOf(site.folder);
    await site.stop();
    return { tables, uploads };
  };
  const ours = await after((site) => pushByFerry(strapiDestination(site.strapi), pushed, restore));
  const theirs = await after((site) => pushByStrapi(site, pushed, restore));
  expect(ours.tables['articles']?.length).toBeGreaterThan(100);
  expect(ours.tables).toEqual(theirs.tables);
  expect(ours.uploads).toEqual(theirs.uploads);
}, 240_000);
