import { chmod, copyFile, mkdir, mkdtemp, readdir, rm, stat, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { FileSystem } from '../../../src/ports/files.js';
import { nodeFiles } from '../../../src/ports/node-files.js';
import type { RestoreOptions } from '../../../src/protocol/messages.js';
import { restoreAll, restoreNothing } from '../../../src/protocol/restore.js';
import { strapiDestination } from '../../../src/strapi/destination/destination.js';
import { rollForward } from '../../../src/strapi/destination/roll-forward.js';
import type { CommitStep } from '../../../src/strapi/destination/steps.js';
import {
  labelled,
  labelOfRows,
  labelsOfFiles,
  putLabel,
  wholeFiles,
  wholeSite,
} from '../support/labelled-push.js';
import { loadStrapi } from '../support/strapi-in-process.js';
import { describeStrapi, type StrapiDescription, type StrapiView, viewOf } from '../support/strapi-view.js';
import { type Pushed, pushByFerry, stagePush } from '../support/strapis-own-providers.js';

let folder: string;
let description: StrapiDescription;
let strapi: StrapiView;
let publicFolder: string;
const uploads = () => join(publicFolder, 'uploads');

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ferry-bad-input-'));
  const site = await loadStrapi({ content: 'none' });
  description = describeStrapi(site.strapi);
  await putLabel(strapiDestination(site.strapi), 'old');
  await site.strapi.db.connection.raw('VACUUM INTO ?', [join(folder, 'old.db')]);
  await site.stop();
});

afterAll(() => rm(folder, { recursive: true, force: true }));

beforeEach(async () => {
  publicFolder = join(folder, 'public');
  await mkdir(uploads(), { recursive: true });
  for (const [name, label] of Object.entries(wholeFiles('old')))
    await nodeFiles.write(join(uploads(), name), label);
  await copyFile(join(folder, 'old.db'), join(folder, 'data.db'));
  strapi = viewOf(description, { filename: join(folder, 'data.db'), publicFolder });
});

afterEach(async () => {
  await strapi.close();
  await rm(publicFolder, { recursive: true });
});

async function expectStands(label: 'old' | 'new'): Promise<void> {
  expect(await labelOfRows(strapi)).toBe(wholeSite(label));
  expect(await labelsOfFiles(nodeFiles, uploads())).toEqual(wholeFiles(label));
  expect(
    await strapi.db.connection('strapi_core_store_settings').where('key', 'like', 'plugin_ferry%'),
  ).toEqual([]);
}

async function expectRows(label: string): Promise<void> {
  expect(await labelOfRows(strapi)).toBe(wholeSite(label));
}

const withEntity = (type: string, data: object): Pushed => ({
  ...labelled('new'),
  entities: [...labelled('new').entities, { type, id: 99, data: { ...data } }],
});
const withLink = (left: object, right: object): Pushed => {
  const link = { kind: 'relation.basic', relation: 'manyToMany', left, right };
  return { ...labelled('new'), links: [link as Pushed['links'][number]] };
};
const article = 'api::article.article';
const file = 'plugin::upload.file';
const end = { type: article, ref: 11, field: 'categories' };

describe('what a push may not bring is refused as it comes, and nothing has changed', () => {
  test.each<[string, Pushed, string, string]>([
    ['rows of the admin panel', withEntity('admin::user', {}), 'PROTECTED_TYPE', 'admin::user'],
    ['the creator of a row', withEntity(article, { createdBy: 1 }), 'PROTECTED_TYPE', 'admin::user'],
    ['the creator by its column', withEntity(article, { created_by_id: 1 }), 'PROTECTED_TYPE', 'admin::user'],
    [
      'links to the admin panel',
      withLink(end, { type: 'admin::user', ref: 1 }),
      'PROTECTED_TYPE',
      'admin::user',
    ],
    [
      'links from the admin panel',
      withLink({ type: 'admin::role', ref: 1 }, end),
      'PROTECTED_TYPE',
      'admin::role',
    ],
    ['rows of a type that is not there', withEntity('api::none.none', {}), 'UNKNOWN_TYPE', 'api::none.none'],
    ['rows of a component', withEntity('shared.seo', {}), 'UNKNOWN_TYPE', 'shared.seo'],
    ['rows of the settings', withEntity('strapi::core-store', {}), 'UNKNOWN_TYPE', 'strapi::core-store'],
    [
      'links from a type that is not there',
      withLink({ type: 'api::none.none', ref: 1, field: 'a' }, end),
      'UNKNOWN_TYPE',
      'api::none.none',
    ],
    [
      'a component that the zone does not take',
      withEntity(article, { sections: [{ __component: 'shared.seo' }] }),
      'UNKNOWN_TYPE',
      'shared.seo',
    ],
    [
      'an item of a zone that names no component',
      withEntity(article, { sections: [{}] }),
      'UNFIT_ROW',
      'article.sections names no component',
    ],
    ['rows of what JavaScript has', withEntity('constructor', {}), 'UNKNOWN_TYPE', 'constructor'],
    ['rows of its own kind', withEntity('__proto__', {}), 'UNKNOWN_TYPE', '__proto__'],
    [
      'links from what JavaScript has',
      withLink({ type: 'constructor', ref: 1, field: 'a' }, end),
      'UNKNOWN_TYPE',
      'constructor',
    ],
    [
      'a text that is none',
      withEntity(article, { title: { toString: 1, valueOf: 1 } }),
      'UNFIT_ROW',
      'The row 99 of api::article.article cannot be kept by this Strapi: api::article.article cannot hold its title',
    ],
    [
      'a long value, which is not quoted whole',
      withEntity(article, { day: `never${'!'.repeat(1000)}` }),
      'UNFIT_ROW',
      '!… is not a date',
    ],
    [
      'a link to the admin panel that says it leads elsewhere',
      withLink({ type: article, ref: 11, field: 'createdBy' }, { type: article, ref: 1 }),
      'PROTECTED_TYPE',
      'admin::user',
    ],
    [
      'a link that leads to another type than its relation',
      withLink(end, { type: article, ref: 12 }),
      'UNFIT_ROW',
      'A link of the row 11 of api::article.article cannot be kept by this Strapi: its categories leads to api::category.category',
    ],
    [
      'a row of a file whose name leads elsewhere',
      withEntity(file, { name: 'a', hash: '../../a', ext: '.txt' }),
      'UNFIT_ROW',
      '../../a.txt',
    ],
    [
      'a row of a file with such a format',
      withEntity(file, {
        name: 'a',
        hash: 'a',
        ext: '.txt',
        formats: { small: { hash: 'a', ext: '/../b' } },
      }),
      'UNFIT_ROW',
      'a/../b',
    ],
    [
      'a file that a web server obeys',
      {
        ...labelled('new'),
        assets: [{ filename: '.htaccess', metadata: { id: 1 }, bytes: Buffer.from('a') }],
      },
      'UNSAFE_FILENAME',
      '.htaccess',
    ],
    ['a list that is none', withEntity(article, { gallery: {} }), 'UNFIT_ROW', 'gallery needs an array'],
    ['a component that is none', withEntity(article, { seo: 1 }), 'UNFIT_ROW', 'seo needs an object'],
    ['a relation with the row', withEntity(article, { author: 3 }), 'UNFIT_ROW', 'article.author'],
    ['a date that is none', withEntity(article, { day: 'someday' }), 'UNFIT_ROW', 'its day'],
    ['a number that is none', withEntity(article, { seo: null, rating: 'ten' }), 'UNFIT_ROW', 'its rating'],
    [
      'a link of a field that is no relation',
      withLink({ type: article, ref: 11, field: 'title' }, end),
      'UNFIT_ROW',
      'title, which is no relation',
    ],
    [
      'a setting without a key',
      { ...labelled('new'), configuration: [{ type: 'core-store', value: {} }] },
      'UNFIT_ROW',
      'needs a key',
    ],
    [
      'a file without its row',
      { ...labelled('new'), assets: [{ filename: 'a.txt', metadata: { id: 5 }, bytes: Buffer.from('a') }] },
      'UNFIT_ROW',
      'The file a.txt cannot be kept by this Strapi: it comes without its row',
    ],
    [
      'a file whose name leads elsewhere',
      {
        ...labelled('new'),
        assets: [{ filename: '../a.txt', metadata: { id: 1 }, bytes: Buffer.from('a') }],
      },
      'UNSAFE_FILENAME',
      '../a.txt',
    ],
    [
      'a logo whose name leads elsewhere',
      {
        ...labelled('new'),
        configuration: [
          {
            type: 'core-store',
            value: {
              key: 'core_admin_project-settings',
              value: { menuLogo: { hash: '../../a', ext: '.svg', __transferBuffer: 'YQ==' } },
            },
          },
        ],
      },
      'UNSAFE_FILENAME',
      '../../a.svg',
    ],
  ])('%s', async (_, pushed, code, said) => {
    const error = await pushByFerry(strapiDestination(strapi), pushed, restoreAll).catch((thrown) => thrown);
    expect(error).toMatchObject({ code, message: expect.stringContaining(said) });
    await expectStands('old');
  });

  test('a value that only the database refuses', async () => {
    const twice = { ...labelled('new'), links: [...labelled('new').links, ...labelled('new').links] };
    const error = await pushByFerry(strapiDestination(strapi), twice, restoreAll).catch((thrown) => thrown);
    expect(error).toMatchObject({
      code: 'ROWS_REFUSED',
      message: expect.stringMatching(/rows of links \(api::article.article, categories\): .*UNIQUE/),
    });
    expect(error.message).not.toContain('insert into');
    await expectStands('old');
  });
});

describe('a push leaves nothing behind', () => {
  test('that is rolled back', async () => {
    const to = strapiDestination(strapi);
    await stagePush(to, labelled('new'), restoreAll);
    expect(await readdir(uploads())).toContain('.ferry');
    await to.rollback();
    await to.close();
    await expectStands('old');
  });

  test('that is closed without a commit', async () => {
    const to = strapiDestination(strapi);
    await stagePush(to, labelled('new'), restoreAll);
    await to.close();
    await expectStands('old');
  });

  test.each<CommitStep>([
    'addFiles',
    'lock',
    'clear',
    'writeRows',
    'writeLinks',
    'writeConfiguration',
    'commit',
  ])('that fails at %s', async (step) => {
    const onStep = (next: CommitStep) => {
      if (next === step) throw new Error('a fault');
    };
    const failed = putLabel(strapiDestination(strapi, { onStep }), 'new');
    await expect(failed).rejects.toMatchObject({ code: 'STORE_FAILED' });
    await expectStands('old');
  });

  test('that is committed', async () => {
    await putLabel(strapiDestination(strapi), 'new');
    await expectStands('new');
  });
});

test('a second push is refused while the first is under way, and taken after it', async () => {
  const first = strapiDestination(strapi);
  await stagePush(first, labelled('new'), restoreAll);
  const second = strapiDestination(strapi);
  await expect(second.open()).rejects.toMatchObject({ code: 'STORE_IN_USE' });
  await second.close();
  await first.commit();
  await first.close();
  await expectStands('new');
  await putLabel(strapiDestination(strapi), 'old');
  await expectStands('old');
});

/** What `storeContract` asks of a destination, but for ids: a Strapi gives its own. */
describe('as every destination it', () => {
  test('takes one push after another', async () => {
    const to = strapiDestination(strapi);
    await to.open();
    for (const label of ['new', 'other', 'new']) {
      await stagePush({ ...to, open: async () => {} }, labelled(label), restoreAll);
      await to.commit();
      await expectRows(label);
    }
    await to.close();
    await expectStands('new');
  });

  test('starts over when it is prepared again', async () => {
    const to = strapiDestination(strapi);
    await stagePush(to, labelled('other'), restoreAll);
    await stagePush({ ...to, open: async () => {} }, labelled('new'), restoreAll);
    await to.commit();
    await to.close();
    await expectStands('new');
  });

  test('rolls back in the middle of a stage, and of a file', async () => {
    const to = strapiDestination(strapi);
    await to.open();
    await to.prepare({ steps: ['entities', 'assets'], metadata: null, schemas: null, restore: restoreAll });
    const rows = await to.rowWriter('entities');
    await rows.write(labelled('new').entities);
    const files = await to.assetWriter();
    const written = files.write({
      ...{ filename: 'new-only.txt', size: 6, metadata: { id: 2 } },
      async *stream() {
        yield Buffer.from('new');
        await to.rollback();
        yield Buffer.from('new');
      },
    });
    await expect(written).rejects.toThrow();
    await to.close();
    await expectStands('old');
  });

  test('rolls back without an error where nothing was begun, and twice', async () => {
    const to = strapiDestination(strapi);
    await to.rollback();
    await to.open();
    await to.rollback();
    await to.rollback();
    await to.close();
    await expectStands('old');
  });

  test('leaves what stands where a commit follows no prepare', async () => {
    const to = strapiDestination(strapi);
    await to.open();
    await to.commit();
    await to.close();
    await expectStands('old');
  });

  test('refuses to commit a stage that was not ended', async () => {
    const to = strapiDestination(strapi);
    await to.open();
    await to.prepare({ steps: ['entities'], metadata: null, schemas: null, restore: restoreAll });
    await (await to.rowWriter('entities')).write(labelled('new').entities);
    await expect(to.commit()).rejects.toMatchObject({ code: 'STORE_FAILED' });
    await to.close();
    await expectStands('old');
  });

  test('answers the metadata and schemas of what stands', async () => {
    const to = strapiDestination(strapi);
    await to.open();
    expect(await to.metadata()).toMatchObject({ strapi: { version: '5.54.0' } });
    expect((await to.schemas())?.[article]).toMatchObject({ uid: article, modelType: 'contentType' });
    await to.close();
  });
});

test('a file that cannot be put in place after the commit is put there when Strapi starts again', async () => {
  let fails = true;
  const files: FileSystem = {
    ...nodeFiles,
    rename: (from, to) =>
      fails && to.endsWith('same.txt')
        ? Promise.reject(new Error('the disk is gone'))
        : nodeFiles.rename(from, to),
  };
  const pushed = putLabel(strapiDestination(strapi, { files }), 'new');
  await expect(pushed).rejects.toMatchObject({ code: 'FILES_NOT_PLACED' });
  expect(await labelOfRows(strapi)).toBe(wholeSite('new'));
  fails = false;
  await rollForward(strapi, { files });
  await expectStands('new');
});

describe('a full disk', () => {
  test('while the push comes', async () => {
    const files: FileSystem = {
      ...nodeFiles,
      async create(path, options) {
        const writer = await nodeFiles.create(path, options);
        const full = () => Promise.reject(Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' }));
        return path.endsWith('new-only.txt') ? { ...writer, write: full } : writer;
      },
    };
    const pushed = putLabel(strapiDestination(strapi, { files }), 'new');
    await expect(pushed).rejects.toMatchObject({ code: 'NO_SPACE' });
    await expectStands('old');
  });

  test('while its rows are written', async () => {
    const { connection } = strapi.db;
    const [{ page_count: pages }] = await connection.raw('pragma page_count');
    await connection.raw(`pragma max_page_count = ${pages}`);
    const large = { ...labelled('new') };
    const body = 'x'.repeat(1_000_000);
    const entities = large.entities.map((row) => ({ ...row, data: { ...row.data, body } }));
    const pushed = pushByFerry(strapiDestination(strapi), { ...large, entities }, restoreAll);
    await expect(pushed).rejects.toMatchObject({ code: 'NO_SPACE' });
    await expectStands('old');
  });
});

test.each([
  ['EROFS', 'the disk is read-only'],
  ['EACCES', 'permission denied'],
])(
  'uploads that may not be written (%s) refuse a push before it comes, and no start',
  async (code, reason) => {
    const root = join(uploads(), '.ferry');
    const files: FileSystem = {
      ...nodeFiles,
      makeDirectory: (path, options) =>
        path.startsWith(root)
          ? Promise.reject(Object.assign(new Error(code), { code, path }))
          : nodeFiles.makeDirectory(path, options),
    };
    await rollForward(strapi, { files });
    await expect(putLabel(strapiDestination(strapi, { files }), 'new')).rejects.toMatchObject({
      code: 'STORE_FAILED',
      message: expect.stringContaining(`this Strapi cannot be used: ${reason} (${root})`),
    });
    await expectStands('old');
  },
);

describe('files of another upload provider', () => {
  test('are not replaced: the push is refused before anything comes', async () => {
    const elsewhere = viewOf(description, {
      filename: join(folder, 'data.db'),
      publicFolder,
      provider: 'aws-s3',
    });
    await expect(putLabel(strapiDestination(elsewhere), 'new')).rejects.toMatchObject({
      code: 'FILE_NOT_UPLOADED',
      message: expect.stringContaining('aws-s3'),
    });
    const rows = { ...labelled('new'), configuration: [], assets: [] };
    const restore = { ...restoreNothing, entities: {} };
    await pushByFerry(strapiDestination(elsewhere), rows, restore);
    await elsewhere.close();
    expect(await strapi.db.connection('articles').distinct('title').pluck('title')).toEqual(['new']);
  });
});

test('a link whose other end did not come is left out and counted', async () => {
  const to = strapiDestination(strapi);
  const links = [
    ...labelled('new').links,
    ...withLink({ ...end, ref: 555 }, { type: 'api::category.category', ref: 7 }).links,
  ];
  await stagePush(to, { ...labelled('new'), links }, restoreAll);
  await to.commit();
  expect(to.notices?.()).toEqual([expect.stringContaining('1 links were left out')]);
  await to.close();
  await expectStands('new');
});

describe('a file whose name a row that stays has is not replaced', () => {
  test.each<[string, RestoreOptions]>([
    ['in a push that adds', { ...restoreNothing, assets: true }],
    ['in a push that leaves the rows of files', { ...restoreAll, entities: { exclude: [file] } }],
  ])('%s', async (_, restore) => {
    const pushed = { ...labelled('new'), links: [], configuration: [] };
    await expect(pushByFerry(strapiDestination(strapi), pushed, restore)).rejects.toMatchObject({
      code: 'FILE_STAYS',
      message: expect.stringContaining('same.txt'),
    });
    await expectStands('old');
  });
});

describe('the folder .ferry is input', () => {
  test('a link there is not followed', async () => {
    const elsewhere = join(folder, 'elsewhere');
    await mkdir(elsewhere);
    await nodeFiles.write(join(elsewhere, 'own.txt'), 'own');
    await symlink(elsewhere, join(uploads(), '.ferry'));
    const unsafe = { code: 'UNSAFE_STATE' };
    await expect(putLabel(strapiDestination(strapi), 'new')).rejects.toMatchObject(unsafe);
    await expect(rollForward(strapi)).rejects.toMatchObject(unsafe);
    expect(await readdir(elsewhere)).toEqual(['own.txt']);
    await rm(join(uploads(), '.ferry'));
    await expectStands('old');
  });

  test('what others may write there is not obeyed', async () => {
    await mkdir(join(uploads(), '.ferry'));
    await nodeFiles.write(join(uploads(), '.ferry', 'files.txt'), 'planted\n+same.txt');
    await chmod(join(uploads(), '.ferry'), 0o777);
    await expect(rollForward(strapi)).rejects.toMatchObject({ code: 'UNSAFE_STATE' });
    await rm(join(uploads(), '.ferry'), { recursive: true });
    await expectStands('old');
  });

  test('what is not of a push stays there', async () => {
    await mkdir(join(uploads(), '.ferry', 'id.of.another'), { recursive: true, mode: 0o700 });
    await putLabel(strapiDestination(strapi), 'new');
    expect(await readdir(join(uploads(), '.ferry'))).toEqual(['id.of.another']);
  });

  test('it is its owner’s alone under any umask', async () => {
    const to = strapiDestination(strapi);
    const before = process.umask(0);
    try {
      await to.open();
      expect((await stat(join(uploads(), '.ferry'))).mode & 0o777).toBe(0o700);
    } finally {
      process.umask(before);
      await to.close();
    }
  });
});

test('files of the local provider under the name of its package are replaced, and keep that name', async () => {
  const provider = '@strapi/provider-upload-local';
  const named = viewOf(description, { filename: join(folder, 'data.db'), publicFolder, provider });
  for (const label of ['new', 'other', 'new']) await putLabel(strapiDestination(named), label);
  await named.close();
  await expectStands('new');
  expect(await strapi.db.connection('files').distinct('provider').pluck('provider')).toEqual([provider]);
});

test('a file’s id may be text, and a logo without a name comes without its bytes', async () => {
  const whole = labelled('new');
  const setting = { key: 'core_admin_project-settings', type: 'object' };
  const authLogo = { name: 'a', ext: '.svg', __transferBuffer: 'YQ==' };
  const configuration = whole.configuration.map((row) =>
    row.value['key'] === setting.key
      ? { ...row, value: { ...row.value, value: { ...Object(row.value['value']), authLogo } } }
      : row,
  );
  const assets = whole.assets.map((asset) => ({
    ...asset,
    metadata: { ...asset.metadata, id: String(asset.metadata['id']) },
  }));
  await pushByFerry(strapiDestination(strapi), { ...whole, configuration, assets }, restoreAll);
  await expectStands('new');
  const [row] = await strapi.db.connection('strapi_core_store_settings').where('key', setting.key);
  expect(JSON.parse(row.value).authLogo).toEqual({ name: 'a', ext: '.svg' });
});
