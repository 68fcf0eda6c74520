import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { nodeFiles } from '../../../src/ports/node-files.js';
import { realProcesses } from '../../../src/ports/processes.js';
import {
  createArchiveDestination,
  createArchiveSource,
  createDirectoryDestination,
  createDirectorySource,
} from '../../../src/stores/index.js';
import { createMemoryFiles, type MemoryFiles } from '../../../src/testing/memory-files.js';
import { TestClock } from '../../../src/testing/test-clock.js';
import { countingIds, labelIn, putLabel, writeLabel } from '../../support/stored-label.js';

/** Two containers, or two machines, with one volume: neither sees a process of the other. */
let clock: TestClock;
let files: MemoryFiles;
beforeEach(() => {
  clock = new TestClock();
  files = createMemoryFiles({ now: () => clock.now() });
});

const ids = countingIds();
/** A process; a frozen one gives no sign of life. */
const from = (container: string, isFrozen = false) => ({
  files,
  ids,
  clock: isFrozen ? new TestClock() : clock,
  processes: {
    self: `1-1-${container}`,
    alive: (name: string) => (name.endsWith(`-${container}`) ? name === `1-1-${container}` : undefined),
  },
});
type Process = ReturnType<typeof from>;

const kinds = {
  folder: {
    path: '/data/content',
    destination: (of: Process) => createDirectoryDestination({ path: '/data/content', force: true, ...of }),
    source: (of: Process) => createDirectorySource({ path: '/data/content', ...of }),
  },
  archive: {
    path: '/data/content.tar',
    destination: (of: Process) => createArchiveDestination({ path: '/data/content.tar', force: true, ...of }),
    source: (of: Process) => createArchiveSource({ path: '/data/content.tar', ...of }),
  },
};

describe.each(Object.keys(kinds) as (keyof typeof kinds)[])(
  'a %s that is written from another container',
  (kind) => {
    const { path, destination, source } = kinds[kind];

    test('is in use for as long as the other gives signs of life', async () => {
      const first = destination(from('a'));
      await first.open();
      for (let minute = 0; minute < 5; minute += 1) {
        await expect(destination(from('b')).open()).rejects.toMatchObject({
          code: 'STORE_IN_USE',
          message: expect.stringContaining('process 1 of another container or machine') as string,
        });
        await clock.pass(60_000, 5000);
      }
      await writeLabel(first, 'first');
      await first.commit();
      await first.close();
      await putLabel(destination(from('b')), 'second');
      expect(await labelIn(source(from('a')))).toBe('second');
      expect(clock.pending).toEqual([]);
    });

    test('is taken over once the other gave no sign for 60 s, and what it left is removed', async () => {
      await putLabel(destination(from('a')), 'old');
      const dead = destination(from('a', true));
      await dead.open();
      await writeLabel(dead, 'half');
      await clock.pass(60_000, 5000);
      await expect(destination(from('b')).open()).rejects.toMatchObject({ code: 'STORE_IN_USE' });
      await clock.pass(5000, 5000);
      await putLabel(destination(from('b')), 'new');
      expect(await labelIn(source(from('b')))).toBe('new');
      expect(await files.list('/data')).toEqual([path.slice('/data/'.length)]);
    });

    test('is not committed by one that was taken for dead and goes on', async () => {
      const asleep = destination(from('a', true));
      await asleep.open();
      await writeLabel(asleep, 'late');
      await clock.pass(65_000, 5000);
      await putLabel(destination(from('b')), 'new');
      await expect(asleep.commit()).rejects.toMatchObject({ code: 'STORE_FAILED' });
      await asleep.close();
      expect(await labelIn(source(from('b')))).toBe('new');
    });

    test('is read meanwhile, and its draft is left alone', async () => {
      await putLabel(destination(from('a')), 'old');
      const writer = destination(from('a'));
      await writer.open();
      await writeLabel(writer, 'new');
      expect(await labelIn(source(from('b')))).toBe('old');
      await writer.commit();
      await writer.close();
      expect(await labelIn(source(from('b')))).toBe('new');
    });
  },
);

describe('a version that is read from another container', () => {
  const { destination, source } = kinds.folder;

  test('is kept for as long as the reader gives signs of life', async () => {
    await putLabel(destination(from('a')), 'old');
    const reader = source(from('b'));
    await reader.open();
    await clock.pass(120_000, 5000);
    await putLabel(destination(from('a')), 'new');
    await putLabel(destination(from('a')), 'newer');
    expect(await reader.metadata()).toEqual({ createdAt: 'old' });
    for await (const asset of reader.assets()) for await (const _ of asset.stream());
    await reader.close();
    expect(await files.list('/data')).toEqual(['content']);
    expect(clock.pending).toEqual([]);
  });

  test('is removed once it gave no sign for 60 s', async () => {
    await putLabel(destination(from('a')), 'old');
    await source(from('b', true)).open();
    await putLabel(destination(from('a')), 'new');
    expect(await files.list('/data/content.ferry/versions')).toHaveLength(1);
    await clock.pass(65_000, 5000);
    await putLabel(destination(from('a')), 'newer');
    expect(await files.list('/data')).toEqual(['content']);
  });
});

test('who may not write beside a store calls nobody dead', async () => {
  await putLabel(kinds.folder.destination(from('a')), 'old');
  const dead = kinds.folder.destination(from('a', true));
  await dead.open();
  await clock.pass(120_000, 5000);
  const write = files.write;
  files.write = (path) => Promise.reject(Object.assign(new Error(path), { code: 'EROFS' }));
  expect(await labelIn(kinds.folder.source(from('b')))).toBe('old');
  files.write = write;
  expect(await files.list('/data/content.ferry/writers')).toHaveLength(1);
});

describe('the name of a process', () => {
  const [pid, start, neighbourhood] = realProcesses.self.split('-');

  test.each([
    ['itself', realProcesses.self, true],
    ['an earlier one with its number', `${pid}-1-${neighbourhood}`, false],
    ['one that has ended', `4194305-1-${neighbourhood}`, false],
    ['one of another container', `${pid}-${start}-0123456789abcdef`, undefined],
    ['one of a format without a neighbourhood', `${pid}-${start}`, undefined],
    ['no number', 'x-1-2', false],
    ['nothing', '', false],
  ])('of %s', (_, name, expected) => {
    expect(realProcesses.alive(name)).toBe(expected);
  });

  test('can be a file’s on every system', () => {
    expect(realProcesses.self).toMatch(/^[\w-]+$/);
  });
});

test('the real disk tells by its own clock when a sign was given', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'ferry-sign-'));
  try {
    await nodeFiles.write(`${folder}/name`, '');
    const before = (await nodeFiles.look(`${folder}/name`))?.changed ?? 0;
    for (let now = before; now <= before; now = (await nodeFiles.look(`${folder}/name`))?.changed ?? 0)
      await nodeFiles.touch(`${folder}/name`);
    await expect(nodeFiles.touch(`${folder}/other`)).rejects.toMatchObject({ code: 'ENOENT' });
  } finally {
    await rm(folder, { recursive: true });
  }
});
