import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { statePath } from '../../../machines/remote.machine.js';
import { createMemoryStore } from '../../../src/stores/memory.js';
import {
  createTransfer,
  type Transfer,
  type TransferOptions,
} from '../../../src/transfer/create-transfer.js';
import { outcomeOf, startCommand, startProcess } from '../../support/command.js';
import { serveScript } from '../../support/served-script.js';
import { smallContent } from '../../support/small-content.js';
import { treeOf } from '../../support/tree.js';

let cwd = '';
beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'ferry-interrupt-'));
});
beforeEach(async () => {
  for (const name of ['content', 'other']) {
    const store = createMemoryStore({ ...smallContent, metadata: { createdAt: name } });
    await createTransfer({ from: store.source(), to: join(cwd, name), force: true }).done;
  }
});
afterAll(() => rm(cwd, { recursive: true }));

/** Aborts as soon as the chart stands in `state`. */
function abortAt(transfer: Transfer, state: string): void {
  const { unsubscribe } = transfer.actor.subscribe((snapshot) => {
    if (statePath(snapshot.value) !== state) return;
    unsubscribe();
    transfer.abort('the test');
  });
}

const stages = ['schemas', 'entities', 'assets', 'links', 'configuration'];
const moving = (stage: string) =>
  stage === 'schemas' ? 'transferring.schemas' : `transferring.${stage}.moving`;
const states = ['opening', 'comparing', 'preparing.clearing', ...stages.map(moving)];

describe.each([...states, 'committing.replacing'])('aborted in %s', (state) => {
  async function aborted(ends: Pick<TransferOptions, 'from' | 'to' | 'fromToken' | 'toToken'>) {
    const before = await treeOf(cwd);
    const transfer = createTransfer({ ...ends, force: true, schemaStrategy: 'ignore' });
    if (statePath(transfer.actor.getSnapshot().value) === state) transfer.abort('the test');
    else abortAt(transfer, state);
    await expect(transfer.done).rejects.toMatchObject({ code: 'ABORTED', row: { exit: 130 } });
    expect(await treeOf(cwd)).toEqual(before);
  }

  test('a transfer between two folders leaves both as they were', () =>
    aborted({ from: join(cwd, 'other'), to: join(cwd, 'content') }));

  test('a pull leaves the folder as it was, and the server alone', async () => {
    const server = await serveScript({ direction: 'pull' });
    await aborted({ from: server.url, fromToken: 'secret', to: join(cwd, 'content') });
    await server.close();
  });

  test('a push leaves the folder as it was', async () => {
    const server = await serveScript({ direction: 'push' });
    await aborted({ from: join(cwd, 'content'), to: server.url, toToken: 'secret' });
    await server.close();
  });
});

describe.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('%s', (signal) => {
  const by = signal === 'SIGINT' ? 'Ctrl-C' : signal;

  test('ends a pull with 130, the folder as it was, nothing beside it', async () => {
    const server = await serveScript({
      direction: 'pull',
      at: 'links.start',
      misbehave: ({ hush }) => hush(),
    });
    const before = await treeOf(cwd);
    const command = startCommand(
      ['transfer', '--from', server.url, '--from-token', 'planted', '--to', 'content', '--force', '--json'],
      { cwd },
    );
    await command.event(({ state }) => state === 'transferring.links.moving');
    expect(await readdir(cwd)).toContain('content.ferry');
    command.kill(signal);
    const result = await command.done;
    expect(result).toMatchObject({ exitCode: 130, stderr: '' });
    expect(outcomeOf(result)).toMatchObject({
      exitCode: 130,
      error: {
        code: 'ABORTED',
        message: `The transfer was aborted by ${by}.\n${join(cwd, 'content')} is as it was before.`,
      },
    });
    expect(await treeOf(cwd)).toEqual(before);
    await server.close();
  });

  test('ends a push with 130, and the server is told to roll back, close and end', async () => {
    const server = await serveScript({
      direction: 'push',
      at: 'links.stream',
      misbehave: ({ hush }) => hush(),
    });
    const before = await treeOf(cwd);
    const command = startCommand(
      ['transfer', '--from', 'content', '--to', server.url, '--to-token', 'planted', '--force', '--json'],
      { cwd },
    );
    await command.event(({ state }) => state === 'transferring.links.moving');
    command.kill(signal);
    const result = await command.done;
    expect(result).toMatchObject({ exitCode: 130, stderr: '' });
    expect(server.script()?.requests.slice(-3)).toEqual(['rollback', 'close', 'end']);
    expect(await treeOf(cwd)).toEqual(before);
    await server.close();
  });
});

test('a second Ctrl-C does not wait for the clean-up', async () => {
  // A server that no longer answers: the polite rollback would wait for it.
  let onRollback = () => {};
  const asked = new Promise<void>((resolve) => {
    onRollback = resolve;
  });
  const server = await serveScript({
    direction: 'push',
    at: 'rollback',
    misbehave: ({ hush }) => {
      hush();
      onRollback();
    },
  });
  const command = startProcess(
    ['transfer', '--from', 'content', '--to', server.url, '--to-token', 'planted', '--force', '--json'],
    { cwd },
  );
  await command.event(({ state }) => state === 'transferring.entities.moving');
  command.kill('SIGINT');
  await asked;
  const asking = performance.now();
  command.kill('SIGINT');
  expect(await command.done).toMatchObject({ exitCode: 130 });
  expect(performance.now() - asking).toBeLessThan(1000);
  await server.close();
  // What the killed process left beside the folder goes when the folder is next opened.
  await createTransfer({ from: join(cwd, 'content'), to: createMemoryStore().destination() }).done;
  expect((await readdir(cwd)).sort()).toEqual(['content', 'other']);
});
