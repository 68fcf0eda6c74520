import { describe, expect, test } from 'vitest';
import type { ErrorCode } from '../../../src/protocol/errors.js';
import { createDirectorySource, type TransferSource } from '../../../src/stores/index.js';
import { createMemoryFiles, type MemoryFiles } from '../../../src/testing/memory-files.js';

const path = '/data/export';

/** An export as Strapi writes one: no newline at the end, none of the folders that would be empty. */
async function strapiExport(
  parts: Readonly<Record<string, string>>,
  chunkSize?: number,
): Promise<MemoryFiles> {
  const files = createMemoryFiles(chunkSize === undefined ? {} : { chunkSize });
  const whole = { 'metadata.json': '{"createdAt":"2026-11-22","strapi":{"version":"5.54.0"}}', ...parts };
  await files.makeDirectory(path);
  for (const [name, content] of Object.entries(whole)) {
    if (name.includes('/')) await files.makeDirectory(`${path}/${name.slice(0, name.lastIndexOf('/'))}`);
    if (content !== '') await files.write(`${path}/${name}`, content);
    else await (await files.create(`${path}/${name}`)).close();
  }
  return files;
}

async function opened(files: MemoryFiles) {
  const source = createDirectorySource({ path, files });
  await source.open();
  return source;
}

async function entitiesOf(files: MemoryFiles): Promise<unknown[]> {
  const source = await opened(files);
  const rows: unknown[] = [];
  try {
    for await (const batch of source.rows('entities')) rows.push(...batch);
  } finally {
    await source.close();
  }
  return rows;
}

async function assetNames(files: MemoryFiles): Promise<string[]> {
  const source = await opened(files);
  const names: string[] = [];
  for await (const asset of source.assets()) {
    names.push(asset.filename);
    for await (const _ of asset.stream());
  }
  await source.close();
  return names;
}

const entity = (id: number, title = `çığ 😀 ${id}`) => ({ type: 'api::a.a', id, data: { title } });
const lines = (...rows: readonly unknown[]): string => rows.map((row) => JSON.stringify(row)).join('\n');
const code = (code: ErrorCode, details: Readonly<Record<string, unknown>> = {}) =>
  expect.objectContaining({ code, details: expect.objectContaining(details) });

describe('lines', () => {
  const text = lines(entity(1), entity(2), entity(3));

  test.each([1, 2, 3, 7, 64, 100_000])(
    'are whole where chunks of %d bytes cut them and their characters',
    async (chunkSize) => {
      const files = await strapiExport({ 'entities/entities_00001.jsonl': text }, chunkSize);
      expect(await entitiesOf(files)).toEqual([entity(1), entity(2), entity(3)]);
    },
  );

  test('are read from all files of the stage, in the order of their names', async () => {
    const files = await strapiExport({
      'entities/entities_00002.jsonl': `\n${lines(entity(2))}`,
      'entities/entities_00001.jsonl': lines(entity(1)),
      'entities/entities_00004.jsonl': `${lines(entity(3))}\r\n\r\n`,
      'entities/.DS_Store': 'x',
      'entities/entities_00003.jsonl': '',
    });
    expect(await entitiesOf(files)).toEqual([entity(1), entity(2), entity(3)]);
  });

  test('come in batches bounded by count and by length', async () => {
    const rows = [
      ...Array.from({ length: 230 }, (_, id) => entity(id)),
      ...[1, 2, 3].map((id) => entity(id, 'x'.repeat(5_000))),
    ];
    const source = await opened(await strapiExport({ 'entities/entities_00001.jsonl': lines(...rows) }));
    const sizes: number[] = [];
    for await (const batch of source.rows('entities')) sizes.push(batch.length);
    expect(sizes).toEqual([100, 100, 32, 1]);
  });

  test.each([
    ['is no JSON', '{"type":', 'it is no JSON'],
    ['is no object', '[]', 'a row has to be an object'],
    ['has no type', '{"id":1,"data":{}}', 'an entity needs a type'],
    ['has no id', '{"type":"a","data":{}}', 'an entity needs an id'],
    ['has no data', '{"type":"a","id":1,"data":null}', 'an entity needs its data, an object'],
  ])('that %s are named by file and number', async (_, broken, reason) => {
    const files = await strapiExport(
      { 'entities/entities_00001.jsonl': `\n${lines(entity(1))}\n${broken}\n${lines(entity(2))}` },
      16,
    );
    await expect(entitiesOf(files)).rejects.toEqual(
      code('BROKEN_LINE', { file: 'entities/entities_00001.jsonl', line: 3, reason }),
    );
  });

  test('that are not UTF-8 are named by file and number', async () => {
    const files = await strapiExport({ 'entities/entities_00001.jsonl': `${lines(entity(1))}\n` });
    const file = await files.create(`${path}/entities/entities_00002.jsonl`);
    await file.write(`${lines(entity(2))}\n`);
    await file.write(Uint8Array.of(0x22, 0xff, 0x22, 0x0a));
    await file.close();
    await expect(entitiesOf(files)).rejects.toEqual(
      code('BROKEN_LINE', { file: 'entities/entities_00002.jsonl', line: 2 }),
    );
  });

  test('of a broken row appear in no error', async () => {
    const files = await strapiExport({ 'entities/entities_00001.jsonl': '{"password": secret}' });
    const error = await entitiesOf(files).catch((thrown: Error) => thrown);
    expect(`${(error as Error).message}${String((error as Error).cause)}`).not.toContain('secret');
  });

  test('of links and configuration have their envelopes checked too', async () => {
    const files = await strapiExport({
      'links/links_00001.jsonl': lines({ kind: 'k', relation: 'r', left: { type: 'a', ref: 1 } }),
      'configuration/configuration_00001.jsonl': lines({ type: 'core-store' }),
    });
    const source = await opened(files);
    await expect(source.rows('links')[Symbol.asyncIterator]().next()).rejects.toEqual(
      code('BROKEN_LINE', { line: 1 }),
    );
    await expect(source.rows('configuration')[Symbol.asyncIterator]().next()).rejects.toEqual(
      code('BROKEN_LINE', { line: 1 }),
    );
  });
});

describe('a folder', () => {
  test('that holds nothing but metadata.json is an export without content', async () => {
    const files = await strapiExport({});
    expect(await entitiesOf(files)).toEqual([]);
    expect(await assetNames(files)).toEqual([]);
    const source = await opened(files);
    expect(await source.schemas()).toBeNull();
    expect(await source.metadata()).toEqual({ createdAt: '2026-11-22', strapi: { version: '5.54.0' } });
  });

  test.each([
    ['has no metadata.json', {}, /no metadata\.json/],
    ['has a broken metadata.json', { 'metadata.json': '{' }, /no JSON/],
    ['has a metadata.json without an object', { 'metadata.json': 'null' }, /no object/],
  ])('that %s is no export, and says why', async (_, parts: Readonly<Record<string, string>>, reason) => {
    const files = await strapiExport({ 'entities/entities_00001.jsonl': lines(entity(1)), ...parts });
    if (!('metadata.json' in parts)) await files.remove(`${path}/metadata.json`);
    await expect(opened(files)).rejects.toEqual(
      code('NOT_AN_EXPORT', { reason: expect.stringMatching(reason) }),
    );
    expect(await files.list('/data')).toEqual(['export']);
  });

  test('that does not exist, or is a file, is no export', async () => {
    const files = createMemoryFiles();
    await expect(opened(files)).rejects.toEqual(code('NOT_AN_EXPORT', { reason: 'it does not exist' }));
    await files.makeDirectory('/data');
    await files.write(path, 'x');
    await expect(opened(files)).rejects.toEqual(
      code('NOT_AN_EXPORT', { reason: 'it is a file, not a folder' }),
    );
  });

  test('beside which nothing may be written is read all the same', async () => {
    const files = await strapiExport({ 'entities/entities_00001.jsonl': lines(entity(1)) });
    const readOnly = () => Promise.reject(Object.assign(new Error('read-only'), { code: 'EROFS' }));
    const disk = {
      ...files,
      makeDirectory: readOnly,
      write: readOnly,
      create: readOnly,
      remove: readOnly,
      rename: readOnly,
    };
    expect(await entitiesOf(disk)).toEqual([entity(1)]);
  });

  test('keeps schemas by uid, one that is called __proto__ too', async () => {
    const files = await strapiExport({
      'schemas/schemas_00001.jsonl':
        '{"uid":"api::a.a","attributes":{"x":{}}}\n{"uid":"__proto__","attributes":{}}',
    });
    const schemas = await (await opened(files)).schemas();
    expect(Object.keys(schemas ?? {})).toEqual(['api::a.a', '__proto__']);
    expect(Object.getPrototypeOf(schemas)).toBe(Object.prototype);
  });
});

describe('assets', () => {
  test('come in the order of their names, with their totals', async () => {
    const files = await strapiExport({
      'assets/uploads/b.txt': 'bb',
      'assets/metadata/b.txt.json': '{"id":1}',
      'assets/uploads/a.txt': 'a',
      'assets/metadata/a.txt.json': '{"id":2}',
    });
    expect(await assetNames(files)).toEqual(['a.txt', 'b.txt']);
    const source = await opened(files);
    expect(source.totals?.('assets')).toBeUndefined();
    await source.assets()[Symbol.asyncIterator]().next();
    expect(source.totals?.('assets')).toEqual({ count: 2, bytes: 3 });
  });

  test('whose file is missing are reported before the first one is read', async () => {
    const files = await strapiExport({
      'assets/uploads/a.txt': 'a',
      'assets/metadata/a.txt.json': '{}',
      'assets/metadata/b.txt.json': '{}',
    });
    await expect((await opened(files)).assets()[Symbol.asyncIterator]().next()).rejects.toEqual(
      code('MISSING_ASSET', { filename: 'b.txt' }),
    );
  });

  test('whose description is missing are reported before the first one is read', async () => {
    const files = await strapiExport({
      'assets/uploads/a.txt': 'a',
      'assets/metadata/a.txt.json': '{}',
      'assets/uploads/b.txt': 'b',
    });
    await expect((await opened(files)).assets()[Symbol.asyncIterator]().next()).rejects.toEqual(
      code('MISSING_ASSET_DESCRIPTION', { filename: 'b.txt' }),
    );
  });

  test('whose description is broken are reported', async () => {
    const files = await strapiExport({ 'assets/uploads/a.txt': 'a', 'assets/metadata/a.txt.json': '{' });
    await expect(assetNames(files)).rejects.toEqual(
      code('MISSING_ASSET_DESCRIPTION', { reason: 'it is no JSON' }),
    );
  });

  test('that vanish or change while they are read reject', async () => {
    const files = await strapiExport({
      'assets/uploads/a.txt': 'a',
      'assets/metadata/a.txt.json': '{}',
      'assets/uploads/b.txt': 'b',
      'assets/metadata/b.txt.json': '{}',
    });
    const assets = (await opened(files)).assets()[Symbol.asyncIterator]();
    const first = (await assets.next()).value;
    await files.write(`${path}/assets/uploads/a.txt`, 'aaa');
    const read = async () => {
      for await (const _ of first.stream());
    };
    await expect(read()).rejects.toEqual(code('ASSET_SIZE_MISMATCH', { actual: 3, expected: 1 }));
    await files.remove(`${path}/assets/uploads/a.txt`);
    await expect(read()).rejects.toEqual(code('MISSING_ASSET', { filename: 'a.txt' }));
  });
});

describe('an export that somebody takes away while it is read', () => {
  const whole = () =>
    strapiExport({
      'assets/uploads/a.txt': 'a',
      'assets/metadata/a.txt.json': '{}',
      'links/links_00001.jsonl': lines({
        kind: 'k',
        relation: 'r',
        left: { type: 'a', ref: 1 },
        right: { type: 'a', ref: 2 },
      }),
    });
  const everything = async (source: TransferSource) => {
    for await (const _ of source.rows('entities'));
    for await (const _ of source.assets());
    for await (const _ of source.rows('links'));
  };

  test.each([
    ['with its folder', '', 'the folder itself'],
    ['the rows of a stage', '/links', 'links'],
    ['its assets', '/assets', 'assets/uploads'],
  ])('does not pass for one that holds less: %s', async (_, part, file) => {
    const files = await whole();
    const source = await opened(files);
    await everything(source);
    await files.remove(`${path}${part}`);
    await expect(everything(source)).rejects.toEqual(code('SOURCE_GONE', { file }));
  });

  test('and puts another one in its place is not read as a mix of both', async () => {
    const files = await whole();
    const source = await opened(files);
    await files.rename(path, `${path}-old`);
    await files.makeDirectory(`${path}/links`);
    await files.write(`${path}/links/links_00001.jsonl`, '');
    await expect(everything(source)).rejects.toEqual(code('SOURCE_GONE', { file: 'the folder itself' }));
  });
});
