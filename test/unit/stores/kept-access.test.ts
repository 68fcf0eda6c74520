import { chmod, chown, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createRecorder } from '../../../src/inspect/recorder.js';
import { nodeFiles } from '../../../src/ports/node-files.js';
import { createTokenFile } from '../../../src/server/token-file.js';
import {
  createArchiveDestination,
  createDirectoryDestination,
  type TransferDestination,
} from '../../../src/stores/index.js';
import { putLabel, writeLabel } from '../../support/stored-label.js';

const isRoot = process.geteuid?.() === 0;
const key = 'correct horse battery staple';

let root = '';
let umask = 0;
const at = (name: string) => join(root, name);

beforeEach(async () => {
  // As loose as it can be: what is private is so by itself.
  umask = process.umask(0);
  root = await mkdtemp(join(tmpdir(), 'ferry-access-'));
});
afterEach(async () => {
  process.umask(umask);
  await rm(root, { recursive: true });
});

/** The permissions of everything below a folder, and of itself, where they are others than these. */
async function others(path: string, file: number, directory: number): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  const entries = (await stat(path)).isDirectory() ? await readdir(path, { recursive: true }) : [];
  for (const entry of [path, ...entries.map((name) => join(path, name))]) {
    const info = await stat(entry);
    const mode = info.mode & 0o7777;
    if (mode !== (info.isDirectory() ? directory : file)) found[relative(root, entry)] = mode.toString(8);
  }
  return found;
}

const archives = ['tar', 'tar.gz', 'tar.enc', 'tar.gz.enc', 'tar.age', 'tar.gz.age'];

function destinationAt(name: string, force = true): TransferDestination {
  if (!name.includes('.tar')) return createDirectoryDestination({ path: at(name), force });
  const secret = /(enc|age)$/.test(name) ? { key, ageWorkFactor: 1 } : {};
  return createArchiveDestination({ path: at(name), force, ...secret });
}

async function record(): Promise<void> {
  const recorder = createRecorder({ path: at('recording.jsonl') });
  await recorder.open();
  await recorder.close?.();
}

/** Everything that the project makes and that holds content, or what leads to it. */
const places: Readonly<Record<string, () => Promise<unknown>>> = {
  content: () => putLabel(destinationAt('content'), 'new'),
  ...Object.fromEntries(
    archives.map((format) => [
      `content.${format}`,
      () => putLabel(destinationAt(`content.${format}`), 'new'),
    ]),
  ),
  'recording.jsonl': record,
  'served.ferry': () => createTokenFile({ folder: at('served') }).salt(),
};

describe.skipIf(process.platform === 'win32')('what is new is its owner’s alone', () => {
  test.each(Object.entries(places))('%s', async (name, make) => {
    await make();
    expect(await others(at(name), 0o600, 0o700)).toEqual({});
  });

  test.each(['content', 'content.tar.gz'])('%s, while it is written: drafts, spools, names', async (name) => {
    const destination = destinationAt(name);
    await destination.open();
    await writeLabel(destination, 'new');
    const assets = await destination.assetWriter();
    let found: unknown;
    const stream = async function* () {
      yield new TextEncoder().encode('bytes');
      found = await others(at(`${name}.ferry`), 0o600, 0o700);
    };
    await assets.write({ filename: 'unsized.txt', size: null, metadata: {}, stream });
    await destination.close();
    expect(found).toEqual({});
  });

  test('but not the folders that lead to it', async () => {
    await putLabel(createDirectoryDestination({ path: at('backups/today/content') }), 'new');
    expect((await stat(at('backups/today'))).mode & 0o777).toBe(0o777);
  });
});

describe.skipIf(process.platform === 'win32')('what is replaced keeps its access', () => {
  test.each([
    [0o600, 0o700],
    [0o644, 0o755],
    [0o640, 0o750],
    [0o664, 0o2775],
    [0o600, 0o755],
  ])('a folder with files of %o in directories of %o', async (file, directory) => {
    await putLabel(destinationAt('content'), 'old');
    for (const name of await readdir(at('content'), { recursive: true })) {
      const isFile = (await stat(at(`content/${name}`))).isFile();
      await chmod(at(`content/${name}`), isFile ? file : directory);
    }
    await chmod(at('content'), directory);
    const destination = destinationAt('content');
    await destination.open();
    await writeLabel(destination, 'new');
    const assets = await destination.assetWriter();
    // One that is not there yet.
    await assets.write({ filename: 'b.txt', size: 0, metadata: {}, async *stream() {} });
    await assets.end();
    await destination.commit();
    await destination.close();
    expect(await others(at('content'), file, directory)).toEqual({});
  });

  test('a private folder inside of one that all may read', async () => {
    await putLabel(destinationAt('content'), 'old');
    for (const name of await readdir(at('content'), { recursive: true }))
      await chmod(at(`content/${name}`), 0o755);
    await chmod(at('content'), 0o755);
    await chmod(at('content/metadata.json'), 0o644);
    await chmod(at('content/assets/uploads'), 0o700);
    await rm(at('content/assets/uploads/same-name.txt'));
    await putLabel(destinationAt('content'), 'new');
    const modes = await Promise.all(
      ['assets', 'assets/uploads', 'assets/uploads/same-name.txt'].map(
        async (name) => (await stat(at(`content/${name}`))).mode & 0o777,
      ),
    );
    expect(modes).toEqual([0o755, 0o700, 0o600]);
  });

  test('a folder that is empty and private', async () => {
    await mkdir(at('content'), { mode: 0o700 });
    await putLabel(destinationAt('content', false), 'new');
    expect(await others(at('content'), 0o600, 0o700)).toEqual({});
  });

  test.each(archives.flatMap((format) => [0o600, 0o644, 0o640].map((mode) => [format, mode] as const)))(
    'a .%s of %o',
    async (format, mode) => {
      await writeFile(at(`content.${format}`), 'old');
      await chmod(at(`content.${format}`), mode);
      await putLabel(destinationAt(`content.${format}`), 'new');
      expect(await others(at(`content.${format}`), mode, 0)).toEqual({});
    },
  );

  test.each([0o600, 0o644])('a recording of %o', async (mode) => {
    await writeFile(at('recording.jsonl'), 'old');
    await chmod(at('recording.jsonl'), mode);
    await record();
    expect(await others(at('recording.jsonl'), mode, 0)).toEqual({});
  });

  test.runIf(isRoot)('its owner and its group, where root replaces it', async () => {
    await putLabel(destinationAt('content'), 'old');
    await putLabel(destinationAt('content.tar'), 'old');
    for (const name of ['content', 'content.tar', 'content/metadata.json']) await chown(at(name), 4242, 4343);
    await putLabel(destinationAt('content'), 'new');
    await putLabel(destinationAt('content.tar'), 'new');
    for (const name of ['content', 'content.tar', 'content/metadata.json'])
      expect(await stat(at(name)), name).toMatchObject({ uid: 4242, gid: 4343 });
  });

  test.runIf(isRoot)('but not the rights of a group that it cannot be given to', async () => {
    await writeFile(at('content.tar'), 'old');
    await chmod(at('content.tar'), 0o640);
    await chown(at('content.tar'), 0, 4343);
    process.setegid?.(4444);
    process.seteuid?.(4242);
    try {
      await nodeFiles.write(`${root}-probe`, '', {
        like: { mode: 0o640, owner: 0, group: 4343 },
      });
      expect((await stat(`${root}-probe`)).mode & 0o777).toBe(0o600);
    } finally {
      process.seteuid?.(0);
      process.setegid?.(0);
      await rm(`${root}-probe`);
    }
  });
});

describe('the spool of an asset whose size is not known', () => {
  const words = 'the words of the asset';

  test.each(archives)('of a .%s', async (format) => {
    const destination = destinationAt(`content.${format}`);
    await destination.open();
    await destination.prepare({ steps: ['assets'], metadata: { createdAt: 'x' }, schemas: null });
    const assets = await destination.assetWriter();
    let onDisk = '';
    const stream = async function* () {
      yield new TextEncoder().encode(words.slice(0, 10));
      yield new TextEncoder().encode(words.slice(10));
      const versions = at(`content.${format}.ferry/versions`);
      for (const name of await readdir(versions)) onDisk += await readFile(join(versions, name), 'latin1');
    };
    await assets.write({ filename: 'a.txt', size: null, metadata: {}, stream });
    await assets.end();
    await destination.commit();
    await destination.close();
    // An encrypted archive leaves nothing that can be read, not even while it is made.
    expect(onDisk.includes(words)).toBe(!/(enc|age)$/.test(format));
  });
});

test('nothing but the port of files makes files', async () => {
  const source = new URL('../../../src/', import.meta.url).pathname;
  const makes =
    /\b(?:createWriteStream|appendFile|writeFile|copyFile|cp|mkdir|mkdtemp|open|symlink|link)(?:Sync)?\b/;
  const found: string[] = [];
  for (const name of await readdir(source, { recursive: true })) {
    if (!/\.tsx?$/.test(name)) continue;
    const text = await readFile(join(source, name), 'utf8');
    const imports = [...text.matchAll(/import \{([^}]*)\} from 'node:fs(?:\/promises)?'/g)].map(
      ([, names]) => names ?? '',
    );
    if (imports.some((names) => makes.test(names))) found.push(name);
  }
  // `ferry.json`, opened to be read. The temporary folders of `diff` and of a merge, which mkdtemp makes for its owner alone; one page that a
  // person asks for, of 0600; the three files of the port.
  expect(found.sort()).toEqual([
    'cli/profiles/profile-file.ts',
    'inspector/save-page.ts',
    'ports/node-files.ts',
    'ports/node-plain-file.ts',
    'ports/own-file.ts',
    'ports/scratch-folder.ts',
  ]);
});
