import { appendFile, cp, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createMemoryStore } from '../../../src/stores/memory.js';
import { createTransfer } from '../../../src/transfer/create-transfer.js';
import { outcomeOf, runCommand } from '../../support/command.js';
import { smallContent } from '../../support/small-content.js';
import { treeOf } from '../../support/tree.js';

let scratch = '';
let template = '';
let cwd = '';

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'ferry-folders-'));
  template = join(scratch, 'template');
  await createTransfer({ from: createMemoryStore(smallContent).source(), to: join(template, 'export') }).done;
  await createTransfer({ from: createMemoryStore().source(), to: join(template, 'target') }).done;
});
beforeEach(async () => {
  cwd = await mkdtemp(join(scratch, 'case-'));
  await cp(template, cwd, { recursive: true });
});
afterAll(() => rm(scratch, { recursive: true }));

const move = (...flags: string[]) =>
  runCommand(['transfer', '--from', 'export', '--to', 'target', ...flags], { cwd });

const part = (...names: string[]) => join(cwd, 'export', ...names);

describe('an export that cannot be read ends with 6, says where, and leaves the destination as it was', () => {
  test.each<[string, () => Promise<void>, string, string]>([
    [
      'a folder that does not exist',
      () => rm(join(cwd, 'export'), { recursive: true }),
      'NOT_AN_EXPORT',
      'it does not exist',
    ],
    [
      'a file',
      async () => {
        await rm(join(cwd, 'export'), { recursive: true });
        await writeFile(join(cwd, 'export'), 'text');
      },
      'NOT_AN_EXPORT',
      'it is a file, and no archive',
    ],
    [
      'a folder that is no export',
      async () => {
        await rm(join(cwd, 'export'), { recursive: true });
        await mkdir(join(cwd, 'export'));
      },
      'NOT_AN_EXPORT',
      'it has no metadata.json, or was not finished',
    ],
    [
      'half an export: an asset without its file',
      () => rm(part('assets', 'uploads', 'vapur_2.bin')),
      'MISSING_ASSET',
      'vapur_2.bin',
    ],
    [
      'half an export: an asset without its description',
      () => rm(part('assets', 'metadata', 'vapur_2.bin.json')),
      'MISSING_ASSET_DESCRIPTION',
      'vapur_2.bin.json',
    ],
    [
      'a broken line',
      () => appendFile(part('links', 'links_00001.jsonl'), '{"kind":"relation.basic","re'),
      'BROKEN_LINE',
      'links/links_00001.jsonl, line 3: it is no JSON',
    ],
    [
      'a line that is no row',
      () => appendFile(part('entities', 'entities_00001.jsonl'), '{"type":7}'),
      'BROKEN_LINE',
      'entities/entities_00001.jsonl, line 4',
    ],
  ])('%s', async (_, damage, code, place) => {
    await damage();
    const before = await treeOf(cwd);
    const result = await move('--force');
    expect(result).toMatchObject({ exitCode: 6 });
    expect(result.stderr).toContain(`${code}: `);
    expect(result.stderr).toContain(place);
    expect(await treeOf(cwd)).toEqual(before);
  });
});

describe('a destination that cannot take it ends with 7 and stays as it was', () => {
  test('a folder that holds something, unless it is forced', async () => {
    const before = await treeOf(cwd);
    const refused = await move();
    expect(refused).toMatchObject({ exitCode: 7, stdout: '' });
    expect(refused.stderr).toContain('NOT_EMPTY: ');
    expect(refused.stderr).toContain('--force');
    expect(await treeOf(cwd)).toEqual(before);

    expect(await move('--force')).toMatchObject({ exitCode: 0, stderr: '' });
    expect(await treeOf(join(cwd, 'target'))).toEqual(await treeOf(join(cwd, 'export')));
    expect((await readdir(cwd)).sort()).toEqual(['export', 'target']);
  });

  test('a path where a file stands', async () => {
    await rm(join(cwd, 'target'), { recursive: true });
    await writeFile(join(cwd, 'target'), 'mine');
    const before = await treeOf(cwd);
    const result = await move('--force');
    expect(result.exitCode).toBe(7);
    expect(result.stderr).toContain('a file stands there');
    expect(await treeOf(cwd)).toEqual(before);
  });
});

describe('a folder that is no export is refused and stays as it was, however it is called and whatever the flags', () => {
  beforeEach(async () => {
    for (const name of ['.git', 'inner']) await mkdir(join(cwd, 'precious', name), { recursive: true });
    await writeFile(join(cwd, 'precious', '.git', 'HEAD'), 'ref: refs/heads/main');
    await writeFile(join(cwd, 'precious', 'beach.jpg'), 'a photo');
    await symlink(join(cwd, 'precious'), join(cwd, 'link'));
  });

  test.each<[string, string, readonly string[]]>([
    ['by its name', '.', ['--to', 'precious', '--force']],
    ['by its name, with a slash', '.', ['--to', './precious/', '--force']],
    ['through another folder', '.', ['--to', 'export/../precious', '--force']],
    ['a symbolic link to it', '.', ['--to', 'link', '--force']],
    ['the folder in which it runs', 'precious', ['--to', '.', '--force']],
    ['the folder above', 'precious/inner', ['--to', '..', '--force']],
    ['the root', '.', ['--to', '/', '--force']],
    ['without --force', '.', ['--to', 'precious']],
    ['in a dry run', '.', ['--to', 'precious', '--dry-run']],
    ['with schemas to be ignored', '.', ['--to', 'precious', '--force', '--schema-strategy', 'ignore']],
  ])('%s', async (_, from, flags) => {
    const before = await treeOf(cwd);
    const result = await runCommand(['transfer', '--from', join(cwd, 'export'), ...flags, '--json'], {
      cwd: join(cwd, from),
    });
    expect(outcomeOf(result)).toMatchObject({ exitCode: 7, error: { code: 'NOT_REPLACEABLE' } });
    expect(await treeOf(cwd)).toEqual(before);
  });
});

test('without a terminal each stage is one plain line', async () => {
  const { exitCode, stdout, stderr } = await move('--force');
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what must not be there.
  expect(stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/);
  expect(stdout.trimEnd().split('\n')).toEqual([
    expect.stringMatching(/^stage +items +size +time +rate +left out$/),
    expect.stringMatching(/^schemas +2 +\S+ s$/),
    expect.stringMatching(/^entities +3 .*\/s$/),
    expect.stringMatching(/^assets +3 +293\.0 KiB .*\/s$/),
    expect.stringMatching(/^links +2 .*\/s$/),
    expect.stringMatching(/^configuration +2 .*\/s$/),
    expect.stringMatching(/^done in .*: 10 items, 293\.0 KiB of files$/),
  ]);
});

test('--json writes one event a line, and the result last', async () => {
  const done = await move('--force', '--json');
  expect(done).toMatchObject({ exitCode: 0, stderr: '' });
  expect(outcomeOf(done)).toMatchObject({ ok: true, exitCode: 0, counts: { entities: { items: 3 } } });

  const failed = await move('--json');
  expect(failed).toMatchObject({ exitCode: 7, stderr: '' });
  expect(outcomeOf(failed)).toMatchObject({ ok: false, exitCode: 7, error: { code: 'NOT_EMPTY' } });
});
