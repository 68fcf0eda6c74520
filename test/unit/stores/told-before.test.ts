import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { runServe } from '../../../src/cli/commands/serve.command.js';
import { tokensOutside } from '../../../src/cli/tokens-outside.js';
import type { FileSystem } from '../../../src/ports/files.js';
import { nodeFiles } from '../../../src/ports/node-files.js';
import { createArchiveDestination } from '../../../src/stores/archive/destination.js';
import { createDirectoryDestination } from '../../../src/stores/directory/destination.js';
import { storeError } from '../../../src/stores/store-error.js';
import { testHost } from '../../support/test-host.js';

const made: string[] = [];
let root = '';
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'ferry-before-'));
  made.push(root);
});
afterAll(async () => {
  for (const each of made) await rm(each, { recursive: true });
});

const kinds = {
  folder: { name: 'content', destination: createDirectoryDestination },
  archive: { name: 'content.tar.gz', destination: createArchiveDestination },
};

describe.each(Object.entries(kinds))(
  'before anything moves, a %s is refused',
  (kind, { name, destination }) => {
    test.each([
      ['mountPoint', 'a volume is mounted at that very path'],
      ['forbidden', 'this user may not move it'],
    ] as const)('that cannot be replaced (%s), and nothing is made beside it', async (why, words) => {
      const path = join(root, name);
      await (kind === 'folder' ? mkdir(path) : writeFile(path, 'old'));
      const files: FileSystem = { ...nodeFiles, unmovable: async () => why };
      const store = destination({ path, files, force: true });
      await expect(store.open()).rejects.toMatchObject({
        code: 'STORE_FAILED',
        message: expect.stringContaining(words),
      });
      await store.close();
      expect(await readdir(root)).toEqual([name]);
    });

    const codes = ['EACCES', 'EPERM', 'EROFS'];
    test.each(codes)(
      'where nothing can be written around it (%s), and that folder is named',
      async (code) => {
        for (const inner of ['', 'missing/deeper']) {
          const path = join(root, inner, name);
          const refuse = async (at: string) => {
            throw Object.assign(new Error(`${code}: mkdir '${at}'`), { code, path: at });
          };
          const store = destination({ path, files: { ...nodeFiles, makeDirectory: refuse } });
          await expect(store.open()).rejects.toMatchObject({
            code: 'STORE_FAILED',
            message: expect.stringContaining(
              `${path} cannot be used: what comes is written beside it first, and nothing can be written in ${root}: `,
            ),
          });
          await store.close();
          expect(await readdir(root)).toEqual([]);
        }
      },
    );
  },
);

describe('at a real mount point', () => {
  test('serve does not start', async () => {
    const host = testHost();
    expect(await runServe('/proc', { port: '0' }, host)).toBe(7);
    expect(host.written.err).toContain('a volume is mounted at that very path');
  });

  test('serve --read-only says where the tokens lie', async () => {
    const host = testHost();
    await runServe('/proc', { port: '0', readOnly: true }, host);
    expect(host.written.err).toContain('its tokens lie outside of it, in /proc.ferry');
    expect(host.written.err).toContain('such as /proc/content');
  });
});

test.each<[what: string, mounted: readonly string[], isTold: boolean]>([
  ['a plain folder', [], false],
  ['a folder in a volume', ['/data'], false],
  ['a volume', ['/data/content'], true],
  ['a volume with another for the tokens', ['/data/content', '/data/content.ferry'], false],
])('tokens of %s', async (_, mounted, isTold) => {
  const files = {
    realPath: async (path: string) => path,
    unmovable: async (path: string) => (mounted.includes(path) ? ('mountPoint' as const) : undefined),
  };
  expect((await tokensOutside('/data/content', files)) !== null).toBe(isTold);
});

const at = '/srv/content.ferry/versions/new-1';
test.each([
  ['EACCES', `permission denied (${at}); check who may read and write there`],
  ['EROFS', `the disk is read-only (${at})`],
  ['EIO', `the disk failed to read or write (${at}); check its health`],
  ['EWHAT', `EWHAT: open '${at}'`],
])('an error of the system names the path that failed: %s', (code, reason) => {
  const thrown = Object.assign(new Error(`${code}: open '${at}'`), { code, path: at });
  expect(storeError('/srv/content', thrown).details['reason']).toBe(reason);
  expect(storeError(at, thrown).details['reason']).toBe(reason.replace(/ \(.*?\)/, ''));
});
