import { mkdir, mkdtemp, readlink, realpath, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createTokenFile } from '../../../src/server/token-file.js';
import { createTokens } from '../../../src/server/tokens.js';
import { createArchiveDestination } from '../../../src/stores/archive/destination.js';
import { createArchiveSource } from '../../../src/stores/archive/source.js';
import { createDirectoryDestination } from '../../../src/stores/directory/destination.js';
import { createDirectorySource } from '../../../src/stores/directory/source.js';
import { writeAll } from '../../support/ends.js';
import { smallContent } from '../../support/small-content.js';
import { treeOf } from '../../support/tree.js';

let scratch = '';
let root = '';
beforeAll(async () => {
  scratch = await realpath(await mkdtemp(join(tmpdir(), 'ferry-dangling-')));
});
beforeEach(async () => {
  root = await mkdtemp(join(scratch, 'case-'));
  await mkdir(join(root, 'volume'));
});
afterAll(() => rm(scratch, { recursive: true }));
const at = (...names: string[]) => join(root, ...names);

const kinds = {
  folder: { name: 'content', destination: createDirectoryDestination, source: createDirectorySource },
  archive: { name: 'content.tar', destination: createArchiveDestination, source: createArchiveSource },
};

async function write({ name, destination }: (typeof kinds)[keyof typeof kinds], path: string) {
  const made = destination({ path });
  await made.open();
  const { metadata, schemas } = smallContent;
  await made.prepare({ steps: ['entities', 'assets', 'links', 'configuration'], metadata, schemas });
  await writeAll(made, smallContent);
  await made.commit();
  await made.close();
  return name;
}

test.each(Object.entries(kinds))(
  'a link to nothing as a destination of a %s leads on: what it points at is made',
  async (_, kind) => {
    const target = at('volume', kind.name);
    await symlink(join('volume', kind.name), at(kind.name));
    await write(kind, at(kind.name));
    expect(await readlink(at(kind.name))).toBe(join('volume', kind.name));
    const source = kind.source({ path: target });
    await source.open();
    expect(await source.schemas()).toEqual(smallContent.schemas);
    await source.close();
  },
);

test.each(Object.entries(kinds))(
  'a link into a volume that is not there is no destination of a %s, and says so',
  async (_, kind) => {
    const target = at('unmounted', 'inner', kind.name);
    await symlink(target, at(kind.name));
    const before = await treeOf(root);
    await expect(write(kind, at(kind.name))).rejects.toMatchObject({
      code: 'STORE_FAILED',
      message: `${at(kind.name)} cannot be used: it is a symbolic link to ${target}, and ${at('unmounted')} does not exist; mount or make what belongs there. Nothing in it was changed.`,
    });
    expect(await treeOf(root)).toEqual(before);
  },
);

test.each(Object.entries(kinds))(
  'a link to nothing as a source of a %s names what is missing',
  async (_, kind) => {
    await symlink(at('volume', kind.name), at(kind.name));
    await expect(kind.source({ path: at(kind.name) }).open()).rejects.toMatchObject({
      code: 'NOT_AN_EXPORT',
      message: expect.stringContaining(
        `it is a symbolic link to ${at('volume', kind.name)}, which does not exist`,
      ),
    });
  },
);

test('tokens of a link to nothing lie beside what it will be', async () => {
  await symlink(at('volume', 'content'), at('content'));
  const tokens = (folder: string) => {
    const store = createTokenFile({ folder });
    return createTokens({ store, salt: store.salt });
  };
  const { accessKey } = await tokens(at('content')).create({ scopes: ['pull'] });
  await mkdir(at('volume', 'content'));
  expect(await tokens(at('content')).check(accessKey, 'pull')).toMatchObject({ ok: true });
});

test('a commit that was killed behind a link is finished through the link', async () => {
  const kind = kinds.folder;
  await write(kind, at('volume', 'content'));
  await symlink(at('volume', 'content'), at('content'));
  const beside = at('volume', 'content.ferry');
  await mkdir(join(beside, 'versions'), { recursive: true, mode: 0o700 });
  await rename(at('volume', 'content'), join(beside, 'versions', 'new-x'));
  await writeFile(join(beside, 'commit.json'), JSON.stringify({ from: null, to: 'new-x' }), { mode: 0o600 });
  const source = kind.source({ path: at('content') });
  await source.open();
  expect(await source.schemas()).toEqual(smallContent.schemas);
  await source.close();
});
