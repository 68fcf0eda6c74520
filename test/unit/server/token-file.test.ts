import { chmod, chown, mkdir, mkdtemp, rename, rm, stat, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { nodeFiles } from '../../../src/ports/node-files.js';
import { createTokenFile } from '../../../src/server/token-file.js';
import { createTokens, type TokenRecord } from '../../../src/server/tokens.js';
import { placeOf, portsOf, tidy } from '../../../src/stores/place/place.js';
import { createMemoryFiles, type MemoryFiles } from '../../../src/testing/memory-files.js';
import { seededIds, seededRandom } from '../../../src/testing/seeded.js';

const folder = '/served';
const directory = '/served.ferry/tokens';
const at = (ms: number) => new Date(Date.parse('2026-11-23T10:00:00.000Z') + ms).toISOString();

function record(id: string, fields: Partial<TokenRecord> = {}): TokenRecord {
  return {
    id,
    name: `name of ${id}`,
    hash: 'ab'.repeat(64),
    scopes: ['push', 'pull'],
    createdAt: at(0),
    expiresAt: null,
    lastUsedAt: null,
    ...fields,
  };
}

const open = (files: MemoryFiles) => createTokenFile({ folder, files });
const usesOf = async (files: MemoryFiles, id: string) =>
  ((await files.list(directory)) ?? []).filter((name) => name.startsWith(`${id}.used-`));

describe('token file', () => {
  it('knows no token where nothing lies beside the folder, and makes nothing by looking', async () => {
    const files = createMemoryFiles();
    expect(await open(files).list()).toEqual([]);
    expect(await open(files).remove('nobody')).toBe(false);
    expect(await files.list('/')).toEqual([]);
  });

  it('gives back what was added, oldest first, after a power cut too', async () => {
    const files = createMemoryFiles();
    const [late, early] = [record('a', { createdAt: at(2), expiresAt: at(9) }), record('b')];
    await open(files).add(late);
    await open(files).add(early);
    expect(await open(files.reopen('powerCut')).list()).toEqual([early, late]);
  });

  it('sees at once what another process adds and removes', async () => {
    const files = createMemoryFiles();
    const [server, command] = [open(files), open(files)];
    await command.add(record('a'));
    expect(await server.list()).toEqual([record('a')]);
    await command.add(record('b'));
    expect(await server.list()).toHaveLength(2);
    expect(await command.remove('a')).toBe(true);
    expect(await server.list()).toEqual([record('b')]);
  });

  it('finds one by its hash or its id, among those that another process adds and removes', async () => {
    const files = createMemoryFiles();
    const [server, command] = [open(files), open(files)];
    const hashes = ['ab', 'cd'].map((byte) => byte.repeat(64));
    const found = async () =>
      [
        ...(await Promise.all(hashes.map((hash) => server.findByHash(hash)))),
        ...(await Promise.all(['a', 'b', '../a', 'salt', ''].map((id) => server.get(id)))),
      ].map((token) => token?.id);
    expect((await found()).join()).toBe(',,,,,,');
    await command.add(record('a', { hash: hashes[0] ?? '' }));
    await command.add(record('b', { hash: hashes[1] ?? '' }));
    expect((await found()).join()).toBe('a,b,a,b,,,');
    await command.remove('a');
    expect((await found()).join()).toBe(',b,,b,,,');
  });

  it('looks at one file for a token that it knows, however many there are', async () => {
    const inner = createMemoryFiles();
    const asked: string[] = [];
    const watched =
      <A extends readonly unknown[], R>(call: (...parameters: A) => R) =>
      (...parameters: A) => {
        asked.push(String(parameters[0]));
        return call(...parameters);
      };
    const files = {
      ...inner,
      list: watched(inner.list),
      stat: watched(inner.stat),
      read: watched(inner.read),
    };
    const store = createTokenFile({ folder, files });
    for (let count = 0; count < 20; count += 1)
      await store.add(record(`t${count}`, { hash: `${count + 10}`.repeat(64) }));
    await store.list();
    asked.length = 0;
    expect(await store.findByHash('12'.repeat(64))).toMatchObject({ id: 't2' });
    expect(await store.get('t2')).toMatchObject({ id: 't2' });
    expect(asked.filter((path) => path.startsWith(`${directory}/`) || path === directory)).toEqual([
      `${directory}/t2.json`,
      `${directory}/t2.json`,
    ]);
  });

  it('does not bring a revoked token back by noting its use', async () => {
    const files = createMemoryFiles();
    const [server, command] = [open(files), open(files)];
    await command.add(record('a'));
    await server.list();
    const touching = server.touch('a', at(1));
    await command.remove('a');
    await touching;
    await server.touch('a', at(100_000));
    expect(await server.list()).toEqual([]);
    expect(await open(files).list()).toEqual([]);
  });

  it('notes a use at most once a minute, and keeps only the last note', async () => {
    const files = createMemoryFiles();
    const store = open(files);
    await store.add(record('a'));
    await store.touch('a', at(0));
    const before = files.operations();
    await store.touch('a', at(59_999));
    expect(files.operations()).toBe(before);
    expect((await store.list())[0]?.lastUsedAt).toBe(at(0));
    await store.touch('a', at(60_000));
    expect((await store.list())[0]?.lastUsedAt).toBe(at(60_000));
    expect(await usesOf(files, 'a')).toHaveLength(1);
  });

  it('leaves no note of a token that is removed', async () => {
    const files = createMemoryFiles();
    const store = open(files);
    await store.add(record('a'));
    await store.touch('a', at(0));
    await store.remove('a');
    expect(await files.list(directory)).toEqual(['salt']);
  });

  it('makes one salt, whoever comes first, and keeps it', async () => {
    const files = createMemoryFiles();
    const salts = await Promise.all([open(files).salt(), open(files).salt(), open(files).salt()]);
    expect(new Set(salts).size).toBe(1);
    expect(salts[0]).toMatch(/^[0-9a-f]{128}$/);
    expect(await files.list('/served.ferry')).toEqual(['tokens']);
    expect(await open(files.reopen('powerCut')).salt()).toBe(salts[0]);
  });

  it('holds a whole token or none, and a whole salt or none, wherever it is killed', async () => {
    for (const after of ['kill', 'powerCut'] as const) {
      for (let count = 0; ; count += 1) {
        const files = createMemoryFiles();
        files.failAfter(count);
        const done = await open(files)
          .add(record('a'))
          .then(
            () => true,
            () => false,
          );
        const disk = files.reopen(after);
        const next = open(disk);
        const found = await next.list();
        expect(done ? [record('a')] : [[], [record('a')]]).toContainEqual(done ? record('a') : found);
        expect(await next.salt()).toMatch(/^[0-9a-f]{128}$/);
        await next.add(record('b'));
        expect((await next.list()).map(({ id }) => id)).toContain('b');
        expect(await disk.list('/served.ferry')).toEqual(['tokens']);
        for (const name of (await disk.list(directory)) ?? []) expect(name).toMatch(/^(salt|[ab]\.json)$/);
        if (done) break;
      }
    }
  });

  it('adds nothing where the disk is full, and says so', async () => {
    const files = createMemoryFiles({ capacity: 200 });
    await expect(open(files).add(record('a'))).rejects.toMatchObject({ code: 'NO_SPACE' });
    expect(await open(files).list()).toEqual([]);
    expect(await files.list(directory)).toEqual(['salt']);
  });

  it.each([
    ['what is no JSON', '{'],
    ['another token', JSON.stringify(record('b'))],
    ['a token without an end', JSON.stringify({ ...record('a'), expiresAt: undefined })],
    ['a token that ends at no time', JSON.stringify({ ...record('a'), expiresAt: 'soon' })],
  ])('names the file that holds %s', async (_, content) => {
    const files = createMemoryFiles();
    await open(files).salt();
    await files.write(`${directory}/a.json`, content);
    await expect(open(files).list()).rejects.toMatchObject({
      code: 'STORE_FAILED',
      details: { path: `${directory}/a.json` },
    });
  });

  it('takes no id that is a path', async () => {
    const files = createMemoryFiles();
    const store = open(files);
    await expect(store.add(record('../../a'))).rejects.toMatchObject({ code: 'STORE_FAILED' });
    expect(await store.remove('../tokens/../x')).toBe(false);
    await store.touch('../x', at(0));
    expect(await files.list(directory)).toEqual(['salt']);
  });

  it('is left alone by the store that tidies up beside the folder', async () => {
    const files = createMemoryFiles();
    await open(files).add(record('a'));
    const ids = seededIds(seededRandom(1));
    const processes = { self: '1-1', alive: () => true };
    const place = await placeOf(folder, portsOf({ files, ids, processes }));
    await files.makeDirectory(place.versions);
    await tidy(place);
    expect(await files.list('/served.ferry')).toEqual(['tokens']);
    expect(await open(files).list()).toHaveLength(1);
  });

  it('lets only its owner read the salt and the tokens of the real disk', async () => {
    const parent = await mkdtemp(join(tmpdir(), 'ferry-tokens-'));
    try {
      const store = createTokenFile({ folder: join(parent, 'served'), files: nodeFiles });
      const tokens = createTokens({ store, salt: store.salt });
      const { record: made, accessKey } = await tokens.create({ scopes: ['pull'] });
      expect((await tokens.check(accessKey, 'pull')).ok).toBe(true);
      for (const name of ['salt', `${made.id}.json`]) {
        const { mode } = await stat(join(parent, 'served.ferry', 'tokens', name));
        expect(mode & 0o777, name).toBe(0o600);
      }
    } finally {
      await rm(parent, { recursive: true });
    }
  });
});

describe.skipIf(process.platform === 'win32')('tokens that somebody else may have put there', () => {
  const isRoot = process.geteuid?.() === 0;
  const stranger = 4242;
  let home = '';
  const beside = (...names: readonly string[]) => join(home, 'content.ferry', ...names);
  const store = () => createTokenFile({ folder: join(home, 'content') });
  const onDisk = () => createTokens({ store: store(), salt: store().salt });
  let id = '';
  let key = '';

  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'ferry-tokens-'));
    await mkdir(join(home, 'content'));
    const { record, accessKey } = await onDisk().create({ scopes: ['push'] });
    [id, key] = [record.id, accessKey];
  });
  afterEach(() => rm(home, { recursive: true }));

  const linked = async (path: string, outside: string) => {
    await rename(path, join(home, outside));
    await symlink(join(home, outside), path);
  };

  const planted: readonly [string, () => Promise<unknown>][] = [
    ['a token that a group may write (664)', () => chmod(beside('tokens', `${id}.json`), 0o664)],
    ['a token as a clone of a repository has it (644)', () => chmod(beside('tokens', `${id}.json`), 0o644)],
    ['a salt that others may read', () => chmod(beside('tokens', 'salt'), 0o604)],
    ['a folder of tokens that a group may write', () => chmod(beside('tokens'), 0o775)],
    ['a folder beside the content that all may write', () => chmod(beside(), 0o777)],
    ['a token that is a link', () => linked(beside('tokens', `${id}.json`), 'elsewhere.json')],
    ['a salt that is a link', () => linked(beside('tokens', 'salt'), 'elsewhere')],
    ['a folder of tokens that is a link', () => linked(beside('tokens'), 'elsewhere')],
    ['a folder beside the content that is a link', () => linked(beside(), 'elsewhere')],
  ];
  const foreign: readonly [string, () => Promise<unknown>][] = [
    ['a token of another user', () => chown(beside('tokens', `${id}.json`), stranger, stranger)],
    ['a salt of another user', () => chown(beside('tokens', 'salt'), stranger, stranger)],
    ['a folder of tokens of another user', () => chown(beside('tokens'), stranger, stranger)],
    ['a folder beside the content of another user', () => chown(beside(), stranger, stranger)],
  ];

  it.each([...planted, ...(isRoot ? foreign : [])])(
    '%s opens nothing, and the error names it',
    async (_, plant) => {
      expect(await onDisk().check(key, 'push')).toMatchObject({ ok: true });
      await plant();
      await expect(onDisk().check(key, 'push')).rejects.toMatchObject({ code: 'UNSAFE_STATE' });
    },
  );

  it.runIf(isRoot)(
    'root goes on with the tokens of the folder’s owner, as in a container over a volume',
    async () => {
      for (const path of [
        join(home, 'content'),
        beside(),
        beside('tokens'),
        beside('tokens', 'salt'),
        beside('tokens', `${id}.json`),
      ])
        await chown(path, 1000, 1000);
      expect(await onDisk().check(key, 'push')).toMatchObject({ ok: true });
    },
  );

  it('a link of the user’s own to the folder is followed', async () => {
    await symlink(join(home, 'content'), join(home, 'link'));
    const { salt, ...tokens } = createTokenFile({ folder: join(home, 'link') });
    expect(await createTokens({ store: tokens, salt }).check(key, 'push')).toMatchObject({ ok: true });
  });
});
