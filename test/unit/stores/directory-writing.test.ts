import { describe, expect, test } from 'vitest';
import { createDirectoryDestination, createDirectorySource } from '../../../src/stores/index.js';
import { createMemoryFiles, type MemoryFiles } from '../../../src/testing/memory-files.js';
import { countingIds, fakeProcesses, labelIn, putLabel, writeLabel } from '../../support/stored-label.js';

const path = '/data/content';
const text = async (files: MemoryFiles, name: string) =>
  new TextDecoder().decode(await files.read(`${path}/${name}`));

function destinationOn(files: MemoryFiles, force = true) {
  return createDirectoryDestination({ path, files, force, date: () => new Date(0) });
}

async function emptyPush(files: MemoryFiles): Promise<void> {
  const to = destinationOn(files);
  await to.open();
  await to.prepare({ steps: [], metadata: null, schemas: null });
  await to.commit();
  await to.close();
}

describe('a folder that is written', () => {
  test('has the layout of an export of Strapi, and nothing beside it', async () => {
    const files = createMemoryFiles();
    await putLabel(destinationOn(files), 'one');
    expect(await files.list('/data')).toEqual(['content']);
    expect((await files.list(path))?.toSorted()).toEqual(['assets', 'entities', 'metadata.json', 'schemas']);
    expect(await text(files, 'metadata.json')).toBe('{\n  "createdAt": "one"\n}');
    expect(await text(files, 'schemas/schemas_00001.jsonl')).toBe('{"uid":"one"}\n');
    expect(await text(files, 'entities/entities_00001.jsonl')).toBe('{"type":"one","id":1,"data":{}}\n');
    expect(await text(files, 'assets/uploads/same-name.txt')).toBe('one');
    expect(await text(files, 'assets/metadata/same-name.txt.json')).toBe('{"label":"one"}');
  });

  test('has metadata even where neither the source nor the old content gives any', async () => {
    const files = createMemoryFiles();
    await emptyPush(files);
    expect(JSON.parse(await text(files, 'metadata.json'))).toEqual({ createdAt: '1970-01-01T00:00:00.000Z' });
  });

  test('is cut into files of a stage that sort in their order', async () => {
    const files = createMemoryFiles();
    const to = createDirectoryDestination({ path, files, maxLineFile: 100 });
    await to.open();
    await to.prepare({ steps: ['entities'], metadata: {}, schemas: null });
    const rows = Array.from({ length: 25 }, (_, id) => ({ type: 'api::a.a', id, data: { x: 1 } }));
    const writer = await to.rowWriter('entities');
    await writer.write(rows);
    await writer.end();
    await to.commit();
    await to.close();
    expect(await files.list(`${path}/entities`)).toHaveLength(13);
    const source = createDirectorySource({ path, files });
    await source.open();
    const found: unknown[] = [];
    for await (const batch of source.rows('entities')) found.push(...batch);
    expect(found).toEqual(rows);
  });
});

describe('a destination', () => {
  test('refuses a folder that is not empty, unless forced', async () => {
    const files = createMemoryFiles();
    await putLabel(destinationOn(files), 'one');
    await expect(destinationOn(files, false).open()).rejects.toMatchObject({ code: 'NOT_EMPTY' });
    expect(await files.list('/data')).toEqual(['content']);
    await putLabel(destinationOn(files), 'two');
    expect(await labelIn(createDirectorySource({ path, files }))).toBe('two');
  });

  test('takes an empty folder, and one that does not exist, with its parents', async () => {
    for (const folder of ['/data/content', '/data', '/']) {
      const files = createMemoryFiles();
      await files.makeDirectory(folder);
      await putLabel(destinationOn(files, false), 'one');
      expect(await labelIn(createDirectorySource({ path, files }))).toBe('one');
    }
  });

  test('refuses the path of a file, forced too', async () => {
    const files = createMemoryFiles();
    await files.makeDirectory('/data');
    await files.write(path, 'x');
    await expect(destinationOn(files).open()).rejects.toMatchObject({
      code: 'STORE_FAILED',
      details: { reason: expect.stringContaining('a file stands there') },
    });
  });

  test('leaves no trace of a transfer that was rolled back into nothing', async () => {
    const files = createMemoryFiles();
    const to = destinationOn(files);
    await to.open();
    await writeLabel(to, 'one');
    await to.rollback();
    await to.close();
    expect(await files.list('/data')).toBeUndefined();
  });

  test('refuses to commit while a stage is being written', async () => {
    const files = createMemoryFiles();
    const to = destinationOn(files);
    await to.open();
    await to.prepare({ steps: ['links'], metadata: {}, schemas: null });
    await to.rowWriter('links');
    await expect(to.commit()).rejects.toMatchObject({ code: 'STORE_FAILED' });
    await to.close();
    expect(await files.list('/data')).toBeUndefined();
  });

  test.each([
    ['the whole draft', (draft: string) => draft],
    ['a stage of it', (draft: string) => `${draft}/entities`],
    ['its metadata', (draft: string) => `${draft}/metadata.json`],
  ])('does not commit what somebody took away meanwhile: %s', async (_, taken) => {
    const files = createMemoryFiles();
    await putLabel(destinationOn(files), 'old');
    const to = createDirectoryDestination({ path, files, force: true });
    await to.open();
    await writeLabel(to, 'new');
    const [draft] = (await files.list(`${path}.ferry/versions`)) ?? [];
    await files.remove(taken(`${path}.ferry/versions/${draft}`));
    await expect(to.commit()).rejects.toMatchObject({
      code: 'STORE_FAILED',
      message: expect.stringContaining('was taken away while it was written'),
    });
    await to.close();
    expect(await labelIn(createDirectorySource({ path, files }))).toBe('old');
    expect(await files.list('/data')).toEqual(['content']);
  });

  test('says that the disk is full, keeps the old content and gives the room back', async () => {
    const files = createMemoryFiles({ capacity: 400 });
    await putLabel(destinationOn(files), 'one');
    const used = files.used();
    const to = destinationOn(files);
    await to.open();
    await to.prepare({ steps: ['assets'], metadata: {}, schemas: null });
    const assets = await to.assetWriter();
    const asset = {
      filename: 'big.bin',
      size: 500,
      metadata: {},
      async *stream() {
        for (let n = 0; n < 5; n += 1) yield new Uint8Array(100);
      },
    };
    await expect(assets.write(asset)).rejects.toMatchObject({ code: 'NO_SPACE', cause: { code: 'ENOSPC' } });
    await to.close();
    expect(files.used()).toBe(used);
    expect(await labelIn(createDirectorySource({ path, files }))).toBe('one');
  });

  test('leaves nothing beside the folder where the disk is full just before the commit', async () => {
    const measured = createMemoryFiles();
    await putLabel(destinationOn(measured), 'one');
    // Room for both versions, and none for the marker of the commit.
    const files = createMemoryFiles({ capacity: 2 * measured.used() });
    await putLabel(destinationOn(files), 'one');
    await expect(putLabel(destinationOn(files), 'two')).rejects.toMatchObject({ code: 'NO_SPACE' });
    expect(await files.list('/data')).toEqual(['content']);
    expect(await labelIn(createDirectorySource({ path, files }))).toBe('one');
  });

  test('tells a person why the system refused, and keeps the cause', async () => {
    const files = createMemoryFiles();
    const to = destinationOn(files);
    await to.open();
    files.failOnce(0, 'EACCES');
    await expect(to.prepare({ steps: [], metadata: {}, schemas: null })).rejects.toMatchObject({
      code: 'STORE_FAILED',
      message: `${path} cannot be used: permission denied; check who may read and write there. Nothing in it was changed.`,
      cause: { code: 'EACCES' },
    });
    await to.close();
  });

  test('takes over from a writer whose process is gone, and removes what it had written', async () => {
    const files = createMemoryFiles();
    const processes = fakeProcesses();
    const first = processes.spawn();
    const options = { path, files, force: true, ids: countingIds() };
    const dead = createDirectoryDestination({ ...options, processes: first });
    await dead.open();
    await writeLabel(dead, 'one');
    const to = createDirectoryDestination({ ...options, processes: processes.spawn() });
    await expect(to.open()).rejects.toMatchObject({ code: 'STORE_IN_USE', details: { pid: '1' } });
    first.kill();
    await to.open();
    expect(await files.list(`${path}.ferry/versions`)).toEqual([]);
    await to.close();
    expect(await files.list('/data')).toEqual([]);
  });

  test('leaves alone what somebody else put in the folder after a commit was killed', async () => {
    const files = createMemoryFiles();
    const processes = fakeProcesses();
    const options = { path, files, force: true, ids: countingIds() };
    const first = processes.spawn();
    const dead = createDirectoryDestination({ ...options, processes: first });
    await dead.open();
    await writeLabel(dead, 'one');
    // Killed when the marker is written, before the version is in place.
    const killed = { ...dead };
    const rename = files.rename;
    files.rename = (from, to) => (to === path ? Promise.reject(new Error('killed')) : rename(from, to));
    files.remove = () => Promise.reject(new Error('killed'));
    await expect(killed.commit()).rejects.toThrow();
    first.kill();
    const disk = files.reopen('kill');
    expect(await disk.stat(`${path}.ferry/commit.json`)).toBeDefined();
    await disk.makeDirectory(path);
    await disk.write(`${path}/metadata.json`, '{"createdAt":"theirs"}');
    const source = createDirectorySource({ ...options, files: disk, processes: processes.spawn() });
    await source.open();
    expect(await source.metadata()).toEqual({ createdAt: 'theirs' });
    await source.close();
    expect(await disk.list('/data')).toEqual(['content']);
  });
});

describe('a pinned version', () => {
  test('is kept while somebody reads it, and removed with the last of them', async () => {
    const files = createMemoryFiles();
    await putLabel(destinationOn(files), 'one');
    const readers = [createDirectorySource({ path, files }), createDirectorySource({ path, files })];
    for (const reader of readers) await reader.open();
    await putLabel(destinationOn(files), 'two');
    expect(await files.list(`${path}.ferry/versions`)).toHaveLength(1);
    for (const reader of readers) {
      expect(await reader.metadata()).toEqual({ createdAt: 'one' });
      await reader.close();
    }
    expect(await files.list('/data')).toEqual(['content']);
  });

  test('does not outlive its reader that was killed', async () => {
    const files = createMemoryFiles();
    const processes = fakeProcesses();
    const reading = processes.spawn();
    const options = { path, files, ids: countingIds() };
    const others = { ...options, processes: processes.spawn() };
    await putLabel(createDirectoryDestination(others), 'one');
    await createDirectorySource({ ...options, processes: reading }).open();
    await putLabel(createDirectoryDestination({ ...others, force: true }), 'two');
    reading.kill();
    expect(await labelIn(createDirectorySource(others))).toBe('two');
    expect(await files.list('/data')).toEqual(['content']);
  });

  test('is the one that stands there once the pin is made, whatever was committed in between', async () => {
    const files = createMemoryFiles();
    await putLabel(destinationOn(files), 'old');
    let commits = 0;
    const disk: MemoryFiles = {
      ...files,
      async write(name, content, options) {
        if (name.startsWith(`${path}.ferry/pins/`) && commits++ === 0)
          await putLabel(destinationOn(files), 'new');
        await files.write(name, content, options);
      },
    };
    const source = createDirectorySource({ path, files: disk });
    await source.open();
    await putLabel(destinationOn(files), 'newer');
    expect(await labelIn({ ...source, open: async () => {} })).toBe('new');
    expect(await files.list('/data')).toEqual(['content']);
  });

  test('that is let go in the middle of a commit is still there if that commit is taken back', async () => {
    const files = createMemoryFiles();
    await putLabel(destinationOn(files), 'old');
    const source = createDirectorySource({ path, files });
    await source.open();
    let failures = 0;
    const disk: MemoryFiles = {
      ...files,
      async rename(from, to) {
        if (to === path && failures++ === 0) {
          await source.close();
          throw Object.assign(new Error('busy'), { code: 'EBUSY' });
        }
        await files.rename(from, to);
      },
    };
    await expect(putLabel(destinationOn(disk), 'new')).rejects.toMatchObject({ code: 'STORE_FAILED' });
    expect(await labelIn(createDirectorySource({ path, files }))).toBe('old');
    expect(await files.list('/data')).toEqual(['content']);
  });
});
