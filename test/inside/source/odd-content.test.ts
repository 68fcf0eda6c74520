import { mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { RowOf, RowStep } from '../../../src/protocol/content.js';
import type { TransferError } from '../../../src/protocol/errors.js';
import { createPins } from '../../../src/strapi/source/pins.js';
import { strapiSource } from '../../../src/strapi/source/strapi-source.js';
import { startBucket } from '../support/provider-bucket.js';
import { rowsOf } from '../support/pulled.js';
import { sorted } from '../support/sorted.js';
import { loadStrapi, type StrapiInProcess } from '../support/strapi-in-process.js';
import { onWire, sha256Of, strapisSource } from '../support/strapis-source.js';

const odd = 'api::odd.odd';
const category = 'api::category.category';

/** Every kind of attribute and of relation that the content of the other tests has not. */
const attributes = {
  text: { type: 'text' },
  secret: { type: 'password' },
  float: { type: 'float' },
  clock: { type: 'time' },
  stamp: { type: 'timestamp' },
  'dashed-name': { type: 'string' },
  oneWay: { type: 'relation', relation: 'oneToOne', target: category },
  twin: { type: 'relation', relation: 'oneToOne', target: odd, inversedBy: 'twinOf' },
  twinOf: { type: 'relation', relation: 'oneToOne', target: odd, mappedBy: 'twin' },
  column: { type: 'relation', relation: 'manyToOne', target: category, useJoinTable: false },
  friends: { type: 'relation', relation: 'manyToMany', target: odd, inversedBy: 'friendsOf' },
  friendsOf: { type: 'relation', relation: 'manyToMany', target: odd, mappedBy: 'friends' },
  any: { type: 'relation', relation: 'morphToOne' },
  many: { type: 'relation', relation: 'morphToMany' },
  zone: { type: 'dynamiczone', components: ['sections.hero', 'shared.seo'] },
  hero: { type: 'component', component: 'sections.hero' },
};

let loaded: StrapiInProcess;

beforeAll(async () => {
  loaded = await loadStrapi({ content: 'site', prepare: addOddType });
  await seedOdd();
});
afterAll(() => loaded?.stop());

async function addOddType(folder: string): Promise<void> {
  const place = join(folder, 'src/api/odd/content-types/odd');
  await mkdir(place, { recursive: true });
  const info = { singularName: 'odd', pluralName: 'odds', displayName: 'Odd' };
  const schema = { kind: 'collectionType', collectionName: 'odds', info, options: {}, attributes };
  await writeFile(join(place, 'schema.json'), JSON.stringify(schema));
}

async function seedOdd(): Promise<void> {
  const { db } = loaded.strapi;
  const knex = db.connection;
  const [one, other] = (await knex('categories').select('id').limit(2)) as { id: number }[];
  const rows = [
    { float: 0.1, clock: '12:34:56.789', stamp: 1_709_210_096_789, text: '', secret: 'x' },
    { float: -1e300, 'dashed-name': 'ğ', text: null },
    {},
  ];
  const ids: number[] = [];
  for (const [index, row] of rows.entries()) {
    const links = { oneWay: one?.id, column: other?.id, friends: ids, twin: ids.at(-1) };
    const any = index === 0 ? { id: one?.id, __type: category } : null;
    const many = [{ id: other?.id, __type: category }, ...(ids[0] ? [{ id: ids[0], __type: odd }] : [])];
    const data = { ...row, ...links, any, many };
    const create = db.query(odd) as unknown as { create(query: object): Promise<{ id: number }> };
    ids.push((await create.create({ data })).id);
  }
  await addComponents(ids);
}

/** As they lie in the tables: out of order, twice, of a type that the zone does not take, and one that is gone. */
async function addComponents([first = 0, second = 0]: readonly number[]): Promise<void> {
  const knex = loaded.strapi.db.connection;
  const heroes = await insert('components_sections_heroes', [{ heading: 'a' }, { heading: 'b' }]);
  const links = await insert('components_shared_links', [{ label: 'x' }, { label: 'y' }]);
  const [quote = 0] = await insert('components_sections_quotes', [{ text: 'q' }]);
  const row = (entity_id: number, cmp_id: number, component_type: string, field: string, order: number) => ({
    ...{ entity_id, cmp_id, component_type, field, order },
  });
  const [a = 0, b = 0] = heroes;
  await knex('odds_cmps').insert([
    row(first, b, 'sections.hero', 'zone', 2),
    row(first, quote, 'sections.quote', 'zone', 3),
    row(first, a, 'sections.hero', 'zone', 1),
    row(first, 9999, 'shared.seo', 'zone', 4),
    row(second, a, 'sections.hero', 'hero', 2),
    row(second, b, 'sections.hero', 'hero', 1),
    row(second, a, 'sections.hero', 'removed-field', 1),
  ]);
  await knex('components_sections_heroes_cmps').insert(
    links.map((id, index) => row(a, id, 'shared.link', 'actions', 2 - index)),
  );
}

async function insert(table: string, rows: readonly object[]): Promise<number[]> {
  const knex = loaded.strapi.db.connection;
  const ids: number[] = [];
  for (const data of rows) {
    const [row] = await knex(table).insert(data).returning('id');
    ids.push((row as { id: number }).id);
  }
  return ids;
}

async function compared<S extends RowStep>(step: S) {
  const warned: string[] = [];
  const { warn } = loaded.strapi.log;
  Object.assign(loaded.strapi.log, { warn: (message: string) => void warned.push(message) });
  const theirs = await (await strapisSource(loaded)).rows(step);
  const theirWarnings = warned.splice(0);
  const source = strapiSource(loaded.strapi, { pins: createPins(loaded.strapi) });
  await source.open();
  const ours = (await rowsOf(source, step)).map(onWire) as RowOf[S][];
  await source.close();
  Object.assign(loaded.strapi.log, { warn });
  expect(sorted(ours)).toEqual(sorted(theirs));
  return { ours, warned, theirWarnings };
}

it('gives a big integer that was too great for SQLite, which keeps a fraction, as Strapi does', async () => {
  const knex = loaded.strapi.db.connection;
  const { id, views } = await knex('articles').first('id', 'views');
  await knex('articles')
    .where({ id })
    .update({ views: 2 ** 63 });
  const { ours } = await compared('entities');
  const row = ours.find(({ type, id: own }) => type === 'api::article.article' && own === id);
  expect(row?.data['views']).toBe('9223372036854776000');
  await knex('articles').where({ id }).update({ views });
});

it('gives entities with every kind of attribute, and components in their places, as Strapi does', async () => {
  const { ours } = await compared('entities');
  const odds = ours.filter(({ type }) => type === odd);
  expect(odds).toHaveLength(3);
  expect(odds[0]?.data).toMatchObject({
    zone: [{ __component: 'sections.hero', heading: 'a' }, { heading: 'b' }],
    hero: null,
    clock: '12:34:56.789',
    stamp: '1709210096789',
  });
  expect(odds[1]?.data).toMatchObject({ hero: { heading: 'b', actions: [] }, 'dashed-name': 'ğ' });
});

it('gives every kind of relation as Strapi does', async () => {
  const { ours, warned } = await compared('links');
  const fields = new Set(ours.filter(({ left }) => left.type === odd).map(({ left }) => left.field));
  expect([...fields].sort()).toEqual(
    ['any', 'column', 'friends', 'localizations', 'many', 'oneWay', 'twin'].sort(),
  );
  expect(warned).toEqual([]);
});

it('leaves out links to rows that do not exist, as Strapi does, and tells how many', async () => {
  const knex = loaded.strapi.db.connection;
  await knex.raw('PRAGMA foreign_keys = OFF');
  await knex('categories').delete();
  await knex('odds').where({ id: 2 }).delete();
  await knex('files_related_mph').insert({ file_id: 1, related_id: 1, related_type: 'api::gone.gone' });
  await knex.raw('PRAGMA foreign_keys = ON');
  const { ours, warned, theirWarnings } = await compared('links');
  expect(theirWarnings.length).toBeGreaterThan(0);
  expect(ours.filter(({ right }) => right.type === category)).toEqual([]);
  expect(warned).toContain(
    '[Ferry] 2 links lead from api::odd.odd (column) to rows that do not exist: left out',
  );
});

it('gives settings with the bytes of the logos, as Strapi does', async () => {
  const logo = { name: 'logo.png', url: '/uploads/logo.png', hash: 'logo', ext: '.png', provider: 'local' };
  const value = JSON.stringify({ menuLogo: logo, authLogo: { ...logo, url: '/uploads/gone.png' } });
  const key = 'core_admin_project-settings';
  const knex = loaded.strapi.db.connection;
  await writeFile(join(loaded.folder, 'public/uploads/logo.png'), 'a logo');
  if ((await knex('strapi_core_store_settings').where({ key }).update({ value })) === 0)
    await knex('strapi_core_store_settings').insert({ key, value, type: 'object' });
  const { ours } = await compared('configuration');
  expect(ours.find((row) => row.value['key'] === key)?.value['value']).toMatchObject({
    menuLogo: { __transferBuffer: Buffer.from('a logo').toString('base64') },
    authLogo: { url: '/uploads/gone.png' },
  });
});

it('ends where a push or an administrator has removed a logo before its turn', async () => {
  const settings = loaded.strapi.db
    .connection('strapi_core_store_settings')
    .where({ key: 'core_admin_project-settings' });
  const source = strapiSource(loaded.strapi, { pins: createPins(loaded.strapi) });
  await source.open();
  const { value } = await settings.clone().first('value');
  await settings.clone().update({ value: JSON.stringify({ ...JSON.parse(value), authLogo: null }) });
  await expect(rowsOf(source, 'configuration')).rejects.toMatchObject({
    code: 'SOURCE_CHANGED',
    details: { filename: '/uploads/gone.png' },
  });
  await source.close();
});

async function assetsBySource() {
  const broken: TransferError[] = [];
  const onBrokenAsset = (error: TransferError) => void broken.push(error);
  const source = strapiSource(loaded.strapi, { pins: createPins(loaded.strapi), onBrokenAsset });
  await source.open();
  const assets = [];
  try {
    for await (const { filename, metadata, size, stream } of source.assets())
      assets.push({ filename, metadata: onWire(metadata), size, sha256: await sha256Of(stream()) });
  } finally {
    await source.close();
  }
  return { assets, broken: broken.map(({ code, details }) => [code, details['filename']]) };
}

it('passes over files that are gone, with their formats, as Strapi does, and tells each', async () => {
  const { url, hash } = await loaded.strapi.db.connection('files').whereNotNull('formats').first();
  await rm(join(loaded.folder, 'public', url));
  const { assets, broken } = await assetsBySource();
  expect(assets).toEqual(await (await strapisSource(loaded)).assets());
  expect(assets.length).toBeGreaterThan(0);
  expect(assets.map(({ filename }) => filename).filter((name) => name.includes(hash))).toEqual([]);
  expect(broken).toEqual([['MISSING_ASSET', `${hash}.png`]]);
});

it('reads no file outside of the public folder, whatever a row says', async () => {
  const knex = loaded.strapi.db.connection;
  const row = await knex('files').whereNull('formats').first('id', 'url');
  await writeFile(join(loaded.folder, 'public-secret'), 'secret');
  const uploads = join(loaded.folder, 'public/uploads');
  await symlink(join(loaded.folder, 'public-secret'), join(uploads, 'link-out'));
  await symlink(loaded.folder, join(uploads, 'folder-out'));
  await symlink('link-round', join(uploads, 'link-round'));
  const leadingOut = ['/../package.json', '/uploads/../../package.json', '/../public-secret'];
  const links = ['/uploads/link-out', '/uploads/folder-out/public-secret', '/uploads/link-round'];
  const noFiles = ['/', '/uploads', `${row.url}/x`, '/uploads/a\0b', `/uploads/${'x'.repeat(5000)}`];
  for (const url of [...leadingOut, ...links, ...noFiles]) {
    await knex('files').where({ id: row.id }).update({ url });
    const { broken, assets } = await assetsBySource();
    expect([url, broken.map(([code]) => code)]).toEqual([url, ['MISSING_ASSET', 'MISSING_ASSET']]);
    expect(assets).toEqual([]);
  }
  await knex('files').where({ id: row.id }).update({ url: row.url });
});

it('reads the files of uploads that are a link, such as to a volume', async () => {
  const [uploads, volume] = [join(loaded.folder, 'public/uploads'), join(loaded.folder, 'volume')];
  const { assets: before } = await assetsBySource();
  await rename(uploads, volume);
  await symlink(volume, uploads);
  const { assets } = await assetsBySource();
  expect(assets.length).toBeGreaterThan(0);
  expect(assets).toEqual(before);
  await rm(uploads);
  await rename(volume, uploads);
});

it('tells of a file with line breaks in its name in one line of the log', async () => {
  const knex = loaded.strapi.db.connection;
  const row = await knex('files').whereNull('formats').first('id', 'hash', 'url');
  await knex('files')
    .where({ id: row.id })
    .update({ hash: 'a\nerror: [Ferry] forged', url: '/uploads/none' });
  const warned: string[] = [];
  const { warn } = loaded.strapi.log;
  Object.assign(loaded.strapi.log, { warn: (message: string) => void warned.push(message) });
  const source = strapiSource(loaded.strapi, { pins: createPins(loaded.strapi) });
  await source.open();
  for await (const { filename } of source.assets()) expect(filename).not.toBe('');
  await source.close();
  Object.assign(loaded.strapi.log, { warn });
  await knex('files').where({ id: row.id }).update({ hash: row.hash, url: row.url });
  expect(warned.filter((text) => text.includes('forged'))).toHaveLength(1);
  expect(warned.filter((text) => /[\r\n]/.test(text))).toEqual([]);
});

it('fetches the files of another upload provider by the URL that it signs', async () => {
  const bucket = await startBucket(join(loaded.folder, 'public/uploads'));
  const knex = loaded.strapi.db.connection;
  const files = await knex('files').select('id', 'url');
  for (const { id, url } of files)
    await knex('files')
      .where({ id })
      .update({ url: bucket.url(url), provider: 'bucket', formats: null });
  const config = loaded.strapi.config as unknown as { set(path: string, value: unknown): void };
  config.set('plugin::upload.provider', 'bucket');
  const provider = loaded.strapi.plugin('upload').provider as Record<string, unknown>;
  provider['isPrivate'] = async () => true;
  provider['getSignedUrl'] = async ({ url }: { url: string }) => ({ url: `${url}?signature=secret` });
  try {
    const { assets, broken } = await assetsBySource();
    expect(assets).toHaveLength(1);
    expect(broken).toHaveLength(1);
    expect(bucket.asked).toHaveLength(2);
    // The signature opens the file to whoever reads it: it stays here.
    expect(JSON.stringify(assets)).not.toContain('secret');
    const theirs = await strapisSource(loaded);
    // Of a file that the provider has lost, Strapi ends the whole pull.
    await expect(theirs.assets()).rejects.toThrow('404');
  } finally {
    await bucket.close();
  }
});
