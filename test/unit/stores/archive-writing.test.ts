import { describe, expect, test } from 'vitest';
import type { Asset } from '../../../src/protocol/content.js';
import {
  createArchiveDestination,
  createArchiveSource,
  type TransferDestination,
} from '../../../src/stores/index.js';
import { createMemoryFiles, type MemoryFiles } from '../../../src/testing/memory-files.js';
import { seededRandom } from '../../../src/testing/seeded.js';
import {
  contentOf,
  entity,
  entriesIn,
  type Format,
  formats,
  keyOf,
  lines,
  put,
} from '../../support/archive-files.js';
import { countingIds, fakeProcesses, labelIn, putLabel } from '../../support/stored-label.js';

const pathOf = (format: Format) => `/data/x.${format}`;

function destinationOn(
  files: MemoryFiles,
  format: Format = 'tar',
  more: object = { force: true },
): TransferDestination {
  const date = () => new Date(0);
  return createArchiveDestination({
    path: pathOf(format),
    files,
    ageWorkFactor: 4,
    date,
    ...keyOf(format),
    ...more,
  });
}

const entriesOf = async (files: MemoryFiles, format: Format = 'tar') =>
  entriesIn(format, await files.read(pathOf(format)));

function asset(filename: string, content: string, size: number | null = Buffer.byteLength(content)): Asset {
  return {
    filename,
    size,
    metadata: { of: filename },
    async *stream() {
      yield Buffer.from(content);
    },
  };
}

async function prepared(to: TransferDestination): Promise<TransferDestination> {
  await to.open();
  await to.prepare({ steps: ['entities', 'assets'], metadata: {}, schemas: null });
  return to;
}

async function putAssets(to: TransferDestination, ...assets: readonly Asset[]): Promise<void> {
  const writer = await (await prepared(to)).assetWriter();
  for (const each of assets) await writer.write(each);
  await writer.end();
  await to.commit();
  await to.close();
}

describe.each(formats)('an archive x.%s that is written', (format) => {
  test('has the layout and order of an export of Strapi, and nothing beside it', async () => {
    const files = createMemoryFiles();
    await putLabel(destinationOn(files, format), 'one');
    expect(await files.list('/data')).toEqual([`x.${format}`]);
    expect(await entriesOf(files, format)).toEqual([
      ['schemas/schemas_00001.jsonl', '{"uid":"one"}\n'],
      ['entities/entities_00001.jsonl', '{"type":"one","id":1,"data":{}}\n'],
      ['assets/metadata/same-name.txt.json', '{"label":"one"}'],
      ['assets/uploads/same-name.txt', 'one'],
      ['metadata.json', '{\n  "createdAt": "one"\n}'],
    ]);
  });

  test('tells nothing of its password and nothing of its content where it is encrypted', async () => {
    const files = createMemoryFiles();
    await putAssets(destinationOn(files, format), asset('a.txt', 'plain for all to see'.repeat(1000)));
    const text = Buffer.from(await files.read(pathOf(format))).toString('latin1');
    expect(text).not.toContain('correct horse');
    expect(text.includes('plain for all to see')).toBe(format === 'tar');
  });

  test('is not seen where its commit is cut off for want of space, and what stood there stays', async () => {
    const files = createMemoryFiles({ capacity: 100_000 });
    await putLabel(destinationOn(files, format), 'old');
    const random = seededRandom(1);
    const noise = Array.from({ length: 200_000 }, () => String.fromCharCode(33 + random() * 89)).join('');
    const to = await prepared(destinationOn(files, format));
    const failed = (async () => {
      const writer = await to.assetWriter();
      for (let number = 0; number < 20; number += 1)
        await writer.write(asset(`${number}.txt`, noise + number));
      await writer.end();
      await to.commit();
    })();
    await expect(failed).rejects.toMatchObject({ code: 'NO_SPACE', details: { path: pathOf(format) } });
    await to.close();
    expect(await files.list('/data')).toEqual([`x.${format}`]);
    const source = createArchiveSource({ path: pathOf(format), files, ...keyOf(format) });
    expect(await labelIn(source)).toBe('old');
  });
});

describe('an archive that is written', () => {
  test('is cut into entries of a stage, each as long as its bytes', async () => {
    const files = createMemoryFiles();
    const to = await prepared(destinationOn(files, 'tar', { maxLineFile: 500_000 }));
    const rows = Array.from({ length: 15 }, (_, id) => entity(id, 'ğ😀'.repeat(20_000)));
    const writer = await to.rowWriter('entities');
    for (const row of rows) await writer.write([row]);
    await writer.end();
    await to.commit();
    await to.close();
    const found = (await entriesOf(files)).slice(0, -1);
    expect(found.length).toBeGreaterThan(2);
    expect(found.map(([name]) => name)).toEqual(
      found.map((_, index) => `entities/entities_${String(index + 1).padStart(5, '0')}.jsonl`),
    );
    expect(found.map(([, text]) => text).join('')).toBe(lines(...rows));
    for (const [, text] of found.slice(0, -1)) {
      expect(Buffer.byteLength(text)).toBeGreaterThanOrEqual(500_000);
      expect(Buffer.byteLength(text)).toBeLessThan(900_000);
    }
  });

  test('takes an asset whose size nobody knows, and leaves nothing of it beside', async () => {
    const files = createMemoryFiles();
    await putAssets(destinationOn(files), asset('a.txt', 'known'), asset('b.txt', 'unknown', null));
    expect(await files.list('/data')).toEqual(['x.tar']);
    expect((await entriesOf(files)).slice(0, -1)).toEqual([
      ['assets/metadata/a.txt.json', '{"of":"a.txt"}'],
      ['assets/uploads/a.txt', 'known'],
      ['assets/metadata/b.txt.json', '{"of":"b.txt"}'],
      ['assets/uploads/b.txt', 'unknown'],
    ]);
  });

  test('keeps an asset that it had to put aside no longer than it takes to write it', async () => {
    const files = createMemoryFiles();
    const to = await prepared(destinationOn(files));
    const writer = await to.assetWriter();
    await writer.write(asset('a.txt', 'unknown', null));
    expect(await files.list('/data/x.tar.ferry/versions')).toHaveLength(1);
    await to.close();
  });

  test.each(formats)('holds the last of several assets with one name alone: x.%s', async (format) => {
    const files = createMemoryFiles();
    const twice = [
      asset('a.txt', 'first'),
      asset('b.txt', 'other'),
      asset('a.txt', 'second'),
      asset('a.txt', 'third'),
    ];
    await putAssets(destinationOn(files, format), ...twice);
    expect((await entriesOf(files, format)).map(([, text]) => text)).toEqual([
      '{"of":"b.txt"}',
      'other',
      '{"of":"a.txt"}',
      'third',
      '{}',
    ]);
    expect(await files.list('/data')).toEqual([`x.${format}`]);
  });

  test('has metadata even where neither the source nor the old archive gives any', async () => {
    const files = createMemoryFiles();
    await put(files, '/data/x.tar', Buffer.from('no archive at all'));
    const to = destinationOn(files);
    await to.open();
    expect(await to.metadata()).toBeNull();
    await to.prepare({ steps: [], metadata: null, schemas: null });
    await to.commit();
    await to.close();
    expect(await entriesOf(files)).toEqual([
      ['metadata.json', '{\n  "createdAt": "1970-01-01T00:00:00.000Z"\n}'],
    ]);
  });

  test('replaces one that another key opens, without what that one held', async () => {
    const files = createMemoryFiles();
    await putLabel(destinationOn(files, 'tar.gz.enc', { key: 'another key' }), 'old');
    const to = destinationOn(files, 'tar.gz.enc');
    await to.open();
    expect(await to.schemas()).toBeNull();
    await to.close();
    await putLabel(destinationOn(files, 'tar.gz.enc'), 'new');
    expect((await entriesOf(files, 'tar.gz.enc')).at(-1)).toEqual([
      'metadata.json',
      '{\n  "createdAt": "new"\n}',
    ]);
  });

  test('cannot be gone on with after an asset that was cut', async () => {
    const files = createMemoryFiles();
    const to = await prepared(destinationOn(files));
    const writer = await to.assetWriter();
    await expect(writer.write(asset('a.txt', 'short', 100))).rejects.toMatchObject({
      code: 'ASSET_SIZE_MISMATCH',
      details: { filename: 'a.txt', actual: 5, expected: 100 },
    });
    await expect(writer.write(asset('b.txt', 'b'))).rejects.toMatchObject({ code: 'ASSET_SIZE_MISMATCH' });
    await writer.end();
    await expect(to.commit()).rejects.toMatchObject({ code: 'ASSET_SIZE_MISMATCH' });
    await to.close();
    expect(await files.list('/data')).toBeUndefined();
  });

  test('is not committed where a stage was not written to its end', async () => {
    const files = createMemoryFiles();
    const to = await prepared(destinationOn(files));
    await to.rowWriter('links');
    await expect(to.commit()).rejects.toMatchObject({
      code: 'STORE_FAILED',
      details: { reason: 'its links were not written to their end' },
    });
    await to.close();
    expect(await files.list('/data')).toBeUndefined();
  });
});

describe('a destination', () => {
  test('is refused where a file stands and nobody said to replace it, whatever it holds', async () => {
    const files = createMemoryFiles();
    await put(files, '/data/x.tar', Buffer.from('x'));
    const before = files.operations();
    await expect(destinationOn(files, 'tar', {}).open()).rejects.toMatchObject({ code: 'NOT_EMPTY' });
    expect(files.operations() - before).toBeLessThan(4);
    expect(Buffer.from(await files.read('/data/x.tar')).toString()).toBe('x');
  });

  test('is refused where a folder stands, even by force', async () => {
    const files = createMemoryFiles();
    await files.makeDirectory('/data/x.tar');
    await expect(destinationOn(files).open()).rejects.toMatchObject({ code: 'STORE_FAILED' });
  });

  test.each<[string, object, string]>([
    ['/data/x.zip', {}, 'INVALID_OPTION'],
    ['/data/x.tar', { key: 'k' }, 'INVALID_OPTION'],
    ['/data/x.tar.gz', { key: '' }, 'INVALID_OPTION'],
    ['/data/x.tar.enc', {}, 'MISSING_KEY'],
    ['/data/x.tar.age', { key: '' }, 'MISSING_KEY'],
  ])('%s with %j is refused with %s', async (path, more, code) => {
    const files = createMemoryFiles();
    await expect(createArchiveDestination({ path, files, ...more }).open()).rejects.toMatchObject({ code });
    expect(files.operations()).toBe(0);
  });

  test('is refused while another process writes, and free once that is gone', async () => {
    const files = createMemoryFiles();
    const processes = fakeProcesses();
    const first = processes.spawn();
    const writer = await prepared(destinationOn(files, 'tar', { processes: first, ids: countingIds() }));
    const next = { processes: processes.spawn(), ids: countingIds() };
    await expect(destinationOn(files, 'tar', next).open()).rejects.toMatchObject({ code: 'STORE_IN_USE' });
    first.kill();
    await putLabel(destinationOn(files, 'tar', next), 'next');
    expect(await files.list('/data')).toEqual(['x.tar']);
    await writer.close();
  });

  test.each([null, 1000])(
    'that is rolled back while an asset of size %s comes leaves nothing',
    async (size) => {
      const files = createMemoryFiles();
      const to = await prepared(destinationOn(files));
      const writer = await to.assetWriter();
      let go = () => {};
      const started = new Promise<void>((resolve) => {
        go = resolve;
      });
      let release = () => {};
      const writing = writer.write({
        ...asset('a.txt', '', size),
        async *stream() {
          yield Buffer.from('x');
          go();
          await new Promise<void>((resolve) => {
            release = resolve;
          });
          yield Buffer.from('y');
        },
      });
      const outcome = expect(writing).rejects.toMatchObject({ code: 'ABORTED' });
      await started;
      await to.rollback();
      release();
      await outcome;
      await to.close();
      expect(await files.list('/data')).toBeUndefined();
    },
  );

  test('may be the very archive that is read', async () => {
    const files = createMemoryFiles();
    await putLabel(destinationOn(files, 'tar.gz'), 'one');
    const from = createArchiveSource({ path: pathOf('tar.gz'), files });
    await from.open();
    const to = await prepared(destinationOn(files, 'tar.gz'));
    const writer = await to.assetWriter();
    for await (const each of from.assets()) await writer.write(each);
    await writer.end();
    await to.commit();
    await to.close();
    await from.close();
    const { assets } = await contentOf(createArchiveSource({ path: pathOf('tar.gz'), files }));
    expect(assets).toHaveLength(1);
  });
});
