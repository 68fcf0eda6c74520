import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import WebSocket from 'ws';
import { runDiff } from '../../../src/cli/commands/diff.command.js';
import { runDoctor } from '../../../src/cli/commands/doctor.command.js';
import { runServe } from '../../../src/cli/commands/serve.command.js';
import { runTokenCreate } from '../../../src/cli/commands/token.command.js';
import { runTransfer } from '../../../src/cli/commands/transfer.command.js';
import { endingSignals } from '../../../src/cli/host.js';
import { createMemoryStore } from '../../../src/stores/memory.js';
import { createTransfer } from '../../../src/transfer/create-transfer.js';
import { greetingServer } from '../../support/greeting-server.js';
import { serveScript } from '../../support/served-script.js';
import { smallContent } from '../../support/small-content.js';
import { type TestHost, testHost } from '../../support/test-host.js';

const sample = fileURLToPath(new URL('../../fixtures/sample-export', import.meta.url));
let cwd = '';
beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'ferry-signals-'));
  await createTransfer({ from: createMemoryStore(smallContent).source(), to: join(cwd, 'content') }).done;
});
afterAll(() => rm(cwd, { recursive: true }));

/** A command with `--json` that does not end with the first signal: its end, and what it leaves behind. */
interface Stuck {
  readonly done: Promise<number>;
  free(): Promise<void>;
}

const json = { json: true };

/** A server that accepts and says nothing; `met` resolves with the first connection. */
async function silentServer() {
  let greet = (_: Socket) => {};
  const met = new Promise<Socket>((resolve) => {
    greet = resolve;
  });
  return { met, ...(await greetingServer((socket) => greet(socket))) };
}

const stuck: Readonly<Record<string, (host: TestHost) => Promise<Stuck>>> = {
  async transfer(host) {
    const server = await serveScript({ direction: 'push', at: 'rollback', misbehave: ({ hush }) => hush() });
    const ends = { from: join(cwd, 'content'), to: server.url, toToken: 'planted', force: true };
    const done = runTransfer({ ...ends, schemaStrategy: 'ignore', ...json }, host);
    await host.until(/"transferring\.entities\b/);
    return { done, free: () => server.close() };
  },
  async diff(host) {
    const server = await silentServer();
    const done = runDiff(server.url, sample, { fromToken: 'planted', ...json }, host);
    await server.met;
    return { done, free: server.close };
  },
  async doctor(host) {
    const server = await silentServer();
    const done = runDoctor(server.url, { token: 'planted', ...json }, host);
    await server.met;
    return { done, free: server.close };
  },
  async serve(host) {
    const folder = join(cwd, `served-${host.env['CASE']}`);
    const maker = testHost();
    await runTokenCreate({ store: folder, scope: 'pull', json: true }, maker);
    const [{ accessKey }] = maker.events() as unknown as [{ accessKey: string }];
    const done = runServe(folder, { port: '0', ...json }, host);
    await host.until(/"listening"/);
    const { url } = host.events()[0] as unknown as { url: string };
    const headers = { Authorization: `Bearer ${accessKey}` };
    const holding = new WebSocket(`${url.replace('http', 'ws')}/transfer/runner/pull`, { headers });
    await once(holding, 'open');
    holding.pause();
    return { done, free: async () => holding.terminate() };
  },
};

const cases = Object.keys(stuck).flatMap((command) =>
  endingSignals.map((signal) => [command, signal] as const),
);

test.each(cases)(
  '%s --json ends with a result after a second %s, and does not wait',
  async (command, signal) => {
    const host = testHost({ CASE: signal });
    const start = stuck[command];
    if (start === undefined) throw new Error(`no case of ${command}`);
    const { done, free } = await start(host);
    host.signal(signal);
    host.signal(signal);
    // What a process has written when it exits, and no more.
    const [exits, last] = [[...host.exits], host.events().at(-1)];
    await free();
    await done;
    expect(exits).toEqual([130]);
    expect(last).toMatchObject({ event: 'result', ok: false, exitCode: 130, error: { code: 'ABORTED' } });
    const by = signal === 'SIGINT' ? 'Ctrl-C' : signal;
    expect(JSON.stringify(last)).toContain(`by a second ${by}`);
  },
);
