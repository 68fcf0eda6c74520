import { afterEach, describe, expect, test } from 'vitest';
import { type AnyActorRef, waitFor } from 'xstate';
import { statePath } from '../../../machines/remote.machine.js';
import { createMemoryStore } from '../../../src/stores/memory.js';
import {
  createTransfer,
  type Transfer,
  type TransferOptions,
} from '../../../src/transfer/create-transfer.js';
import { waitOf } from '../../../src/transfer/waits.js';
import { type ServedScript, serveScript } from '../../support/served-script.js';
import { smallContent } from '../../support/small-content.js';

const running: (Transfer | ServedScript)[] = [];
afterEach(async () => {
  for (const one of running.splice(0)) {
    if ('close' in one) await one.close();
    else {
      one.abort();
      await one.done.catch(() => {});
    }
  }
});

const source = () => createMemoryStore(smallContent).source();
const destination = () => createMemoryStore().destination();

/** A transfer whose server says nothing more from that request on; resolves as soon as it has come. */
async function hangingAt(direction: 'push' | 'pull', at: string): Promise<Transfer> {
  let reached = () => {};
  const there = new Promise<void>((resolve) => {
    reached = resolve;
  });
  const server = await serveScript({
    direction,
    at,
    misbehave: ({ hush }) => {
      hush();
      reached();
    },
  });
  const ends: Pick<TransferOptions, 'from' | 'to' | 'fromToken' | 'toToken'> =
    direction === 'push'
      ? { from: source(), to: server.url, toToken: 'secret' }
      : { from: server.url, fromToken: 'secret', to: destination() };
  const transfer = createTransfer({ ...ends, schemaStrategy: 'ignore' });
  running.push(server, transfer);
  await there;
  return transfer;
}

describe('what a transfer waits for, read off its charts', () => {
  test.each([
    ['init', 'to begin a transfer'],
    ['bootstrap', 'to get ready'],
    ['getMetadata', 'to send its metadata'],
    ['getSchemas', 'to send its schemas'],
    ['beforeTransfer', 'to clear its content'],
    ['entities.start', 'to begin with entities'],
    ['entities.stream', 'to take the entities that were sent'],
    ['assets.start', 'to begin with files'],
    ['assets.end', 'to finish its files'],
    ['links.end', 'to finish its links'],
    ['close', 'to put the new content in place'],
    ['end', 'to end the transfer'],
  ])('in a push at %s: the server %s', async (at, task) => {
    const transfer = await hangingAt('push', at);
    const wait = waitOf(transfer.actor.getSnapshot());
    expect(wait).toMatchObject({ end: 'destination', subject: `the server ${task}` });
    expect(at.replace(/^\w+\.(.)/, (_, first: string) => `step${first.toUpperCase()}`)).toBe(wait?.request);
  });

  test.each([
    ['init', 'to begin a transfer'],
    ['bootstrap', 'to get ready'],
    ['getMetadata', 'to send its metadata'],
    ['getSchemas', 'to send its schemas'],
    ['entities.start', 'to begin with entities'],
    ['assets.start', 'to count its files'],
    ['links.end', 'to end its links'],
    ['close', 'to close the transfer'],
  ])('in a pull at %s: the server %s', async (at, task) => {
    const transfer = await hangingAt('pull', at);
    expect(waitOf(transfer.actor.getSnapshot())).toMatchObject({
      end: 'source',
      subject: `the server ${task}`,
    });
  });
});

test.each(['push', 'pull'] as const)(
  'a %s that rests for its throttle waits for no server',
  async (direction) => {
    const server = await serveScript({ direction });
    const ends: Pick<TransferOptions, 'from' | 'to' | 'fromToken' | 'toToken'> =
      direction === 'push'
        ? { from: source(), to: server.url, toToken: 'secret' }
        : { from: server.url, fromToken: 'secret', to: destination() };
    const transfer = createTransfer({ ...ends, schemaStrategy: 'ignore', throttle: 60_000 });
    running.push(server, transfer);
    await new Promise<void>((resolve) =>
      transfer.actor.on('stage.moved', ({ counts }) => counts.items === 1 && resolve()),
    );
    const stage = transfer.actor.getSnapshot().children['stage'];
    await waitFor(stage as AnyActorRef, ({ value }) => statePath(value) === 'streaming.resting');
    expect(waitOf(transfer.actor.getSnapshot())).toBeNull();
  },
);

test('two waits have two keys, and the same one keeps its own', async () => {
  const transfer = await hangingAt('push', 'beforeTransfer');
  const other = await hangingAt('push', 'bootstrap');
  const keyOf = ({ actor }: Transfer) => waitOf(actor.getSnapshot())?.key;
  expect(keyOf(transfer)).toBe(keyOf(transfer));
  expect(keyOf(transfer)).not.toBe(keyOf(other));
});

test('of two servers the one is named, and between folders nothing is waited for', async () => {
  const pulled = await serveScript({ direction: 'pull' });
  let reached = () => {};
  const there = new Promise<void>((resolve) => {
    reached = resolve;
  });
  const pushed = await serveScript({
    direction: 'push',
    at: 'beforeTransfer',
    misbehave: ({ hush }) => {
      hush();
      reached();
    },
  });
  const tokens = { fromToken: 'secret', toToken: 'secret' };
  const between = createTransfer({ from: pulled.url, to: pushed.url, ...tokens, schemaStrategy: 'ignore' });
  running.push(pulled, pushed, between);
  await there;
  expect(waitOf(between.actor.getSnapshot())?.subject).toBe('the destination to clear its content');

  const local = createTransfer({ from: source(), to: destination() });
  running.push(local);
  expect(waitOf(local.actor.getSnapshot())).toBeNull();
});
