import { describe, expect, test } from 'vitest';
import type { Fate } from '../../../src/server/index.js';
import { describeSession } from '../../../src/server/session-words.js';
import { createMemoryStore } from '../../../src/stores/memory.js';
import { createTransfer } from '../../../src/transfer/create-transfer.js';
import { type RawClient, say } from '../../support/raw-client.js';
import { smallContent } from '../../support/small-content.js';
import { smallServer } from '../../support/small-server.js';

type Act = (client: RawClient) => Promise<unknown>;

const init: Act = (client) => client.ask(say.command('init', { ferry: { version: 1 } }));
const action =
  (name: string): Act =>
  (client) =>
    client.ask(say.action(name));
const start =
  (stage: string): Act =>
  (client) =>
    client.ask(say.step('start', stage));
const end =
  (stage: string): Act =>
  (client) =>
    client.ask(say.step('end', stage));
const leave: Act = (client) => client.ask(say.command('end', { transferID: client.transferID }));
/** Takes all batches of the stage that was started. */
const take: Act = async (client) => {
  for (;;) {
    const batch = await client.batch();
    client.confirm(batch);
    if (batch.ended) return;
  }
};
const takeOne: Act = async (client) => client.confirm(await client.batch());
const hangUp: Act = async ({ socket }) => socket.terminate();

const opened = [init, action('bootstrap')];
const pulled = (stage: string) => [start(stage), take, end(stage)];
const cleared = [...opened, action('beforeTransfer')];

/** How a session may end, and the word that its line in the log ends with. */
const pulls: readonly (readonly [string, readonly Act[], Fate, string])[] = [
  ['that says nothing', [], 'none', 'nothing was begun'],
  ['that is opened', [init], 'begun', 'broken off'],
  ['that is opened and leaves', [init, leave], 'begun', 'broken off'],
  ['that asks for no stage and closes', [...opened, action('close'), leave], 'begun', 'broken off'],
  ['in its first stage', [...opened, start('entities')], 'begun', 'broken off'],
  [
    'in its first stage, with a close',
    [...opened, start('links'), takeOne, action('close')],
    'begun',
    'broken off',
  ],
  ['whose stage has ended', [...opened, ...pulled('entities')], 'begun', 'broken off'],
  ['whose stage has ended, and leaves', [...opened, ...pulled('entities'), leave], 'begun', 'broken off'],
  [
    'in its second stage, with a close',
    [...opened, ...pulled('entities'), start('links'), takeOne, action('close')],
    'begun',
    'broken off',
  ],
  ['of one stage, with a close', [...opened, ...pulled('links'), action('close')], 'completed', 'completed'],
  [
    'of two stages, with a close and an end',
    [...opened, ...pulled('entities'), ...pulled('links'), action('close'), leave],
    'completed',
    'completed',
  ],
  [
    'that is completed, and another that is opened',
    [...opened, ...pulled('links'), action('close'), leave, init],
    'begun',
    'broken off',
  ],
];
const unchanged = 'nothing was changed (a dry run, or given up at a question)';
const pushes: typeof pulls = [
  ['that is cleared', cleared, 'begun', 'broken off'],
  ['in its first stage', [...cleared, start('links')], 'begun', 'broken off'],
  ['that leaves', [...cleared, leave], 'begun', unchanged],
  ['that is rolled back', [...cleared, action('rollback')], 'rolledBack', 'rolled back'],
  [
    'that is rolled back and closed',
    [...cleared, action('rollback'), action('close'), leave],
    'rolledBack',
    unchanged,
  ],
  ['that is closed', [...cleared, action('close')], 'completed', 'completed'],
];

/** Without what the way of hanging up adds. */
const endingOf = (line: string) => line.replace(/^.* in [^,]+, /, '').replace(/: [A-Z_]+$/, '');

describe.each([
  ['pull', pulls],
  ['push', pushes],
] as const)('a %s', (direction, ways) => {
  test.each(ways)('%s', async (_, acts, fate, word) => {
    const { open, ended } = await smallServer();
    const client = await open(direction);
    for (const act of acts) await act(client);
    await hangUp(client);
    const summary = await ended();
    expect(summary.fate).toBe(fate);
    expect(endingOf(describeSession(summary))).toBe(word);
  });
});

describe('a pull of Ferry’s client', () => {
  test.each(['comparing', 'preparing', 'transferring'] as const)(
    'that is aborted in %s was broken off',
    async (state) => {
      const { admin, token, ended } = await smallServer();
      const to = createMemoryStore(smallContent).destination();
      const transfer = createTransfer({ from: admin, fromToken: token, to });
      transfer.actor.subscribe((snapshot) => {
        if (snapshot.matches(state)) transfer.abort('a test');
      });
      await expect(transfer.done).rejects.toMatchObject({ code: 'ABORTED' });
      expect(endingOf(describeSession(await ended()))).toBe('broken off');
    },
  );
});
