import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { SimulatedClock } from 'xstate';
import type { Clock } from '../../../src/ports/clock.js';
import { realIds } from '../../../src/ports/ids.js';
import { TransferError } from '../../../src/protocol/errors.js';
import type { RestoreOptions } from '../../../src/protocol/messages.js';
import { restoreAll, restoreNothing } from '../../../src/protocol/restore.js';
import { createMemoryStore } from '../../../src/stores/memory.js';
import { schemasOf } from '../../../src/strapi/description.js';
import {
  type StrapiDestinationOptions,
  strapiDestination,
} from '../../../src/strapi/destination/destination.js';
import { readPlan } from '../../../src/strapi/destination/file-plan.js';
import type { HeldFile } from '../../../src/strapi/destination/held-file.js';
import { deleteHeld } from '../../../src/strapi/destination/held-files.js';
import { removeGoing } from '../../../src/strapi/destination/move-files.js';
import { stagedAt, uploadsPlaceOf } from '../../../src/strapi/destination/place.js';
import { keepRollingForward, rollForward } from '../../../src/strapi/destination/roll-forward.js';
import { createPins } from '../../../src/strapi/source/pins.js';
import { strapiSource } from '../../../src/strapi/source/strapi-source.js';
import type { UploadProvider } from '../../../src/strapi/strapi.js';
import { createMemoryFiles, type MemoryFiles } from '../../../src/testing/memory-files.js';
import { createMerge } from '../../../src/transfer/merge/create-merge.js';
import { deferred } from '../../../src/transport/deferred.js';
import { fakeProcesses } from '../../support/stored-label.js';
import { runServer } from '../../support/transfer-servers.js';
import { type Call, folderProvider } from '../support/folder-provider.js';
import {
  filesInRows,
  labelled,
  labelOfRows,
  labelsOfFiles,
  picture,
  putLabel,
  wholeFiles,
  wholeSite,
} from '../support/labelled-push.js';
import { loadStrapi } from '../support/strapi-in-process.js';
import { describeStrapi, type StrapiDescription, type StrapiView, viewOf } from '../support/strapi-view.js';
import { type Pushed, pushByFerry, stageAgain, stagePush } from '../support/strapis-own-providers.js';

const publicFolder = '/site/public';
const uploads = `${publicFolder}/uploads`;
const bucket = '/bucket';
const processes = fakeProcesses();
let folder: string;
let description: StrapiDescription;
let files: MemoryFiles;
let calls: Call[] = [];
/** What the bucket holds before each test, by name. */
let oldHeld: Record<string, string>;
const views: StrapiView[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ferry-provider-'));
  const { strapi, stop } = await loadStrapi({ content: 'none' });
  description = describeStrapi(strapi);
  await strapi.db.connection.raw('VACUUM INTO ?', [join(folder, 'data.db')]);
  await stop();
  files = await emptyDisk();
  await push('old');
  oldHeld = await labelsOfFiles(files, bucket);
  await endAll();
  await copyFile(join(folder, 'data.db'), join(folder, 'old.db'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function emptyDisk(): Promise<MemoryFiles> {
  const disk = createMemoryFiles();
  for (const each of [uploads, bucket]) await disk.makeDirectory(each);
  return disk;
}

beforeEach(async () => {
  await copyFile(join(folder, 'old.db'), join(folder, 'data.db'));
  files = await emptyDisk();
  for (const [name, label] of Object.entries(oldHeld)) await files.write(`${bucket}/${name}`, label);
  calls = [];
});
const endAll = async () => {
  for (const view of views.splice(0)) await view.close();
};
afterEach(endAll);

/** A process of the Strapi, whose provider is changed; `null` has files on its own disk. */
function strapiWith(
  change: ((own: UploadProvider) => UploadProvider) | null = (own) => own,
  before?: (call: Call) => void | Promise<void>,
) {
  const own = folderProvider({
    files,
    folder: bucket,
    async before(call) {
      calls.push(call);
      await before?.(call);
    },
  });
  const elsewhere = change === null ? {} : { provider: 'folder', uploads: change(own) };
  const view = viewOf(description, { filename: join(folder, 'data.db'), publicFolder, ...elsewhere });
  views.push(view);
  return view;
}

const portsOf = () => ({ files, ids: realIds, processes: processes.spawn() });

async function push(
  what: string | Pushed,
  strapi: StrapiView = strapiWith(),
  options: StrapiDestinationOptions = {},
  restore: RestoreOptions = restoreAll,
): Promise<readonly string[]> {
  const to = strapiDestination(strapi, { ...portsOf(), ...options });
  if (typeof what === 'string') await putLabel(to, what, restore);
  else await pushByFerry(to, what, restore);
  return to.notices?.() ?? [];
}

/** Rows and files are of one label, and the bucket holds nothing else. */
async function expectStands(label: string): Promise<void> {
  const strapi = strapiWith();
  expect(await labelOfRows(strapi)).toBe(wholeSite(label));
  const named = (await filesInRows(strapi)).map((name) => [name, label]);
  expect(await labelsOfFiles(files, bucket)).toEqual(Object.fromEntries(named));
  expect(await labelsOfFiles(files, uploads)).toEqual({});
  expect(await notes()).toEqual([]);
}

const notes = () =>
  strapiWith()
    .db.connection('strapi_core_store_settings')
    .where('key', 'like', 'plugin_ferry%')
    .select('key');

async function pictureRow() {
  const [row] = await strapiWith().db.connection('files').where('document_id', 'dawn');
  return { ...row, formats: JSON.parse(row.formats), provider_metadata: JSON.parse(row.provider_metadata) };
}

describe('a merge', () => {
  const file = 'plugin::upload.file';
  const fileOf = (name: string, id: number) => ({
    row: {
      type: file,
      id,
      data: {
        ...{ documentId: name, name: 'new', hash: name, ext: '.txt', mime: 'text/plain', size: 1 },
        ...{ url: `https://other.test/${name}.txt`, provider: 'other', folderPath: '/' },
      },
    },
    asset: {
      filename: `${name}.txt`,
      metadata: { id, hash: name, ext: '.txt' },
      bytes: Buffer.from('new'),
    },
  });

  async function merge(strapi: StrapiView, coming: readonly ReturnType<typeof fileOf>[]): Promise<void> {
    const schemas = schemasOf(strapi);
    const from = createMemoryStore({
      ...{ metadata: null, schemas, links: [], configuration: [] },
      entities: coming.map(({ row }) => row),
      assets: coming.map(({ asset }) => asset),
    });
    const served = await runServer({
      source: () => strapiSource(strapi, { pins: createPins(strapi) }),
      destination: () => strapiDestination(strapi, portsOf()),
    });
    const { admin: to, token: toToken } = served;
    await createMerge({ from: from.source(), to, toToken, onConflict: 'replace' }).done.finally(served.close);
  }
  /** That a file of the site, and one that it lacks, come. */
  const coming = [fileOf('file0', 1), fileOf('added', 2)];
  const rows = () => strapiWith().db.connection('files').orderBy('id');
  const shown = () => strapiWith().db.connection('files_related_mph').orderBy('id');

  test('adds a file under a key of its own, and replaces another under a new one; the rest stays', async () => {
    const [replaced, other] = await rows();
    const links = await shown();
    await merge(strapiWith(), coming);
    const [now, still, added] = await rows();
    expect(now).toMatchObject({
      id: replaced.id,
      name: 'new',
      hash: expect.stringMatching(/^file0_\w{20}$/),
    });
    expect(added).toMatchObject({ name: 'new', hash: expect.stringMatching(/^added_\w{20}$/) });
    for (const { hash, ...row } of [now, added]) {
      expect(row).toMatchObject({ url: `https://bucket.test/${hash}.txt`, provider: 'folder' });
      expect(JSON.parse(row.provider_metadata)).toEqual({ object: `${hash}.txt` });
    }
    expect(still).toEqual(other);
    expect(await shown()).toEqual(links);
    const { [`${replaced.hash}.txt`]: gone, ...staying } = oldHeld;
    expect(gone).toBe('old');
    expect(await labelsOfFiles(files, bucket)).toEqual({
      ...staying,
      ...{ [`${now.hash}.txt`]: 'new', [`${added.hash}.txt`]: 'new' },
    });
    expect(calls.map(({ method }) => method)).toEqual(['upload', 'upload', 'delete']);
    expect(await notes()).toEqual([]);
  });

  test.each(['file0', 'added'])('whose file %s is refused changes nothing', async (name) => {
    const before = await rows();
    const refusing = strapiWith(undefined, (call) => {
      if (call.method === 'upload' && call.name.startsWith(name)) throw new Error('Full');
    });
    await expect(merge(refusing, coming)).rejects.toThrow(/provider folder does not take/);
    expect(await rows()).toEqual(before);
    expect(await labelsOfFiles(files, bucket)).toEqual(oldHeld);
    expect(await notes()).toEqual([]);
  });
});

describe('a push', () => {
  test('brings each file to the provider under a new key, and rows say what it answered', async () => {
    const told: object[] = [];
    const strapi = strapiWith((own) => ({
      ...own,
      uploadStream(file) {
        told.push({ ...file });
        return own.uploadStream?.(file);
      },
    }));
    await push(picture('new'), strapi);
    const { hash, formats, ...row } = await pictureRow();
    const { thumbnail, square } = formats;
    expect(hash).toMatch(/^dawn_0123456789_\w{20}$/);
    expect(thumbnail.hash).toMatch(/^thumbnail_dawn_0123456789_\w{20}$/);
    expect(square.hash).toMatch(/^dawnSquare_\w{20}$/);
    expect(told).toContainEqual({
      ...{ name: 'new', hash, ext: '.png', mime: 'image/png', provider: 'folder' },
      stream: expect.anything(),
    });
    expect(row).toMatchObject({
      ...{ url: `https://bucket.test/${hash}.png`, provider: 'folder' },
      provider_metadata: { object: `${hash}.png` },
    });
    expect(thumbnail).toMatchObject({
      ...{ path: null, provider_metadata: { object: `${thumbnail.hash}.png` } },
      url: `https://bucket.test/${thumbnail.hash}.png`,
    });
    expect(square.url).toBe(`https://bucket.test/${square.hash}.png`);
    const [{ value }] = await strapi.db
      .connection('strapi_core_store_settings')
      .where('key', 'core_admin_project-settings');
    const { menuLogo } = JSON.parse(value);
    expect(menuLogo).toEqual({
      ...{ name: 'logo.svg', hash: expect.stringMatching(/^logo-new_\w{20}$/), ext: '.svg' },
      ...{ width: 1, height: 1, size: 1 },
      ...{ url: `https://bucket.test/${menuLogo.hash}.svg`, provider: 'folder' },
    });
    expect(told).toContainEqual(expect.objectContaining({ hash: menuLogo.hash, mime: 'image/svg+xml' }));
  });

  test('a second time gives each file another key, and leaves none of the old ones', async () => {
    await push(picture('new'));
    const first = await labelsOfFiles(files, bucket);
    calls = [];
    await push(picture('newer'));
    const held = await labelsOfFiles(files, bucket);
    expect(new Set(Object.values(held))).toEqual(new Set(['newer']));
    expect(Object.keys(held)).toHaveLength(6);
    expect(Object.keys(held).filter((name) => name in first)).toEqual([]);
    // Old ones go after the commit alone.
    const last = calls.findLastIndex(({ method }) => method === 'upload');
    expect(calls.slice(0, last).filter(({ method }) => method === 'delete')).toEqual([]);
  });

  test('of what it pulled replaces the end that a push gave', async () => {
    const { hash } = { hash: `same_${'0123456789'.repeat(2)}` };
    const { entities, assets, ...rest } = labelled('new');
    const [same, ...others] = assets;
    await push({
      ...rest,
      entities: entities.map((row) =>
        row.data['hash'] === 'same' ? { ...row, data: { ...row.data, hash } } : row,
      ),
      assets: [{ ...same, filename: `${hash}.txt`, metadata: { ...same?.metadata, hash } }, ...others],
    } as Pushed);
    expect(await filesInRows(strapiWith())).toContainEqual(
      expect.stringMatching(/^same_(?!0123)\w{20}\.txt$/),
    );
    await expectStands('new');
  });

  test.each(['lands', 'fails'])('that %s leaves files of another site with the same bucket', async (how) => {
    const theirs = { 'new-only.txt': 'of another site', 'same.txt': 'of another site' };
    for (const [name, text] of Object.entries(theirs)) await files.write(`${bucket}/${name}`, text);
    const onStep = (step: string) => {
      if (how === 'fails' && step === 'commit') throw new Error('a fault');
    };
    await push('new', strapiWith(), { onStep }).catch(() => {});
    expect(await labelOfRows(strapiWith())).toBe(wholeSite(how === 'lands' ? 'new' : 'old'));
    expect(await labelsOfFiles(files, bucket)).toMatchObject(theirs);
  });

  test('goes to a provider without streams, which has one whole file at a time in memory', async () => {
    let [under, most] = [0, 0];
    const strapi = strapiWith(({ uploadStream, ...own }) => ({
      ...own,
      async upload(file) {
        under += 1;
        most = Math.max(most, under);
        const given = Object.assign(file, { stream: Readable.from([Object(file).buffer]) });
        await uploadStream?.(given);
        under -= 1;
      },
    }));
    await push('new', strapi);
    expect(most).toBe(1);
    await expectStands('new');
  });

  test('that leaves files alone neither uploads nor deletes', async () => {
    const rows = { ...labelled('new'), configuration: [], assets: [] };
    await push(rows, strapiWith(), {}, { ...restoreNothing, entities: {} });
    expect(calls).toEqual([]);
    expect(await labelsOfFiles(files, bucket)).toEqual(oldHeld);
  });

  test('that only adds leaves what is held', async () => {
    const added = { ...labelled('new'), links: [], configuration: [] };
    await push(added, strapiWith(), {}, { ...restoreNothing, assets: true });
    const held = await labelsOfFiles(files, bucket);
    expect(held).toMatchObject(oldHeld);
    expect(Object.keys(held).filter((name) => held[name] === 'new')).toEqual([
      expect.stringMatching(/^new-only_\w{20}\.txt$/),
      expect.stringMatching(/^same_\w{20}\.txt$/),
    ]);
  });
});

describe('a provider that fails', () => {
  test.each([1, 2, 3])('at upload %i leaves rows and files as they were', async (n) => {
    let count = 0;
    const strapi = strapiWith(
      (own) => own,
      ({ method }) => {
        count += method === 'upload' ? 1 : 0;
        if (method === 'upload' && count === n) throw new Error('Access Denied');
      },
    );
    await expect(push('new', strapi)).rejects.toMatchObject({
      code: 'FILE_NOT_UPLOADED',
      message: expect.stringContaining('Access Denied'),
    });
    await expectStands('old');
    expect(strapi.warnings).toEqual([]);
  });

  test('at a database that fails takes back what it was given', async () => {
    const onStep = (step: string) => {
      if (step === 'commit') throw new Error('a fault');
    };
    await expect(push('new', strapiWith(), { onStep })).rejects.toThrow('a fault');
    expect(calls.filter(({ method }) => method === 'delete')).toHaveLength(3);
    await expectStands('old');
  });

  test('to delete old files is told of, and the push stands', async () => {
    const strapi = strapiWith(
      (own) => own,
      ({ method, name }) => {
        if (method === 'delete' && name.startsWith('same')) throw new Error('Access Denied');
      },
    );
    const notices = await push('new', strapi);
    expect(notices).toEqual([expect.stringMatching(/could not delete same_\w{20}\.txt: delete/)]);
    expect(strapi.warnings).toContainEqual(expect.stringContaining('Access Denied'));
    const left = Object.keys(oldHeld).find((name) => name.startsWith('same'));
    expect(await labelsOfFiles(files, bucket)).toMatchObject({ [String(left)]: 'old' });
    await files.remove(`${bucket}/${left}`);
    await expectStands('new');
  });

  test('to take files back is told of in the log, and rows stay as they were', async () => {
    const strapi = strapiWith(
      (own) => own,
      ({ method, name }) => {
        if (method === 'delete') throw new Error('Access Denied');
        if (name.startsWith('logo')) throw new Error('Full');
      },
    );
    await expect(push('new', strapi)).rejects.toMatchObject({ code: 'FILE_NOT_UPLOADED' });
    expect(strapi.warnings).toEqual([
      expect.stringContaining('Access Denied'),
      expect.stringContaining('could not delete'),
    ]);
    expect(await labelOfRows(strapi)).toBe(wholeSite('old'));
    expect(await labelsOfFiles(files, bucket)).toMatchObject(oldHeld);
    // It is not tried for ever.
    await rollForward(strapi, portsOf());
    expect(strapi.warnings).toHaveLength(2);
  });

  test('to answer is given up after five minutes', async () => {
    const clock = new SimulatedClock();
    const asked: string[] = [];
    const never = new Promise<void>(() => {});
    const hanging = deferred<void>();
    const strapi = strapiWith(
      (own) => own,
      ({ method, name }) => {
        if (method !== 'upload' || !name.startsWith('same')) return;
        asked.push(name);
        hanging.resolve();
        return never;
      },
    );
    const failed = expect(push('new', strapi, { clock })).rejects.toMatchObject({
      code: 'FILE_NOT_UPLOADED',
      message: expect.stringContaining('5 minutes'),
    });
    await hanging.promise;
    clock.increment(299_999);
    clock.increment(1);
    await failed;
    expect(asked).toHaveLength(1);
    await expectStands('old');
  });

  test('to answer when it has to delete is given up for all files after five minutes', async () => {
    const clock = new SimulatedClock();
    const hanging = deferred<void>();
    const strapi = strapiWith(
      (own) => own,
      () => {
        if (calls.length === 8) hanging.resolve();
        return new Promise<void>(() => {});
      },
    );
    const told = (await leftBehind(strapi, clock)).delete(heldFiles(30));
    await hanging.promise;
    clock.increment(300_000);
    expect(await told).toEqual([expect.stringContaining('and 25 other files')]);
    expect(calls).toHaveLength(8);
  });

  test('to say where a file lies', async () => {
    const strapi = strapiWith((own) => ({
      ...own,
      uploadStream: async (file) => void (await buffer(Object(file).stream)),
    }));
    await expect(push('new', strapi)).rejects.toMatchObject({
      code: 'FILE_NOT_UPLOADED',
      message: expect.stringContaining('no address'),
    });
    await expectStands('old');
  });
});

const heldFiles = (count: number) =>
  Array.from({ length: count }, (_, at) => ({ hash: `file${at}`, ext: '.txt', provider: 'folder' }));

/** What a push that was killed after its commit has left to do. */
async function leftBehind(strapi: StrapiView, clock: Clock = new SimulatedClock()) {
  const place = uploadsPlaceOf(strapi, { ...portsOf(), clock });
  const plan = { id: 'killed', early: [], late: [], made: [], isOver: false };
  await files.makeDirectory(stagedAt(place, plan.id));
  return {
    delete: (held: readonly HeldFile[]) => deleteHeld(strapi, place, plan, held),
    remove: (names: readonly string[]) => removeGoing(strapi, place, plan, names),
  };
}

test.each<readonly [string, () => StrapiView]>([
  [
    'cannot be deleted',
    () =>
      strapiWith(
        (own) => own,
        () => Promise.reject(new Error('Access Denied')),
      ),
  ],
  ['lie with a provider that this Strapi had before', () => strapiWith(null)],
])('of many files that %s the notice names five, and the log all', async (_, strapiOf) => {
  const strapi = strapiOf();
  const held = heldFiles(230);
  const [notice, ...more] = await (await leftBehind(strapi)).delete(held);
  expect(more).toEqual([]);
  expect(notice).toMatch(/file0.txt, file1.txt, file2.txt, file3.txt, file4.txt and 225 other files/);
  const named = strapi.warnings.join(' ').match(/file\d+\.txt/g);
  expect(named?.sort()).toEqual(held.map(({ hash }) => `${hash}.txt`).sort());
  for (const line of strapi.warnings) expect(line.length).toBeLessThan(2000);
});

const thumbnail = { hash: 'thumbnail_dawn', ext: '.txt' };
const written: readonly (readonly [string, string, object])[] = [
  ['a file', 'dawn', { hash: 'dawn' }],
  ['a format', thumbnail.hash, { hash: 'dawn', formats: JSON.stringify({ thumbnail }) }],
];
const homes = { disk: { provider: 'local', lies: uploads }, bucket: { provider: 'folder', lies: bucket } };

describe.each(['disk', 'bucket'] as const)('of the many files that go from the %s', (home) => {
  test.each(written)('%s stays that an editor’s row names by the time it would go', async (_, kept, row) => {
    const { provider, lies } = homes[home];
    const held = [...heldFiles(150), { hash: kept, ext: '.txt', provider }, ...heldFiles(200).slice(150)];
    const names = held.map(({ hash }) => `${hash}.txt`);
    let isWritten = false;
    const write = async () => {
      if (isWritten) return;
      isWritten = true;
      await strapi.db.connection('files').insert({ document_id: 'own', ext: '.txt', provider, ...row });
    };
    const strapi = home === 'disk' ? strapiWith(null) : strapiWith((own) => own, write);
    for (const name of names) await files.write(`${lies}/${name}`, 'old');
    const left = await leftBehind(strapi);
    const { remove } = files;
    files.remove = async (path) => {
      await write();
      return remove(path);
    };
    await (home === 'disk' ? left.remove(names) : left.delete(held));
    const lying = Object.keys(await labelsOfFiles(files, lies));
    expect(lying.filter((name) => names.includes(name))).toEqual([`${kept}.txt`]);
  });
});

interface Ending {
  readonly strapi: StrapiView;
  readonly signal: AbortSignal;
  /** Of this process. */
  readonly ports: ReturnType<typeof portsOf> & { readonly clock: Clock };
}

/** Where a Strapi settles a push that is not committed: each begins to, and resolves once that has ended. */
const settling: Readonly<Record<string, (ending: Ending) => Promise<unknown>>> = {
  async 'its start'({ strapi, signal, ports }) {
    await keepRollingForward(strapi, { ...ports, signal });
  },
  async 'a push’s init'({ strapi, signal, ports }) {
    const to = strapiDestination(strapi, { ...ports, signal });
    await expect(to.open()).rejects.toMatchObject({ code: 'ABORTED' });
    await to.close();
  },
  async 'a push’s beforeTransfer'({ strapi, signal, ports }) {
    const place = uploadsPlaceOf(strapi, ports);
    const plan = await readPlan(place);
    const to = strapiDestination(strapi, { ...ports, signal });
    // Of an earlier push of this process, which could not be settled then.
    await files.rename(place.plan, `${place.plan}.later`);
    await to.open();
    await files.rename(`${place.plan}.later`, place.plan);
    await files.makeDirectory(stagedAt(place, String(plan?.id)));
    await expect(stageAgain(to, labelled('new'), restoreAll)).rejects.toMatchObject({ code: 'ABORTED' });
    await to.close();
  },
  async 'the rollback of a push'({ strapi, signal, ports }) {
    await rollForward(strapiWith(), portsOf());
    let rolledBack: Promise<void> = Promise.resolve();
    const onStep = (step: string) => {
      if (step === 'lock') rolledBack = expect(to.rollback()).rejects.toMatchObject({ code: 'ABORTED' });
    };
    const to = strapiDestination(strapi, { ...ports, signal, onStep });
    await stagePush(to, labelled('new'), restoreAll);
    await expect(to.commit()).rejects.toMatchObject({ code: 'ABORTED' });
    await rolledBack;
    await to.close();
  },
};

test.each(Object.entries(settling))(
  'a Strapi that ends does not wait for a provider that hangs: at %s',
  async (_, settles) => {
    await killedPush();
    const hanging = deferred<void>();
    const strapi = strapiWith(
      (own) => own,
      ({ method }) => {
        if (method === 'upload') return;
        hanging.resolve();
        return new Promise<void>(() => {});
      },
    );
    const ending = new AbortController();
    const ports = { ...portsOf(), clock: new SimulatedClock() };
    const settled = settles({ strapi, signal: ending.signal, ports });
    await Promise.race([hanging.promise, settled]);
    ending.abort(new TransferError('ABORTED', { because: 'this Strapi ends' }));
    await settled;
    expect(strapi.warnings).toEqual([]);
    ports.processes.kill();
    // What is left is done at the next start.
    await rollForward(strapiWith(), portsOf());
    await expectStands('old');
  },
);

/** Its new files are with the provider, and its rows are not committed. */
async function killedPush(): Promise<void> {
  const ports = portsOf();
  const to = strapiDestination(strapiWith(), {
    ...ports,
    onStep: (step) => {
      if (step === 'lock') files.failAfter(0);
    },
  });
  await stagePush(to, labelled('new'), restoreAll);
  await expect(to.commit()).rejects.toThrow();
  ports.processes.kill();
  files = files.reopen('kill');
}

describe('a Strapi whose provider is changed', () => {
  test('from its disk leaves the files there, and says so', async () => {
    await push('old', strapiWith(null));
    const notices = await push('new');
    expect(notices).toEqual([
      expect.stringContaining('3 files of rows that went stay with the upload provider local'),
    ]);
    expect(await labelsOfFiles(files, uploads)).toEqual(wholeFiles('old'));
  });

  test('to its disk leaves the files in the bucket, and says so', async () => {
    const strapi = strapiWith(null);
    const notices = await push('new', strapi);
    expect(notices).toEqual([
      expect.stringContaining('3 files of rows that went stay with the upload provider folder'),
    ]);
    expect(await labelsOfFiles(files, uploads)).toEqual(wholeFiles('new'));
    expect(await labelsOfFiles(files, bucket)).toEqual(oldHeld);
    expect(calls).toEqual([]);
  });

  test('after a kill says which new files are left in the bucket', async () => {
    await killedPush();
    const moved = strapiWith(null);
    await rollForward(moved, portsOf());
    expect(moved.warnings).toEqual([
      expect.stringMatching(/new-only_\w{20}\.txt.* can no longer be deleted/),
    ]);
    expect(await labelOfRows(moved)).toBe(wholeSite('old'));
  });
});

test('what lies in .ferry and is no file of a provider is passed over', async () => {
  await files.makeDirectory(`${uploads}/.ferry`);
  const same = Object.keys(oldHeld).find((name) => name.startsWith('same'));
  const lines = [
    'planted',
    '*{',
    '*null',
    '*{"hash":1}',
    '*{"hash":"x"}',
    `*{"hash":"${same?.slice(0, -4)}","ext":".txt","provider":"folder"}`,
  ];
  await files.write(`${uploads}/.ferry/files.txt`, lines.join('\n'));
  await rollForward(strapiWith(), portsOf());
  // A row names it.
  expect(calls).toEqual([]);
  await expectStands('old');
});
