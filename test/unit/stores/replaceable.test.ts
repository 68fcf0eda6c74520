import { dirname } from 'node:path';
import { describe, expect, test } from 'vitest';
import { nodeFiles } from '../../../src/ports/node-files.js';
import { createDirectoryDestination, createDirectorySource } from '../../../src/stores/index.js';
import { createMemoryFiles, type MemoryFiles } from '../../../src/testing/memory-files.js';
import { labelIn, putLabel, writeLabel } from '../../support/stored-label.js';

const path = '/data/content';
const metadata = '{"createdAt":"2026-01-02T03:04:05.678Z","strapi":{"version":"5.54.0"}}';

/** What Strapi's unpacked export holds. */
const strapis = {
  'metadata.json': metadata,
  'schemas/schemas_00001.jsonl': '{"uid":"api::a.a"}\n',
  'entities/entities_00001.jsonl': '',
  'entities/entities_00002.jsonl': '',
  'links/links_00001.jsonl': '',
  'configuration/configuration_00001.jsonl': '',
  'assets/uploads/photo_b12ec63a8a.jpg': 'x',
  'assets/metadata/photo_b12ec63a8a.jpg.json': '{}',
};

async function standing(contents: Readonly<Record<string, string | null>>): Promise<MemoryFiles> {
  const files = createMemoryFiles();
  await files.makeDirectory(path);
  for (const [name, content] of Object.entries(contents)) {
    if (content === null) await files.makeDirectory(`${path}/${name}`);
    else {
      await files.makeDirectory(dirname(`${path}/${name}`));
      await files.write(`${path}/${name}`, content);
    }
  }
  return files;
}

const to = (files: MemoryFiles, force: boolean) => createDirectoryDestination({ path, files, force });

describe('a folder is replaced by force where it is', () => {
  test.each<[string, Readonly<Record<string, string | null>>]>([
    ['empty', {}],
    ['an export of Strapi', strapis],
    ['an export of nothing', { 'metadata.json': '{}' }],
    ['an export of stages without a row', { 'metadata.json': metadata, entities: null, assets: null }],
    ['an export that lacks the file of an asset', { ...strapis, 'assets/metadata/gone.png.json': '{}' }],
    ['an export that somebody looked at', { ...strapis, '.DS_Store': 'x', 'assets/uploads/Thumbs.db': 'x' }],
  ])('%s', async (_, contents) => {
    const files = await standing(contents);
    await putLabel(to(files, true), 'one');
    expect(await labelIn(createDirectorySource({ path, files }))).toBe('one');
    expect(await files.list('/data')).toEqual(['content']);
  });

  test('one that Ferry wrote', async () => {
    const files = createMemoryFiles();
    await putLabel(to(files, false), 'one');
    await putLabel(to(files, true), 'two');
    expect(await labelIn(createDirectorySource({ path, files }))).toBe('two');
  });
});

/** A thing that is no part of an export, as it stands in a folder, and the name that the error tells. */
const strangers: readonly (readonly [string, Readonly<Record<string, string | null>>, string])[] = [
  ['photos', { 'beach.jpg': 'x' }, 'beach.jpg'],
  ['a repository', { '.git/HEAD': 'ref: refs/heads/main' }, '.git'],
  ['a folder that is empty itself', { empty: null }, 'empty'],
  ['a project with a metadata.json', { 'metadata.json': metadata, 'package.json': '{}' }, 'package.json'],
  ['an export in a repository', { ...strapis, '.git/HEAD': 'x' }, '.git'],
  ['an export with notes', { ...strapis, 'README.md': 'x' }, 'README.md'],
  ['notes among rows', { ...strapis, 'links/notes.txt': 'x' }, 'links/notes.txt'],
  ['a folder among rows', { ...strapis, 'entities/old/x.jsonl': 'x' }, 'entities/old'],
  ['photos in assets', { ...strapis, 'assets/beach.jpg': 'x' }, 'assets/beach.jpg'],
  [
    'a photo that no description names',
    { ...strapis, 'assets/uploads/beach.jpg': 'x' },
    'assets/uploads/beach.jpg',
  ],
  ['notes among descriptions', { ...strapis, 'assets/metadata/x.txt': 'x' }, 'assets/metadata/x.txt'],
  ['a file with the name of a stage', { 'metadata.json': metadata, entities: 'x' }, 'entities'],
  ['an export that was not finished', { 'entities/entities_00001.jsonl': '' }, 'metadata.json'],
  ['another tool’s metadata.json', { 'metadata.json': '{"name":"x"}' }, 'metadata.json'],
  ['a metadata.json that is no object', { 'metadata.json': '[]' }, 'metadata.json'],
  ['a metadata.json that is no JSON', { 'metadata.json': '{' }, 'metadata.json'],
  ['a folder metadata.json', { 'metadata.json': null }, 'metadata.json'],
  [
    'a metadata.json beyond any export’s',
    { 'metadata.json': `{"createdAt":"${'x'.repeat(2 ** 20)}"}` },
    'metadata',
  ],
];

describe('a folder is never replaced, and nothing is made beside it, where it holds', () => {
  describe.each([true, false])('with force %s', (force) => {
    test.each(strangers)('%s', async (_, contents, name) => {
      const files = await standing(contents);
      const before = files.used();
      await expect(to(files, force).open()).rejects.toMatchObject({
        code: 'NOT_REPLACEABLE',
        details: { path, reason: expect.stringContaining(name) },
      });
      expect(await files.list('/data')).toEqual(['content']);
      expect(files.used()).toBe(before);
    });
  });

  test.each(strangers)('%s, put there while it was written', async (_, contents) => {
    const files = createMemoryFiles();
    const destination = to(files, true);
    await destination.open();
    await writeLabel(destination, 'one');
    const others = await standing(contents);
    await copy(others, files, path);
    await expect(destination.commit()).rejects.toMatchObject({ code: 'NOT_REPLACEABLE' });
    await destination.rollback();
    await destination.close();
    expect(await files.list('/data')).toEqual(['content']);
    expect(await files.list(path)).toEqual(await others.list(path));
  });

  test('an export, put there while it was written, unless forced', async () => {
    const files = createMemoryFiles();
    const destination = to(files, false);
    await destination.open();
    await writeLabel(destination, 'one');
    await copy(await standing(strapis), files, path);
    await expect(destination.commit()).rejects.toMatchObject({ code: 'NOT_EMPTY' });
    await destination.close();
    expect(await files.list('/data')).toEqual(['content']);
  });

  test.runIf(process.platform === 'linux').each(['/', '/proc', '/sys', '/dev'])(
    'what a running system needs: %s',
    async (folder) => {
      // Opening alone: if it were not refused, nothing would be replaced by this test.
      const destination = createDirectoryDestination({ path: folder, force: true, files: nodeFiles });
      await expect(destination.open()).rejects.toMatchObject({ code: 'NOT_REPLACEABLE' });
      await destination.close();
    },
  );
});

async function copy(from: MemoryFiles, files: MemoryFiles, folder: string): Promise<void> {
  await files.makeDirectory(folder);
  for (const name of (await from.list(folder)) ?? []) {
    const each = `${folder}/${name}`;
    if ((await from.stat(each))?.kind === 'directory') await copy(from, files, each);
    else await files.write(each, new TextDecoder().decode(await from.read(each)));
  }
}
