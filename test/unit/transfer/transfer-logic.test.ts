import { describe, expect, test } from 'vitest';
import { createActor, type InspectionEvent, sendTo, setup, waitFor } from 'xstate';
import { transferMachine } from '../../../machines/transfer.machine.js';
import { createRemoteDestination } from '../../../src/client/remote-destination.js';
import { createMemoryStore } from '../../../src/stores/memory.js';
import type { TransferSource } from '../../../src/stores/store.js';
import { createScriptedPeer } from '../../../src/testing/scripted-peer.js';
import { kindOf, strapiScript } from '../../../src/testing/strapi-script.js';
import type { EmbeddedOptions } from '../../../src/transfer/options.js';
import { prepareTransfer } from '../../../src/transfer/prepare-transfer.js';
import { transferLogic } from '../../../src/transfer/transfer-logic.js';
import { smallContent } from '../../support/small-content.js';
import { settled, TestClock } from '../../support/test-clock.js';

/** A machine of an embedder: it runs the transfer that `input` says, and stops it on `leave`. */
const parent = setup({
  types: {
    input: {} as EmbeddedOptions,
    context: {} as { readonly options: EmbeddedOptions },
    events: {} as { type: 'leave' } | { type: 'abort' } | { type: 'again' },
  },
  actors: { transfer: transferLogic },
}).createMachine({
  context: ({ input }) => ({ options: input }),
  initial: 'moving',
  states: {
    moving: {
      invoke: {
        id: 'transfer',
        src: 'transfer',
        input: ({ context }) => context.options,
        onDone: [
          { guard: ({ event }) => event.output.result !== null, target: 'moved' },
          { target: 'notMoved' },
        ],
        onError: 'failed',
      },
      on: {
        leave: 'idle',
        abort: { actions: sendTo('transfer', { type: 'abort', by: 'a test' }) },
      },
    },
    idle: { on: { again: 'moving' } },
    moved: { on: { again: 'moving' } },
    notMoved: {},
    failed: {},
  },
});

const memories = () => {
  const to = createMemoryStore();
  return { to, options: { from: createMemoryStore(smallContent).source(), to: to.destination() } };
};

/** A source that gives its rows only when it is closed, and says whether it was. */
function endless() {
  let end = () => {};
  let closed = false;
  const over = new Promise<void>((resolve) => {
    end = resolve;
  });
  const source: TransferSource = {
    ...createMemoryStore(smallContent).source(),
    // It is not looked through before the destination is cleared.
    rereads: false,
    // biome-ignore lint/correctness/useYield: it has nothing to give.
    async *rows() {
      await over;
    },
    async close() {
      closed = true;
      end();
    },
  };
  return { source, isClosed: () => closed };
}

/** A push that waits for the answer to `withheld`, and the clock of all of it. */
async function pushThatWaits(withheld: string) {
  const clock = new TestClock();
  const { schemas } = smallContent;
  const script = strapiScript({ direction: 'push', content: { schemas } });
  const peer = createScriptedPeer({
    clock,
    answer: (message, scripted) => {
      if (kindOf(message) !== withheld || withheld === 'entities.start') script.answer(message, scripted);
    },
  });
  const to = createRemoteDestination({ url: 'http://b/admin', token: 'secret', open: peer.open, clock });
  const from = endless();
  const actor = createActor(parent, { clock, input: { from: from.source, to, clock } });
  actor.start();
  const asked = () => peer.sent.map(kindOf);
  for (let step = 0; step < 100 && asked().at(-1) !== withheld; step += 1) await clock.pass(100);
  expect(asked().at(-1)).toBe(withheld);
  return { actor, clock, peer, from, asked };
}

describe('a machine that runs transferLogic', () => {
  test('gives the options as input, and gets the outcome, the counts and the result', async () => {
    const { to, options } = memories();
    const child = createActor(transferLogic, { input: options });
    child.start();
    const { output } = await waitFor(child, ({ status }) => status === 'done');
    expect(output).toMatchObject({
      outcome: 'completed',
      failure: null,
      counts: { entities: { items: 3 } },
      result: { counts: { entities: { items: 3 } }, findings: [] },
      differences: [],
    });
    expect(to.content().entities).toHaveLength(3);
  });

  test('runs it again with the same options', async () => {
    const { to, options } = memories();
    const actor = createActor(parent, { input: options });
    actor.start();
    await waitFor(actor, ({ value }) => value === 'moved');
    const first = to.content();
    actor.send({ type: 'again' });
    await waitFor(actor, ({ value }) => value === 'moved');
    expect(to.content()).not.toBe(first);
    expect(to.content()).toEqual(first);
  });

  test('hears what it emits, and reads the snapshot of the chart', async () => {
    const actor = createActor(parent, { input: memories().options });
    const completed: string[] = [];
    const seen = new Set<string>();
    const { transfer: child } = actor.getSnapshot().children;
    child?.on('stage.completed', ({ step }) => completed.push(step));
    child?.subscribe(({ chart }) => seen.add(JSON.stringify(chart?.value)));
    actor.start();
    await waitFor(actor, ({ value }) => value === 'moved');
    expect(completed).toEqual(['schemas', 'entities', 'assets', 'links', 'configuration']);
    expect(seen).toContain('{"transferring":{"assets":"moving"}}');
  });

  test('inspects the chart and its actors with the inspector of its root', async () => {
    const events: InspectionEvent[] = [];
    const actor = createActor(parent, {
      input: memories().options,
      inspect: (event) => void events.push(event),
    });
    actor.start();
    await waitFor(actor, ({ value }) => value === 'moved');
    const charts = events.flatMap((event) =>
      event.type === '@xstate.actor' && 'logic' in event.actorRef ? [Object(event.actorRef.logic).id] : [],
    );
    expect(charts).toEqual(expect.arrayContaining(['transfer', 'stage']));
  });

  test('aborts it', async () => {
    const from = endless();
    const { to } = memories();
    const actor = createActor(parent, { input: { from: from.source, to: to.destination() } });
    actor.start();
    await settled();
    actor.send({ type: 'abort' });
    await waitFor(actor, ({ value }) => value === 'notMoved');
    expect(from.isClosed()).toBe(true);
  });

  test('ends with the error of a wrong option', async () => {
    const child = createActor(transferLogic, { input: { from: 'http://a/admin', to: './b' } });
    const failed = new Promise((resolve) => child.subscribe({ error: resolve }));
    child.start();
    expect(await failed).toMatchObject({
      code: 'MISSING_TOKEN',
      message: expect.stringContaining('fromToken'),
    });
  });

  test('ends with NOT_RESUMABLE where it is restored in another process', async () => {
    const actor = createActor(parent, { input: { ...memories().options, from: endless().source } });
    actor.start();
    await settled();
    const persisted = JSON.parse(JSON.stringify(actor.getPersistedSnapshot()));
    actor.stop();
    const restored = createActor(parent, { snapshot: persisted, input: memories().options });
    restored.start();
    expect(restored.getSnapshot().value).toBe('failed');
  });
});

describe('a parent that stops the transfer', () => {
  test('aborts it: the memory stays as it was, and its lock is free', async () => {
    const { to } = memories();
    const from = endless();
    const actor = createActor(parent, { input: { from: from.source, to: to.destination() } });
    actor.start();
    await settled();
    const before = to.content();
    actor.send({ type: 'leave' });
    await settled();
    expect([to.content() === before, from.isClosed()]).toEqual([true, true]);
    await to.destination().open({ types: [] });
  });

  test.each([
    ['before the answer to init', 'init', ['init']],
    ['while a server clears its content', 'beforeTransfer', ['beforeTransfer']],
    ['in the middle of a stage', 'entities.start', ['rollback', 'close', 'end']],
  ])('%s, it says goodbye and leaves nothing running', async (_, withheld, last) => {
    const { actor, clock, peer, from, asked } = await pushThatWaits(withheld);
    actor.send({ type: 'leave' });
    await clock.pass(300_000, 1000);
    expect(asked().slice(-last.length), asked().join()).toEqual(last);
    expect(from.isClosed()).toBe(true);
    expect(peer.listenerLog.at(-1)).toMatch(/close 1000|terminate|-close/);
    expect(clock.pending).toEqual([]);
  });

  test('by stopping its root does the same', async () => {
    const { actor, clock, asked } = await pushThatWaits('entities.start');
    actor.stop();
    await clock.pass(60_000, 1000);
    expect(asked().slice(-3)).toEqual(['rollback', 'close', 'end']);
    expect(clock.pending).toEqual([]);
  });
});

describe('what cannot run', () => {
  test('a prepared transfer that has run says that it runs once', async () => {
    const { to, options } = memories();
    const { logic, input } = prepareTransfer(options);
    const first = createActor(logic, { input });
    first.start();
    await waitFor(first, ({ status }) => status === 'done');
    const moved = to.content();
    const second = createActor(logic, { input });
    const failed = new Promise((resolve) => second.subscribe({ error: resolve }));
    second.start();
    expect(await failed).toMatchObject({
      code: 'ALREADY_RUN',
      message: expect.stringContaining('transferLogic'),
    });
    expect(to.content()).toBe(moved);
  });

  test('a bare chart says which function provides it', async () => {
    const actor = createActor(transferMachine, { input: { source: null, destination: null, steps: [] } });
    actor.start();
    const { output } = await waitFor(actor, ({ status }) => status === 'done');
    expect(output?.failure).toMatchObject({
      code: 'NOT_PROVIDED',
      details: { chart: 'transfer', provider: 'prepareTransfer' },
    });
  });

  test('an inspector among the options does not compile', () => {
    const { options } = memories();
    // @ts-expect-error It is the root's to give.
    prepareTransfer({ ...options, inspect: () => {} });
    // @ts-expect-error It is the root's to give.
    createActor(transferLogic, { input: { ...options, inspect: () => {} } });
  });
});
