import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { servedFolder } from '../../../src/server/served-folder.js';
import { createDirectorySource, createMemoryStore } from '../../../src/stores/index.js';
import { seededRandom } from '../../../src/testing/seeded.js';
import { createTransfer } from '../../../src/transfer/create-transfer.js';
import { labelledContent, labelOf } from '../../support/labelled-content.js';
import { isSoak } from '../../support/soak.js';
import { runServer } from '../../support/transfer-servers.js';

const kills = isSoak ? 50 : 5;
const seed = Number(process.env['FERRY_SEED'] ?? 7);
let temporary = '';

beforeAll(async () => {
  temporary = await mkdtemp(join(tmpdir(), 'ferry-kill-'));
  await build({
    configFile: false,
    logLevel: 'silent',
    build: {
      ssr: fileURLToPath(new URL('./child.ts', import.meta.url)),
      outDir: join(temporary, 'child'),
      rolldownOptions: { output: { entryFileNames: 'child.mjs' } },
    },
    ssr: { noExternal: true },
  });
});
afterAll(() => rm(temporary, { recursive: true }));

/** A process of its own, the lines that it says, and how many steps it has announced. */
function child(...given: readonly string[]) {
  const process = spawn(globalThis.process.execPath, [join(temporary, 'child', 'child.mjs'), ...given], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: process.stdout as NonNullable<ChildProcess['stdout']> });
  const exit = once(process, 'exit');
  let steps = 0;
  let reached: { readonly step: number; readonly wake: () => void } | null = null;
  const said = new Promise<string>((resolve) => {
    lines.on('line', (line) => {
      if (line !== 'step') return resolve(line);
      steps += 1;
      if (reached?.step === steps) reached.wake();
    });
  });
  return {
    /** The line that says that it is ready. */
    said,
    steps: () => steps,
    /** Resolves with the step of that number, or with its end. */
    async step(number: number) {
      const came = new Promise<void>((resolve) => {
        if (steps >= number) resolve();
        else reached = { step: number, wake: resolve };
      });
      await Promise.race([came, exit]);
    },
    exit,
    async kill() {
      if (process.exitCode === null && process.signalCode === null) process.kill('SIGKILL');
      await exit;
    },
  };
}

/** A store that holds `label`, in a folder with nothing else. */
async function storeWith(label: string) {
  const parent = await mkdtemp(join(temporary, 'store-'));
  const path = join(parent, 'content');
  const running = await runServer(servedFolder({ path }));
  const push = (next: string) =>
    createTransfer({
      from: createMemoryStore(labelledContent(next)).source(),
      to: running.admin,
      toToken: running.token,
    }).done;
  await push(label);
  return { parent, path, running, push };
}

async function check(path: string, parent: string): Promise<string> {
  // The next start: it finishes or undoes what the kill left.
  const label = await labelOf(createDirectorySource({ path }));
  expect(await readdir(parent)).toEqual(['content']);
  return label;
}

function tally(ends: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const end of ends) counts.set(end, (counts.get(end) ?? 0) + 1);
  return [...counts].map((one) => one.join(' × ')).join('; ');
}

test(`a client that is killed at ${kills} steps of its push leaves the old content or the new, and no litter`, async () => {
  const random = seededRandom(seed);
  const { parent, path, running } = await storeWith('a');
  const ends: string[] = [];
  let steps = 0;
  let current = 'a';
  for (let round = 0; round <= kills; round += 1) {
    const next = String.fromCharCode(97 + ((round + 1) % 26));
    const client = child('push', running.admin, running.token, next);
    await client.said;
    // The first one is not killed: it counts the steps.
    if (round === 0) {
      await client.exit;
      steps = client.steps();
      expect(steps).toBeGreaterThan(50);
    } else await client.step(Math.floor(random() * steps));
    await client.kill();
    await Promise.all([...running.server.sessions].map(({ closed }) => closed));
    const label = await check(path, parent);
    expect([current, next]).toContain(label);
    ends.push(label === next ? 'new' : 'old');
    current = label;
  }
  console.info(`seed ${seed}: client killed ${kills} times in ${steps} steps: ${tally(ends.slice(1))}`);
  await running.close();
}, 300_000);

test(`a server that is killed at ${kills} steps of a push leaves the old content or the new, and no litter`, async () => {
  const random = seededRandom(seed + 1);
  const { parent, path, running } = await storeWith('a');
  await running.close();
  const ends: string[] = [];
  let steps = 0;
  let current = 'a';
  for (let round = 0; round <= kills; round += 1) {
    const next = String.fromCharCode(97 + ((round + 1) % 26));
    const server = child('serve', path);
    const { admin, token } = JSON.parse(await server.said);
    const push = createTransfer({
      from: createMemoryStore(labelledContent(next)).source(),
      to: admin,
      toToken: token,
    }).done.then(
      () => 'pushed',
      (error: { code?: string }) => error.code,
    );
    if (round === 0) {
      await push;
      steps = server.steps();
      expect(steps).toBeGreaterThan(50);
    } else await Promise.race([server.step(Math.floor(random() * steps)), push]);
    await server.kill();
    const outcome = await push;
    const label = await check(path, parent);
    expect([current, next]).toContain(label);
    // What the client was told is so.
    if (outcome === 'pushed') expect(label).toBe(next);
    ends.push(`${label === next ? 'new' : 'old'}, ${outcome}`);
    current = label;
  }
  console.info(`seed ${seed}: server killed ${kills} times in ${steps} steps: ${tally(ends.slice(1))}`);
}, 300_000);
