import { expect } from 'vitest';
import type { AdminPanel } from '../strapi/harness/admin-panel.js';

/** Opens a document in the admin panel, changes it, publishes it and takes it back. */
export async function editInPanel(
  { ask }: AdminPanel,
  {
    type,
    documentId,
    locale,
  }: { readonly type: string; readonly documentId: string; readonly locale: string },
): Promise<void> {
  const path = `/content-manager/collection-types/${type}/${documentId}`;
  const at = `locale=${locale}`;
  const [title, named] = [`Edited in ${locale}`, { documentId, locale }];
  expect(await ask('GET', `${path}?${at}`)).toMatchObject(named);
  expect(await ask('PUT', `${path}?${at}`, { title })).toMatchObject({ ...named, title });
  await ask('POST', `${path}/actions/publish?${at}`, { title });
  const published = await ask('GET', `${path}?${at}&status=published`);
  expect(published).toMatchObject({ ...named, title, status: 'published', cover: { ext: '.png' } });
  await ask('POST', `${path}/actions/unpublish?${at}`, {});
  expect(await ask('GET', `${path}?${at}`)).toMatchObject({ ...named, title, status: 'draft' });
}
