import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Step } from '../../src/protocol/content.js';
import { createMemoryStore, type MemoryContent, type MemoryStore } from '../../src/stores/memory.js';
import { countContent } from '../../src/transfer/content-counts.js';
import { createTransfer } from '../../src/transfer/create-transfer.js';
import { createFilters, type FilterOptions } from '../../src/transfer/filters.js';
import { removalsOf } from '../../src/transfer/removals.js';
import { treeOf } from '../support/tree.js';
import type { Version } from './harness/app-folder.js';
import { type Row, type StrapiInstance, startStrapi, type Tables } from './harness/strapi.js';

const article = 'api::article.article';
const category = 'api::category.category';
const file = 'plugin::upload.file';
const homepage = 'api::homepage.homepage';
const endUsers = 'end users, their roles and permissions (`users-permissions`)';
const media = [file, 'plugin::upload.folder'];

/** What brings a kind: a content type, the two ends of links, or a stage; null where nothing does. */
type Bringer = string | readonly [string, string] | { readonly step: Step } | null;

interface Kind {
  readonly name: string;
  /** The tables that hold it. */
  readonly tables: RegExp;
  readonly by: Bringer;
}

const configuration = { step: 'configuration' } as const;
const kinds: readonly Kind[] = [
  { name: `entries of \`${category}\``, tables: /^categories/, by: category },
  {
    name: 'entries of other types: drafts, translations, relations, components',
    tables: /^(articles(_author_lnk|_cmps)?|authors|components_(?!.*category_lnk$).*)$/,
    by: article,
  },
  {
    name: `relations from other types to \`${category}\``,
    tables: /^(articles_categories_lnk|components_shared_links_category_lnk)$/,
    by: [article, category],
  },
  { name: 'entries of a type that the source lacks', tables: /^homepages/, by: null },
  {
    name: 'media library: rows of files and folders',
    tables: /^(files|files_folder_lnk|upload_folders.*)$/,
    by: file,
  },
  {
    name: 'media library: relations from entries to files',
    tables: /^files_related_mph$/,
    by: [article, file],
  },
  { name: 'locales', tables: /^i18n_locale$/, by: 'plugin::i18n.locale' },
  {
    name: endUsers,
    tables: /^up_/,
    by: 'plugin::users-permissions.user',
  },
  {
    name: 'review workflows and their stages',
    tables: /^strapi_workflows/,
    by: 'plugin::review-workflows.workflow',
  },
  { name: 'settings, layouts of the admin panel', tables: /^strapi_core_store_settings$/, by: configuration },
  { name: 'webhooks', tables: /^strapi_webhooks$/, by: configuration },
  { name: 'admin users, their roles, permissions, sessions', tables: /^(admin_|strapi_sessions$)/, by: null },
  { name: 'API tokens', tables: /^strapi_api_token/, by: null },
  { name: 'transfer tokens', tables: /^strapi_transfer_token/, by: null },
  { name: 'releases and their actions', tables: /^strapi_release/, by: null },
  { name: 'content history', tables: /^strapi_history_versions$/, by: null },
  { name: 'jobs of the AI features', tables: /^strapi_ai_/, by: null },
  {
    name: 'migrations and the schema of the database',
    tables: /^strapi_(migrations|database_schema)/,
    by: null,
  },
];
const filesOnDisk: Kind = { name: 'media library: files on the disk', tables: /^$/, by: { step: 'assets' } };

/** Relations are gone where one of their ends is replaced, and the other stays. */
function expectedOf({ by }: Kind, options: FilterOptions): Outcome {
  const filters = createFilters(options);
  const comes = (type: string) =>
    filters.steps.includes('entities') && filters.verdictOf('entities', { type, id: 1, data: {} }) === 'kept';
  if (by === null) return 'kept';
  if (typeof by === 'string') return comes(by) ? 'replaced' : 'kept';
  if ('step' in by) return filters.steps.includes(by.step) ? 'replaced' : 'kept';
  const [left, right] = by.map(comes);
  if (left !== right) return 'gone';
  return left ? 'replaced' : 'kept';
}

const cases: readonly (readonly [string, FilterOptions])[] = [
  ['all', {}],
  ['`--only content`', { only: ['content'] }],
  ['`--only config`', { only: ['config'] }],
  ['`--exclude config`', { exclude: ['config'] }],
  ['`--exclude files`', { exclude: ['files'] }],
  [`\`--only-content-types ${category}\``, { onlyContentTypes: [category] }],
  [`the same, \`--only content\``, { onlyContentTypes: [category], only: ['content'] }],
  [`\`--exclude-content-types ${category}\``, { excludeContentTypes: [category] }],
  [
    '`--only content,files --only-content-types` the media library’s two',
    { only: ['content', 'files'], onlyContentTypes: media },
  ],
];

let scratch: string;
let source: MemoryStore;
let target: StrapiInstance;
let before: Tables;
let filesBefore: readonly unknown[];

/** What stands in a Strapi of this version, as if it were another's: every name that says `destination` says `source`. */
async function otherSite(strapi: StrapiInstance): Promise<MemoryContent> {
  const pulled = createMemoryStore();
  await createTransfer({ from: strapi.adminUrl, fromToken: strapi.tokens.pull, to: pulled.destination() })
    .done;
  const { assets, schemas, ...rest } = pulled.content();
  const renamed = <T>(value: T) => JSON.parse(JSON.stringify(value).replaceAll('destination', 'source')) as T;
  const entities = renamed(rest.entities).filter(({ type }) => type !== homepage);
  const links = renamed(rest.links).filter(({ left, right }) => ![left.type, right.type].includes(homepage));
  return {
    ...renamed(rest),
    ...{ entities, links },
    schemas: Object.fromEntries(Object.entries(schemas ?? {}).filter(([uid]) => uid !== homepage)),
    assets: assets.map(({ bytes, ...asset }) => ({ ...renamed(asset), bytes })),
  };
}

async function boot(version: Version): Promise<void> {
  scratch = await mkdtemp(join(tmpdir(), 'ferry-what-moves-'));
  target = await startStrapi({ version, content: 'site' });
  source = createMemoryStore(await otherSite(target));
  await target.save();
  before = known(await target.tables());
  filesBefore = await filesOf(target);
}
async function stop(): Promise<void> {
  await target?.stop();
  await rm(scratch, { recursive: true, force: true });
}

/** Without what a Strapi writes by itself: when a token was used, and, 15 s after it booted, when it counted its files. */
const known = (tables: Tables): Tables => {
  const { strapi_transfer_tokens: tokens = [], strapi_core_store_settings: settings = [] } = tables;
  return {
    ...tables,
    strapi_transfer_tokens: tokens.map(({ last_used_at: _, ...row }: Row) => row),
    strapi_core_store_settings: settings.filter(({ key }) => key !== 'plugin_upload_metrics'),
  };
};

const expected = (options: FilterOptions) =>
  Object.fromEntries([...kinds, filesOnDisk].map((kind) => [kind.name, expectedOf(kind, options)]));

const filesOf = async ({ uploadsDir }: StrapiInstance) => Object.entries(await treeOf(uploadsDir));

const push = (
  options: FilterOptions & { readonly allowMissingFiles?: boolean },
  content: MemoryStore = source,
) =>
  createTransfer({
    ...{ from: content.source(), to: target.adminUrl, toToken: target.tokens.push },
    // The source lacks a type.
    ...{ schemaStrategy: 'ignore', ...options },
  }).done;

type Outcome = 'kept' | 'replaced' | 'gone';

function outcomeOf(was: readonly unknown[], is: readonly unknown[]): Outcome | 'changed' {
  if (JSON.stringify(was) === JSON.stringify(is)) return 'kept';
  if (is.length === 0) return 'gone';
  return was.length === is.length && !JSON.stringify(is).includes('destination') ? 'replaced' : 'changed';
}

/** What became of each kind. A kind whose tables fared differently says so. */
async function outcomes(): Promise<Readonly<Record<string, string>>> {
  const after = known(await target.tables());
  const tables = Object.keys(before).filter((table) => before[table]?.length !== 0);
  const fates = kinds.map((kind) => {
    const own = tables.filter((table) => kind.tables.test(table));
    const each = new Set(own.map((table) => outcomeOf(before[table] ?? [], after[table] ?? [])));
    return [kind.name, [...each].join(', ')];
  });
  const files = outcomeOf(filesBefore, await filesOf(target));
  return { ...Object.fromEntries(fates), [filesOnDisk.name]: files };
}

describe('Strapi 5.54.0', () => {
  const columns: [string, Readonly<Record<string, string>>][] = [];
  beforeAll(() => boot('current'));
  afterAll(stop);

  it('has something of every kind, and no table that is of none', () => {
    for (const [table, rows] of Object.entries(before)) {
      const own = kinds.filter((kind) => kind.tables.test(table));
      if (rows.length > 0)
        expect([table, own.map(({ name }) => name)]).toEqual([table, [expect.any(String)]]);
    }
    for (const { name, tables } of kinds) {
      const rows = Object.entries(before).flatMap(([table, rows]) => (tables.test(table) ? rows : []));
      expect([name, rows.length]).not.toEqual([name, 0]);
    }
    expect(filesBefore).not.toEqual([]);
  });

  it.each(cases)('keeps what does not move, row for row, with %s', async (name, options) => {
    await target.restore();
    await push(options);
    const column = await outcomes();
    columns.push([name, column]);
    expect(column).toEqual(expected(options));
  });

  it('gives rows new ids and no creator, and keeps their documentIds, drafts, languages and passwords', async () => {
    await target.restore();
    await push({});
    const after = await target.tables();
    const sent = (type: string) => source.content().entities.filter((row) => row.type === type);
    const articles = after['articles'] ?? [];
    const told = (rows: readonly (readonly unknown[])[]) => rows.map((row) => row.join(' ')).sort();
    expect(
      told(articles.map((row) => [row['document_id'], row['locale'], row['published_at'] === null])),
    ).toEqual(
      told(
        sent(article).map(({ data }) => [data['documentId'], data['locale'], data['publishedAt'] === null]),
      ),
    );
    const ids = new Set(sent(article).map(({ id }) => id));
    expect(articles.filter((row) => ids.has(row['id'] as number))).toEqual([]);
    expect(articles.map((row) => row['created_by_id'])).toEqual(articles.map(() => null));
    const passwords = sent('plugin::users-permissions.user').map(({ data }) => data['password']);
    expect(after['up_users']?.map((row) => row['password'])).toEqual(passwords);
    expect(passwords[0]).toMatch(/^\$2/);
  });

  it.each<[string, FilterOptions]>([
    ['files', { only: ['files'] }],
    ['files and configuration', { exclude: ['content'] }],
    ['files and one other type', { only: ['content', 'files'], onlyContentTypes: [category] }],
  ])('refuses %s without the rows of files, and is left as it was', async (_, options) => {
    await target.restore();
    await expect(push(options)).rejects.toMatchObject({ code: 'FILES_WITHOUT_ROWS' });
    expect(new Set(Object.values(await outcomes()))).toEqual(new Set(['kept']));
  });

  it('clears every type, and no settings that stay, where the source has no schemas', async () => {
    await target.restore();
    await push({ exclude: ['config'] }, createMemoryStore({ ...source.content(), schemas: null }));
    const others = 'entries of a type that the source lacks';
    expect(await outcomes()).toEqual({ ...expected({ exclude: ['config'] }), [others]: 'gone' });
  });

  it('is left without the settings and files that a partial export lacks, unless the push leaves them out', async () => {
    await target.restore();
    const partial = createMemoryStore({ ...source.content(), configuration: [], assets: [] });
    await push({ exclude: ['config', 'files'] }, partial);
    expect(await outcomes()).toEqual(expected({ exclude: ['config', 'files'] }));
    await expect(push({}, partial)).rejects.toMatchObject({ code: 'MISSING_FILES' });
    expect(await outcomes()).toEqual(expected({ exclude: ['config', 'files'] }));
    await push({ allowMissingFiles: true }, partial);
    expect(await target.tables()).toMatchObject({ strapi_core_store_settings: [], strapi_webhooks: [] });
    expect(await filesOf(target)).toEqual([['.gitkeep', expect.any(String)]]);
  });

  it('loses as many links as the removals say that a backup counted', async () => {
    await target.restore();
    const backup = createMemoryStore();
    await createTransfer({ from: target.adminUrl, fromToken: target.tokens.pull, to: backup.destination() })
      .done;
    const { schemas } = backup.content();
    const read = backup.source();
    await read.open();
    const filters: FilterOptions = { onlyContentTypes: [category], only: ['content'] };
    const counts = await countContent(read);
    const { links } = removalsOf({ filters, source: source.content().schemas, destination: schemas, counts });
    await push(filters);
    const after = await target.tables();
    const lost = (table: string) => (before[table]?.length ?? 0) - (after[table]?.length ?? 0);
    const numbers = Object.fromEntries(links.map(({ field, count }) => [field, count]));
    expect(numbers).toEqual({
      categories: lost('articles_categories_lnk'),
      'shared.link.category': lost('components_shared_links_category_lnk'),
    });
    expect(Object.values(numbers).every((count) => Number(count) > 0)).toBe(true);
  });

  it('is described by docs/what-moves.md', async () => {
    const page = new URL('../../docs/what-moves.md', import.meta.url);
    const rows = [...kinds, filesOnDisk].map(({ name }) => {
      const cells = columns.map(([, column]) => column[name] ?? '');
      const isUntouched = cells.every((cell) => cell === 'kept');
      return [name, ...(isUntouched ? cells.map(() => 'never touched') : cells)];
    });
    const head = ['', ...columns.map(([name]) => name)];
    const table = [head, head.map(() => '---'), ...rows]
      .map((cells) => `| ${cells.join(' | ')} |`)
      .join('\n');
    const [opening = '', closing = ''] = ['<!-- generated -->', '<!-- /generated -->'];
    const text = readFileSync(page, 'utf8');
    const [above = '', rest = ''] = text.split(opening);
    const [, below = ''] = rest.split(closing);
    await expect(`${above}${opening}\n\n${table}\n\n${closing}${below}`).toMatchFileSnapshot(page.pathname);
  });
});

describe('Strapi 5.52.3', () => {
  beforeAll(() => boot('older'));
  afterAll(stop);

  it.each(cases.slice(0, 4))('keeps what does not move, row for row, with %s', async (_, options) => {
    await target.restore();
    await push(options);
    // Its project has no end users.
    expect(await outcomes()).toEqual({ ...expected(options), [endUsers]: '' });
  });
});
