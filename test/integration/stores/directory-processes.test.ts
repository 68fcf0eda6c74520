import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rename, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createDirectoryDestination, createDirectorySource } from '../../../src/stores/index.js';
import { labelIn, putLabel } from '../../support/stored-label.js';

let temporary = '';
let parent = '';
let path = '';

beforeAll(async () => {
  temporary = await mkdtemp(join(tmpdir(), 'ferry-processes-'));
  await build({
    configFile: false,
    logLevel: 'silent',
    build: {
      ssr: fileURLToPath(new URL('./directory-child.ts', import.meta.url)),
      outDir: join(temporary, 'child'),
      rolldownOptions: { output: { entryFileNames: 'child.mjs' } },
    },
    ssr: { noExternal: true },
  });
});

beforeEach(async () => {
  parent = await mkdtemp(join(temporary, 'store-'));
  path = join(parent, 'content');
});

afterAll(() => rm(temporary, { recursive: true }));

const source = () => createDirectorySource({ path });
const destination = () => createDirectoryDestination({ path, force: true });

/** A process of its own, up to what it says, or its end. `within`: what runs it. */
async function child(
  label: string,
  end: string,
  within: readonly string[] = [],
): Promise<{ process: ChildProcess; said: string }> {
  const script = join(temporary, 'child', 'child.mjs');
  const [program = '', ...rest] = [...within, globalThis.process.execPath, script, path, label, end];
  const process = spawn(program, rest, { stdio: ['pipe', 'pipe', 'inherit'] });
  const said = await Promise.race([
    once(process.stdout as NonNullable<ChildProcess['stdout']>, 'data').then(([data]) => String(data)),
    once(process, 'exit').then(([, signal]) => String(signal)),
  ]);
  return { process, said };
}

async function killed(process: ChildProcess): Promise<void> {
  if (process.exitCode !== null || process.signalCode !== null) return;
  const exit = once(process, 'exit');
  process.kill('SIGKILL');
  await exit;
}

test('a process that is killed anywhere in its transfer leaves the old content or the new', async () => {
  const seen = new Set<string>();
  await putLabel(destination(), 'old');
  // Every sixth operation; test/unit/stores/directory-kill.test.ts has each, on a disk in memory.
  for (let operation = 1; ; operation += 6) {
    const { said } = await child('new', String(operation));
    const label = await labelIn(source());
    expect(['old', 'new']).toContain(label);
    expect(await readdir(parent)).toEqual(['content']);
    seen.add(`${said.trim()} ${label}`);
    if (said === 'committed\n') break;
    if (label === 'new') await putLabel(destination(), 'old');
  }
  expect([...seen].sort()).toEqual(['SIGKILL new', 'SIGKILL old', 'committed new']);
  // A process for each of them: a machine that is busy takes longer.
}, 120_000);

test('a folder that another process writes is refused with its pid, and taken once that process is killed', async () => {
  const { process } = await child('theirs', 'wait');
  await expect(destination().open()).rejects.toMatchObject({
    code: 'STORE_IN_USE',
    details: { pid: String(process.pid) },
  });
  await killed(process);
  await putLabel(destination(), 'ours');
  expect(await labelIn(source())).toBe('ours');
  expect(await readdir(parent)).toEqual(['content']);
});

const otherNamespace = ['unshare', '-r', '--pid', '--fork', '--kill-child'];

function hasNamespaces(): boolean {
  try {
    execFileSync(otherNamespace[0] ?? '', [...otherNamespace.slice(1), 'true'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

test.skipIf(!hasNamespaces())(
  'a folder that a process of another container writes is refused, whatever runs here under its number',
  async () => {
    const { process } = await child('theirs', 'wait', otherNamespace);
    const taken = {
      code: 'STORE_IN_USE',
      message: expect.stringContaining('process 1 of another container or machine') as string,
    };
    await expect(destination().open()).rejects.toMatchObject(taken);
    await expect(source().open()).rejects.toMatchObject({ code: 'NOT_AN_EXPORT' });
    await killed(process);
    // It cannot be seen that it is dead: its last sign of life counts.
    await expect(destination().open()).rejects.toMatchObject(taken);
  },
);

test('a source reads on what it has opened while another process replaces the folder', async () => {
  await putLabel(destination(), 'old');
  const from = source();
  await from.open();
  expect((await child('new', 'commit')).said).toBe('committed\n');
  expect(await labelIn(source())).toBe('new');
  expect(await labelIn({ ...from, open: async () => {} })).toBe('old');
  expect(await readdir(parent)).toEqual(['content']);
});

test('commits and readers that run beside each other never see a mix', async () => {
  await putLabel(destination(), '0');
  let writing = true;
  const write = async () => {
    for (let round = 1; round <= 25; round += 1) await putLabel(destination(), String(round));
    writing = false;
  };
  const read = async () => {
    let last = 0;
    while (writing) {
      const label = Number(await labelIn(source()));
      expect(label).toBeGreaterThanOrEqual(last);
      last = label;
    }
  };
  await Promise.all([write(), read(), read(), read()]);
  expect(await labelIn(source())).toBe('25');
  expect(await readdir(parent)).toEqual(['content']);
});

test('a folder behind a symbolic link is replaced where it lies, and the link stays', async () => {
  const real = join(parent, 'real');
  await mkdir(real);
  await symlink(real, path);
  await putLabel(destination(), 'one');
  await putLabel(destination(), 'two');
  expect(await labelIn(source())).toBe('two');
  expect(await labelIn(createDirectorySource({ path: real }))).toBe('two');
  expect((await readdir(parent)).sort()).toEqual(['content', 'real']);
});

test('a folder may be moved between two transfers', async () => {
  await putLabel(destination(), 'one');
  const moved = join(parent, 'moved');
  await rename(path, moved);
  expect(await labelIn(createDirectorySource({ path: moved }))).toBe('one');
});
