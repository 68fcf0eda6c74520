import { execFileSync } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import type { TransferError } from '../../../src/protocol/errors.js';
import {
  createArchiveDestination,
  createArchiveSource,
  createDirectoryDestination,
  createDirectorySource,
  type TransferSource,
} from '../../../src/stores/index.js';
import { createMemoryStore } from '../../../src/stores/memory.js';
import { createTransfer } from '../../../src/transfer/create-transfer.js';
import { smallContent } from '../../support/small-content.js';

let scratch = '';
let root = '';
let content = '';

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'ferry-plain-'));
  const from = createMemoryStore(smallContent).source();
  await createTransfer({ from, to: join(scratch, 'template') }).done;
});
beforeEach(async () => {
  root = await mkdtemp(join(scratch, 'case-'));
  content = join(root, 'content');
  await cp(join(scratch, 'template'), content, { recursive: true });
  await mkdir(join(root, 'outside'));
  await writeFile(join(root, 'outside', 'shadow'), 'root:secret');
});
afterEach(() => rm(root, { recursive: true }));
afterAll(() => rm(scratch, { recursive: true }));

/** Every file of an export, and every folder. */
const upload = smallContent.assets[0]?.filename ?? '';
const files = [
  'metadata.json',
  'schemas/schemas_00001.jsonl',
  'entities/entities_00001.jsonl',
  'links/links_00001.jsonl',
  'configuration/configuration_00001.jsonl',
  `assets/uploads/${upload}`,
  `assets/metadata/${upload}.json`,
];
const folders = [
  'schemas',
  'entities',
  'links',
  'configuration',
  'assets',
  'assets/uploads',
  'assets/metadata',
];

const aside = (path: string) => join(root, 'outside', basename(path));

async function moveAside(path: string, to = aside(path)): Promise<string> {
  await rename(join(content, path), to);
  return to;
}

/** What can stand where a file of the export stood. */
const strangers: Readonly<Record<string, (path: string) => Promise<unknown>>> = {
  'a link to a file outside': async (path) => {
    await rm(join(content, path));
    await symlink(join(root, 'outside', 'shadow'), join(content, path));
  },
  'a link to itself, moved outside': async (path) => symlink(await moveAside(path), join(content, path)),
  'a link to itself, moved inside': async (path) =>
    symlink(await moveAside(path, join(content, 'moved')), join(content, path)),
  'a link to nothing': async (path) => {
    await rm(join(content, path));
    await symlink(join(root, 'nowhere'), join(content, path));
  },
  'a link to /dev/zero': async (path) => {
    await rm(join(content, path));
    await symlink('/dev/zero', join(content, path));
  },
  'a named pipe': async (path) => {
    await rm(join(content, path));
    execFileSync('mkfifo', [join(content, path)]);
  },
  'a socket': async (path) => {
    await rm(join(content, path));
    const server = createServer();
    await new Promise<void>((listening) => server.listen(join(content, path), listening));
    onTestFinished(() => void server.close());
  },
};

async function everything(source: TransferSource): Promise<void> {
  try {
    await source.open();
    await source.metadata();
    await source.schemas();
    for (const step of ['entities', 'links', 'configuration'] as const)
      for await (const _ of source.rows(step));
    for await (const asset of source.assets()) for await (const _ of asset.stream());
  } finally {
    await source.close();
  }
}

const refused = (file: string) =>
  expect.objectContaining({ code: 'UNSAFE_FILE', details: expect.objectContaining({ file }) });

describe.skipIf(process.platform === 'win32')('a folder is read through plain files alone:', () => {
  const cases = files.flatMap((file) => Object.keys(strangers).map((stranger) => [file, stranger] as const));

  test.each(cases)('%s as %s is refused by name', async (file, stranger) => {
    await strangers[stranger]?.(file);
    await expect(everything(createDirectorySource({ path: content }))).rejects.toEqual(
      refused(join(content, file)),
    );
  });

  test.each(folders)('%s as a link to a folder is refused by name', async (folder) => {
    await symlink(await moveAside(folder), join(content, folder));
    await expect(everything(createDirectorySource({ path: content }))).rejects.toEqual(
      refused(join(content, folder)),
    );
  });

  test.each(files.slice(-2))('%s is refused before the bytes of a file are read', async (file) => {
    await strangers['a link to a file outside']?.(file);
    const source = createDirectorySource({ path: content });
    await source.open();
    const look = async () => {
      for await (const _ of source.assets());
    };
    await expect(look()).rejects.toEqual(refused(join(content, file)));
    await source.close();
  });

  test('nothing of what a link leads to arrives', async () => {
    await strangers['a link to a file outside']?.(`assets/uploads/${upload}`);
    const to = join(root, 'copy');
    await expect(createTransfer({ from: content, to }).done).rejects.toMatchObject({ code: 'UNSAFE_FILE' });
    expect((await readdir(root)).sort()).toEqual(['content', 'outside']);
  });

  test('the one that it replaces is read so too', async () => {
    const file = 'schemas/schemas_00001.jsonl';
    await strangers['a named pipe']?.(file);
    const destination = createDirectoryDestination({ path: content, force: true });
    await destination.open();
    await expect(destination.schemas()).rejects.toEqual(refused(join(content, file)));
    await destination.close();
  });

  test('the folder itself may be given by a link', async () => {
    await symlink(content, join(root, 'link'));
    await everything(createDirectorySource({ path: join(root, 'link') }));
  });
});

describe.skipIf(process.platform === 'win32')('an archive', () => {
  test.each(['a named pipe', 'a socket', 'a link to /dev/zero'])(
    'that is %s is refused',
    async (stranger) => {
      content = root;
      await writeFile(join(root, 'export.tar'), '');
      await strangers[stranger]?.('export.tar');
      const path = join(root, 'export.tar');
      const error = await everything(createArchiveSource({ path })).catch((thrown: TransferError) => thrown);
      expect(error).toMatchObject({ code: 'UNSAFE_FILE' });
    },
  );

  test('may be given by a link', async () => {
    const path = join(root, 'export.tar');
    const to = createArchiveDestination({ path });
    await createTransfer({ from: createMemoryStore(smallContent).source(), to }).done;
    await symlink(path, join(root, 'link.tar'));
    await everything(createArchiveSource({ path: join(root, 'link.tar') }));
  });
});
