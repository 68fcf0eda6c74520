import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Processes } from '../../../src/ports/processes.js';
import { removeLeftScratch } from '../../../src/ports/scratch-folder.js';
import { createMemoryFiles } from '../../../src/testing/memory-files.js';

const folder = '/tmp';
const day = 24 * 60 * 60 * 1000;
const states: Readonly<Record<string, boolean | undefined>> = {
  '1-1-a': true,
  '2-2-b': false,
  '3-3-c': undefined,
};
const processes: Processes = { self: '1-1-a', alive: (name) => states[name] };

async function left(later: number): Promise<readonly string[]> {
  const files = createMemoryFiles();
  const names = ['1-1-a.x', '2-2-b.y', '3-3-c.z', '2-2-b', 'diff-old'].map((name) => `strapi-ferry-${name}`);
  for (const name of [...names, 'other-2-2-b.y']) {
    await files.makeDirectory(join(folder, name));
    await files.write(join(folder, name, 'row'), '{}');
  }
  const now = ((await files.look(join(folder, 'strapi-ferry-3-3-c.z')))?.changed ?? 0) + later;
  await removeLeftScratch({ files, processes, folder, now: () => now });
  return ((await files.list(folder)) ?? []).toSorted();
}

test('the folders of processes that were killed are removed, and no others', async () => {
  const others = ['other-2-2-b.y', 'strapi-ferry-1-1-a.x', 'strapi-ferry-2-2-b', 'strapi-ferry-diff-old'];
  expect(await left(day)).toEqual([...others, 'strapi-ferry-3-3-c.z'].sort());
  expect(await left(8 * day)).toEqual(others);
});
