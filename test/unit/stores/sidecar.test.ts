import { chmod, chown, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { runDiff } from '../../../src/cli/commands/diff.command.js';
import { runTransfer } from '../../../src/cli/commands/transfer.command.js';
import { nodeFiles } from '../../../src/ports/node-files.js';
import { servedFolder } from '../../../src/server/served-folder.js';
import {
  createArchiveDestination,
  createArchiveSource,
  createDirectoryDestination,
  createDirectorySource,
} from '../../../src/stores/index.js';
import { createMemoryFiles } from '../../../src/testing/memory-files.js';
import { countingIds, fakeProcesses, labelIn, putLabel } from '../../support/stored-label.js';
import { treeOf } from '../../support/tree.js';

const isRoot = process.geteuid?.() === 0;
const stranger = 4242;

/** A user's home: `docs` is theirs, `project` came from a repository or an archive. */
let home = '';
let content = '';
const beside = (...names: readonly string[]) => join(`${content}.ferry`, ...names);

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'ferry-sidecar-'));
  content = join(home, 'project', 'content');
  await mkdir(join(home, 'docs'));
  await writeFile(join(home, 'docs', 'letter.txt'), 'Dear all');
  await mkdir(dirname(content));
  await putLabel(createDirectoryDestination({ path: content }), 'theirs');
  await putLabel(createDirectoryDestination({ path: join(home, 'project', 'other') }), 'other');
});
afterEach(() => rm(home, { recursive: true }));

async function plant(name: string, text: string, mode = 0o600): Promise<void> {
  await mkdir(dirname(beside(name)), { recursive: true, mode: 0o700 });
  await writeFile(beside(name), text);
  await chmod(beside(name), mode);
}

async function plantFolder(name: string, mode = 0o700): Promise<void> {
  await mkdir(beside(name), { recursive: true, mode: 0o700 });
  await chmod(beside(name), mode);
}

async function plantLink(name: string, to = join(home, 'docs')): Promise<void> {
  await mkdir(dirname(beside(name)), { recursive: true, mode: 0o700 });
  await symlink(to, beside(name));
}

const marker = (value: unknown) => () =>
  plant('commit.json', typeof value === 'string' ? value : JSON.stringify(value));

type Planted = readonly [name: string, plant: () => Promise<unknown>];

const markers: readonly Planted[] = [
  ...[
    '../../home/docs',
    '../../../docs',
    '/etc',
    'new-a/../../../docs',
    'versions',
    '.',
    '..',
    '',
    'new-',
    'new-a\0b',
  ].map((to): Planted => [`a marker to ${JSON.stringify(to)}`, marker({ from: null, to })]),
  ...['../../../docs', '/etc', 'new-a', '', '12/..', '1\n', '-1'].map(
    (from): Planted => [`a marker from ${JSON.stringify(from)}`, marker({ from, to: 'new-a' })],
  ),
  ['a marker from a number', marker({ from: 12, to: 'new-a' })],
  ['a marker to an object', marker({ from: null, to: {} })],
  ['a marker without names', marker({})],
  ...['{', 'null', '[]', '', '"new-a"', '\u0000'].map(
    (text): Planted => [`the marker ${JSON.stringify(text)}`, marker(text)],
  ),
  ['a marker of a megabyte', marker('{"from":null,"to":"new-a","x":"'.padEnd(1_000_000, 'x'))],
];

const links: readonly Planted[] = [
  ['a link as the sidecar', () => symlink(join(home, 'docs'), `${content}.ferry`)],
  ...[
    'versions',
    'pins',
    'writers',
    'tokens',
    'commit.json',
    'commit.json.new',
    'versions/new-a',
    'versions/12',
    'versions/gone-a',
  ].map((name): Planted => [`a link as ${name}`, () => plantLink(name)]),
  ['a link to nothing as commit.json', () => plantLink('commit.json', join(home, 'nowhere'))],
];

const kinds: readonly Planted[] = [
  ['a file as the sidecar', () => writeFile(`${content}.ferry`, '')],
  ['a file as versions', () => plant('versions', '')],
  ['a folder as commit.json', () => plantFolder('commit.json')],
];

const modes: readonly Planted[] = [
  ...[0o777, 0o775, 0o770, 0o707].map(
    (mode): Planted => [`a sidecar of mode ${mode.toString(8)}`, () => plantFolder('.', mode)],
  ),
  ...['versions', 'pins', 'writers', 'tokens'].map(
    (name): Planted => [`${name} of mode 777`, () => plantFolder(name, 0o777)],
  ),
  ...[0o666, 0o660].map(
    (mode): Planted => [
      `a marker of mode ${mode.toString(8)}`,
      () => plant('commit.json', '{"from":null,"to":"new-a"}', mode),
    ],
  ),
];

const owners: readonly Planted[] = ['.', 'versions', 'versions/new-a', 'pins', 'writers', 'tokens'].map(
  (name): Planted => [
    `${name} of another user`,
    async () => {
      await plantFolder(name);
      await chown(beside(name), stranger, stranger);
    },
  ],
);

async function openAndClose(store: { open(): Promise<void>; close(): Promise<void> }): Promise<void> {
  try {
    await store.open();
  } finally {
    await store.close();
  }
}

/** Runs a command in this process; rejects with what it says where it does not end with 0. */
async function command(run: (host: Parameters<typeof runTransfer>[1]) => Promise<number>): Promise<void> {
  let said = '';
  const output = {
    write(text: string) {
      said += text;
    },
  };
  const nothing = () => {};
  const host = {
    stdin: {},
    stdout: output,
    stderr: output,
    env: {},
    on: nothing,
    off: nothing,
    exit: nothing,
  };
  const code = await run(host);
  if (code !== 0) throw Object.assign(new Error(said), { code: /[A-Z]+(_[A-Z]+)+/.exec(said)?.[0] });
}

const uses = {
  source: () => openAndClose(createDirectorySource({ path: content })),
  destination: () => openAndClose(createDirectoryDestination({ path: content, force: true })),
  'serve, read': async () => {
    const { source } = servedFolder({ path: content });
    if (source !== undefined) await openAndClose(source());
  },
  'serve, pushed to': async () => {
    const { destination } = servedFolder({ path: content });
    if (destination !== undefined) await openAndClose(destination());
  },
  diff: () => command((host) => runDiff(content, join(home, 'project', 'other'), {}, host)),
  transfer: () =>
    command((host) =>
      runTransfer({ from: join(home, 'project', 'other'), to: content, force: true, json: true }, host),
    ),
};

describe('with a planted state beside it, a folder', () => {
  const planted = [...markers, ...links, ...kinds];
  const ofUsers = process.platform === 'win32' ? [] : [...modes, ...(isRoot ? owners : [])];

  test.each([...planted, ...ofUsers])(
    'is refused by all that use it, what is around it untouched: %s',
    async (_, plantIt) => {
      await plantIt();
      const before = await treeOf(home);
      for (const [name, use] of Object.entries(uses)) {
        await expect(use(), name).rejects.toMatchObject({ code: 'UNSAFE_STATE' });
        expect(await treeOf(home), name).toEqual(before);
      }
    },
  );
});

describe('an archive with a planted state beside it', () => {
  test.each(links.filter(([name]) => !name.includes('commit')))('is refused: %s', async (_, plantIt) => {
    content = join(home, 'project', 'content.tar');
    await putLabel(createArchiveDestination({ path: content }), 'theirs');
    await plantIt();
    const before = await treeOf(home);
    for (const store of [
      createArchiveSource({ path: content }),
      createArchiveDestination({ path: content, force: true }),
    ]) {
      await expect(openAndClose(store)).rejects.toMatchObject({ code: 'UNSAFE_STATE' });
    }
    expect(await treeOf(home)).toEqual(before);
  });
});

describe('what is said of a marker that is none', () => {
  test('names the file to remove, and what it would have done', async () => {
    await marker('{')();
    await expect(uses.source()).rejects.toMatchObject({
      message:
        `${beside('commit.json')} is not used: it holds no object of JSON. Ferry keeps there what it needs between two ` +
        `runs, and follows nothing that a stranger could have put there; ${content} was not touched. Remove commit.json: ` +
        `it would have put a version out of ${beside('versions')} in the place of the folder, which stays as it is without it.`,
      details: { file: beside('commit.json'), path: content },
    });
  });

  test('is how to save a version where nothing stands in the folder', async () => {
    await marker('{')();
    await rm(content, { recursive: true });
    await expect(uses.source()).rejects.toMatchObject({
      message: expect.stringContaining(
        `move the version that you want there out of ${beside('versions')}`,
      ) as string,
    });
  });

  test('can be followed, and the folder is used again', async () => {
    await marker('{')();
    await rm(beside('commit.json'));
    expect(await labelIn(createDirectorySource({ path: content }))).toBe('theirs');
  });
});

describe('a state that is ours', () => {
  test('may be of a folder that is given by a symbolic link', async () => {
    const link = join(home, 'link');
    await symlink(content, link);
    await putLabel(createDirectoryDestination({ path: link, force: true }), 'new');
    expect(await labelIn(createDirectorySource({ path: content }))).toBe('new');
  });

  test('keeps files beside it that are not ours', async () => {
    await plant('versions/notes.txt', 'mine');
    await plant('README', 'mine');
    await putLabel(createDirectoryDestination({ path: content, force: true }), 'new');
    expect(await treeOf(beside())).toMatchObject({
      README: expect.any(String),
      'versions/notes.txt': expect.any(String),
    });
  });

  test.runIf(isRoot)(
    'goes on working for root in a folder of another user, with state of that user',
    async () => {
      await plantFolder('versions');
      await plantFolder('versions/new-a');
      for (const path of [content, beside(), beside('versions'), beside('versions', 'new-a')])
        await chown(path, stranger, stranger);
      await putLabel(createDirectoryDestination({ path: content, force: true }), 'new');
      expect(await labelIn(createDirectorySource({ path: content }))).toBe('new');
    },
  );

  test('is passed over by a reader who may not look at it', async () => {
    const files = createMemoryFiles();
    const ports = { path: '/data/content', ids: countingIds(), processes: fakeProcesses().spawn() };
    await putLabel(createDirectoryDestination({ ...ports, files }), 'old');
    await files.makeDirectory('/data/content.ferry/versions');
    const denied = <T>(path: string, work: () => Promise<T>): Promise<T> =>
      path.includes('.ferry/') ? Promise.reject(Object.assign(new Error(path), { code: 'EACCES' })) : work();
    const others = {
      ...files,
      look: (path: string) => denied(path, () => files.look(path)),
      stat: (path: string) => denied(path, () => files.stat(path)),
      list: (path: string) => denied(`${path}/`, () => files.list(path)),
      makeDirectory: (path: string) => denied(path, () => files.makeDirectory(path)),
    };
    expect(await labelIn(createDirectorySource({ ...ports, files: others }))).toBe('old');
  });

  test.skipIf(process.platform === 'win32')('is made for its owner alone, under any umask', async () => {
    const umask = process.umask(0o002);
    try {
      const destination = createDirectoryDestination({ path: content, force: true });
      await destination.open();
      const found = await Promise.all([beside(), beside('writers')].map((path) => nodeFiles.look(path)));
      await destination.close();
      expect(found.map((info) => info?.access?.mode)).toEqual([0o700, 0o700]);
    } finally {
      process.umask(umask);
    }
  });
});
