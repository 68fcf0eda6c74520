import type { FileSystem } from '../../../src/ports/files.js';
import type { RestoreOptions } from '../../../src/protocol/messages.js';
import { restoreAll } from '../../../src/protocol/restore.js';
import type { TransferDestination } from '../../../src/stores/store.js';
import type { Strapi } from '../../../src/strapi/strapi.js';
import { type Pushed, pushByFerry } from './strapis-own-providers.js';

const file = 'plugin::upload.file';
const logo = { name: 'logo.svg', hash: 'logo', ext: '.svg', width: 1, height: 1, size: 1, provider: 'local' };

/**
 * A small site that says in every row and file which it is. Of two of them one file has the same name, and the others have names
 * that only one site has.
 */
export function labelled(label: string): Pushed {
  const files = ['same', `${label}-only`];
  const row = (hash: string, at: number) => ({
    type: file,
    id: at + 1,
    data: {
      ...{ documentId: `file${at}`, name: label, hash, ext: '.txt', mime: 'text/plain', size: 1 },
      ...{ url: `/uploads/${hash}.txt`, provider: 'local', folderPath: '/' },
    },
  });
  const article = (at: number) => ({
    type: 'api::article.article',
    id: at,
    data: {
      ...{ documentId: `article${at}`, title: label, locale: 'en' },
      seo: { id: at, description: label, canonical: { id: at, label } },
      sections: [{ __component: 'sections.quote', id: at, text: label }],
    },
  });
  return {
    schemas: [],
    entities: [
      { type: 'api::category.category', id: 7, data: { documentId: 'category', name: label, locale: 'en' } },
      ...files.map(row),
      ...[11, 12].map(article),
    ],
    links: [11, 12].flatMap((ref) => [
      {
        ...{ kind: 'relation.basic', relation: 'manyToMany' },
        left: { type: 'api::article.article', ref, field: 'categories', pos: 1 },
        right: { type: 'api::category.category', ref: 7, field: 'articles', pos: ref },
      },
      {
        ...{ kind: 'relation.morph', relation: 'morphToMany' },
        left: { type: file, ref: 1, field: 'related' },
        right: { type: 'api::article.article', ref, field: 'cover', pos: 1 },
      },
    ]),
    configuration: [
      { type: 'core-store', value: { key: 'ferry-test', type: 'string', value: label } },
      {
        type: 'core-store',
        value: {
          ...{ key: 'core_admin_project-settings', type: 'object' },
          value: {
            menuLogo: {
              ...logo,
              hash: `logo-${label}`,
              __transferBuffer: Buffer.from(label).toString('base64'),
            },
          },
        },
      },
      { type: 'webhook', value: { name: label, url: 'http://127.0.0.1:9', events: [], enabled: false } },
    ],
    assets: files.map((hash, at) => ({
      filename: `${hash}.txt`,
      metadata: { id: at + 1, hash, ext: '.txt' },
      bytes: Buffer.from(label),
    })),
  };
}

/** The same with a picture that has two formats: Strapi’s, and one of a plugin that names it otherwise. */
export function picture(label: string): Pushed {
  const { entities, assets, ...rest } = labelled(label);
  const main = { hash: 'dawn_0123456789', ext: '.png', mime: 'image/png' };
  const formats = {
    thumbnail: {
      ...main,
      hash: 'thumbnail_dawn_0123456789',
      url: '/uploads/t.png',
      path: 'a/b',
      etag: 'old',
    },
    square: { ...main, hash: 'dawnSquare', url: '/uploads/s.png' },
  };
  const data = {
    ...{ ...main, documentId: 'dawn', name: label, size: 1, folderPath: '/', provider: 'other' },
    ...{ url: 'https://other.test/dawn.png', provider_metadata: { object: 'of the other' }, formats },
  };
  const asset = (file: { readonly hash: string }, more: object) => ({
    filename: `${file.hash}.png`,
    metadata: { ...main, ...file, ...more, id: 3, buffer: 'planted', path: '../planted' },
    bytes: Buffer.from(label),
  });
  return {
    ...rest,
    entities: [...entities, { type: 'plugin::upload.file', id: 3, data }],
    assets: [
      ...assets,
      asset(main, { name: label }),
      ...Object.entries(formats).map(([type, format]) => asset(format, { type, mainHash: main.hash })),
    ],
  };
}

export const putLabel = (
  to: TransferDestination,
  label: string,
  restore: RestoreOptions = restoreAll,
): Promise<void> => pushByFerry(to, labelled(label), restore);

/** What the rows say: one label, unless they are of both. */
export async function labelOfRows({ db: { connection } }: Strapi): Promise<string> {
  const column = async (table: string, name: string, where: object = {}) =>
    ((await connection(table).where(where).select(name)) as Record<string, unknown>[]).map(
      (row) => row[name],
    );
  const labels = new Set([
    ...(await column('categories', 'name')),
    ...(await column('articles', 'title')),
    ...(await column('components_shared_seos', 'description')),
    ...(await column('components_shared_links', 'label')),
    ...(await column('components_sections_quotes', 'text')),
    ...(await column('files', 'name')),
    ...(await column('strapi_webhooks', 'name')),
    ...(await column('strapi_core_store_settings', 'value', { key: 'ferry-test' })).map((text) =>
      JSON.parse(String(text)),
    ),
  ]);
  const counts = await Promise.all(
    ['articles', 'articles_cmps', 'articles_categories_lnk', 'files', 'files_related_mph'].map(
      async (table) => (await column(table, 'id')).length,
    ),
  );
  return `${[...labels].sort().join(' and ')} ${counts.join(' ')}`;
}

/** What is said of a whole site. */
export const wholeSite = (label: string): string => `${label} 2 4 2 2 2`;

/** What the files say, by name. */
export async function labelsOfFiles(files: FileSystem, uploads: string): Promise<Record<string, string>> {
  const labels: Record<string, string> = {};
  for (const name of [...((await files.list(uploads)) ?? [])].sort()) {
    const path = `${uploads}/${name}`;
    const isFile = (await files.look(path))?.kind === 'file';
    labels[name] = isFile ? new TextDecoder().decode(await files.read(path)) : 'a folder';
  }
  return labels;
}

/** The names of the files that rows and the logo name, sorted. */
export async function filesInRows({ db: { connection } }: Strapi): Promise<readonly string[]> {
  const rows: readonly Record<string, unknown>[] = await connection('files').select('hash', 'ext');
  const [setting] = await connection('strapi_core_store_settings')
    .where('key', 'core_admin_project-settings')
    .select('value');
  const { menuLogo } = JSON.parse(setting.value) as { menuLogo: Record<string, unknown> };
  return [...rows, menuLogo].map(({ hash, ext }) => `${hash}${ext}`).sort();
}

export const wholeFiles = (label: string): Record<string, string> => ({
  [`logo-${label}.svg`]: label,
  [`${label}-only.txt`]: label,
  'same.txt': label,
});
