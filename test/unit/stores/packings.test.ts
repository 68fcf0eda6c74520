import { describe, expect, test } from 'vitest';
import { createLocalSource } from '../../../src/stores/index.js';
import { createMemoryFiles, type MemoryFiles } from '../../../src/testing/memory-files.js';
import {
  contentOf,
  description,
  type Entry,
  entity,
  packed,
  put,
  strapiContent,
  strapiOrder,
  tarOf,
  upload,
} from '../../support/archive-files.js';
import { packings } from '../../support/packings.js';

async function asFolder(entries: readonly Entry[]): Promise<MemoryFiles> {
  const files = createMemoryFiles();
  for (const { name, content = '' } of entries) {
    const path = `/data/x/${name}`;
    await files.makeDirectory(path.slice(0, path.lastIndexOf('/')));
    const file = await files.create(path);
    await file.write(content);
    await file.close();
  }
  return files;
}

async function asArchive(entries: readonly Entry[]): Promise<MemoryFiles> {
  const files = createMemoryFiles();
  await put(files, '/data/x', await packed('tar.gz', await tarOf(entries)));
  return files;
}

async function read(files: MemoryFiles) {
  const content = await contentOf(createLocalSource({ path: '/data/x', files }));
  // A folder has an order of its own.
  return { ...content, assets: new Set(content.assets) };
}

const inNoOrder = { ...strapiContent, assets: new Set(strapiContent.assets) };
const readers = { archive: asArchive, folder: asFolder };

describe.each(Object.entries(readers))('an %s with', (kind, make) => {
  const fitting = packings.filter(({ onlyInArchives }) => kind === 'archive' || onlyInArchives !== true);

  test.each(fitting.filter(({ refused }) => refused === undefined))(
    '$name is read whole',
    async ({ pack }) => {
      expect(await read(await make(pack(strapiOrder)))).toEqual(inNoOrder);
    },
  );

  test.each(fitting.filter(({ refused }) => refused !== undefined))(
    '$name is refused, never read as less',
    async ({ pack, refused: [code, words] = ['', /./] }) => {
      await expect(read(await make(pack(strapiOrder)))).rejects.toMatchObject({
        code,
        message: expect.stringMatching(words) as string,
      });
    },
  );

  test('files whose names only look like those of a Mac keeps them', async () => {
    const own = [description('._own.png'), upload('._own.png', 'mine')];
    const rows = { name: 'entities/._rows.jsonl', content: `${JSON.stringify(entity(9))}\n` };
    const { assets, ...rest } = await read(await make([...strapiOrder, ...own, rows]));
    expect([...assets]).toContainEqual(expect.objectContaining({ filename: '._own.png', text: 'mine' }));
    expect(rest).toMatchObject({ entities: expect.arrayContaining([entity(9)]) as unknown });
  });

  test.each(['a:b.txt', 'CON', 'a.', 'x?y*.png'])(
    'a file called %s, which Linux holds, is read',
    async (name) => {
      const { assets } = await read(await make([...strapiOrder, description(name), upload(name)]));
      expect([...assets]).toContainEqual(expect.objectContaining({ filename: name }));
    },
  );
});
