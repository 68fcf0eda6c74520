import { chmod, mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { nodeFiles } from '../../../src/ports/node-files.js';
import { mountPointsIn } from '../../../src/ports/node-unmovable.js';

let root = '';
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'ferry-unmovable-'));
});
afterAll(() => rm(root, { recursive: true }));

describe('what cannot be renamed is known before:', () => {
  test.each(['/', '/proc', '/dev'])('%s, where a volume is mounted', async (path) => {
    expect(await nodeFiles.unmovable(path)).toBe('mountPoint');
  });

  test('a link to where one is mounted', async () => {
    await symlink('/proc', join(root, 'link'));
    expect(await nodeFiles.unmovable(join(root, 'link'))).toBe('mountPoint');
  });

  test('a folder that may not be written, unless by root', async () => {
    await mkdir(join(root, 'closed'));
    await chmod(join(root, 'closed'), 0o555);
    const isRoot = process.geteuid?.() === 0;
    expect(await nodeFiles.unmovable(join(root, 'closed'))).toBe(isRoot ? undefined : 'forbidden');
  });

  test('no other folder, and nothing where nothing stands', async () => {
    await mkdir(join(root, 'plain'));
    for (const name of ['plain', 'nowhere'])
      expect(await nodeFiles.unmovable(join(root, name))).toBeUndefined();
  });
});

test('a bind mount of the same disk is one, and a blank in its name is read', () => {
  const told = [
    '26 1 254:0 / / rw,relatime - ext4 /dev/vda rw',
    '41 26 0:38 / /srv/my\\040volume rw,relatime - tmpfs tmpfs rw',
    '42 26 254:0 /home/content /srv/bound rw - ext4 /dev/vda rw',
    '',
  ];
  const points = mountPointsIn(told.join('\n'));
  for (const point of ['/', '/srv/my volume', '/srv/bound']) expect(points).toContain(point);
  expect(points).not.toContain('/home/content');
});
