import { describe, expect, it } from 'vitest';
import { createActor, SimulatedClock, setup, toPromise } from 'xstate';
import { noReports } from '../../../machines/reported-counts.js';
import { createRemoteDestination } from '../../../src/client/remote-destination.js';
import { createRemoteSource } from '../../../src/client/remote-source.js';
import type { Asset, Step } from '../../../src/protocol/content.js';
import { TransferError } from '../../../src/protocol/errors.js';
import { createMemoryStore } from '../../../src/stores/memory.js';
import type { TransferDestination, TransferSource } from '../../../src/stores/store.js';
import { createScriptedPeer, type SentMessage } from '../../../src/testing/scripted-peer.js';
import { kindOf, strapiScript } from '../../../src/testing/strapi-script.js';
import { createTransfer } from '../../../src/transfer/create-transfer.js';
import { prepareTransfer } from '../../../src/transfer/prepare-transfer.js';
import { smallContent } from '../../support/small-content.js';
import { TestClock } from '../../support/test-clock.js';

const allowed = smallContent.entities.filter(({ type }) => type !== 'admin::user');

/** A server that content is pushed to, with what it was asked. */
function server(options: { schemas?: object; answer?: (message: SentMessage) => object | undefined } = {}) {
  const clock = new SimulatedClock();
  const script = strapiScript({
    direction: 'push',
    content: options.schemas === undefined ? {} : { schemas: options.schemas as never },
  });
  const peer = createScriptedPeer({
    clock,
    answer: (message, scripted) => {
      const other = options.answer?.(message);
      if (other === undefined) script.answer(message, scripted);
      else scripted.receive({ uuid: message.uuid, data: null, error: null, ...other });
    },
  });
  const store = createRemoteDestination({ url: 'http://b/admin', token: 'secret', open: peer.open, clock });
  const asked = () => peer.sent.map(kindOf);
  return { clock, store, script, asked };
}

describe('the end of a transfer', () => {
  it('rejects done where it failed, and resolves toPromise of its actor with the outcome', async () => {
    const gone: TransferSource = {
      ...createMemoryStore(smallContent).source(),
      open: () => Promise.reject(new TransferError('SOURCE_GONE', { path: 'x', file: 'y' })),
    };
    const { actor, done } = createTransfer({ from: gone, to: createMemoryStore().destination() });
    const [error, output] = await Promise.all([done.catch((thrown: unknown) => thrown), toPromise(actor)]);
    expect(error).toMatchObject({ code: 'SOURCE_GONE' });
    expect(output).toMatchObject({ outcome: 'failed', failure: { code: 'SOURCE_GONE' } });
  });
});

describe('from store to store', () => {
  it('moves everything but what may not be transferred, and says what it dropped', async () => {
    const to = createMemoryStore();
    const { counts } = await createTransfer({
      from: createMemoryStore(smallContent).source(),
      to: to.destination(),
    }).done;
    expect(to.content()).toMatchObject({ entities: allowed, configuration: smallContent.configuration });
    expect(to.content().links).toHaveLength(2);
    expect(JSON.stringify(to.content())).not.toContain('$2a$10$');
    expect(counts).toMatchObject({
      entities: { items: 3, dropped: 1 },
      assets: { items: 3, bytes: 300_011 },
      links: { items: 2, dropped: 1 },
      configuration: { items: 2 },
    });
  });

  it('leaves out what the filters leave out', async () => {
    const to = createMemoryStore();
    const { counts } = await createTransfer({
      from: createMemoryStore(smallContent).source(),
      to: to.destination(),
      only: ['content'],
      excludeContentTypes: ['api::tag.tag'],
    }).done;
    expect(to.content().entities.map(({ type }) => type)).toEqual(Array(2).fill('api::article.article'));
    expect(to.content().assets).toEqual([]);
    expect(counts.entities).toMatchObject({ items: 2, excluded: 1, dropped: 1 });
    expect(counts.assets).toBeUndefined();
  });

  it.each<Step>(['entities', 'assets', 'links', 'configuration'])(
    'leaves the destination as it was where the source breaks in %s',
    async (step) => {
      const before = { ...smallContent, entities: [] };
      const to = createMemoryStore(before);
      const whole = createMemoryStore(smallContent).source();
      const broken = async function* () {
        yield* [];
        throw new TransferError('BROKEN_LINE', { file: 'x.jsonl', line: 3, reason: 'not JSON' });
      };
      const from: TransferSource = {
        ...whole,
        rows: (one) => (one === step ? broken() : whole.rows(one)),
        assets: () => (step === 'assets' ? (broken() as AsyncIterable<Asset>) : whole.assets()),
      };
      await expect(createTransfer({ from, to: to.destination() }).done).rejects.toMatchObject({
        code: 'BROKEN_LINE',
        message: expect.stringContaining('x.jsonl, line 3'),
      });
      expect(to.content()).toEqual(createMemoryStore(before).content());
    },
  );

  it('fails where the destination counts other than what was sent', async () => {
    const inner = createMemoryStore().destination();
    const to: TransferDestination = {
      ...inner,
      rowWriter: async (step) => ({
        ...(await inner.rowWriter(step)),
        end: async () => ({ started: 3, finished: 2 }),
      }),
    };
    const from = createMemoryStore(smallContent).source();
    await expect(createTransfer({ from, to }).done).rejects.toMatchObject({
      code: 'STATS_DIFFER',
      details: { stage: 'entities', sent: 3, finished: 2 },
    });
  });

  it('reports what a store throws, whatever it is', async () => {
    const from = {
      ...createMemoryStore(smallContent).source(),
      open: () => Promise.reject(new Error('the shelf is empty')),
    };
    const done = createTransfer({ from, to: createMemoryStore().destination() }).done;
    await expect(done).rejects.toMatchObject({
      code: 'UNEXPECTED',
      message: expect.stringContaining('shelf'),
    });
  });
});

describe('to a server', () => {
  it('compares schemas before anything is cleared, and lists the differences by path', async () => {
    const { store, asked } = server({ schemas: { 'api::tag.tag': { uid: 'api::tag.tag' } } });
    const from = createMemoryStore(smallContent).source();
    await expect(createTransfer({ from, to: store }).done).rejects.toMatchObject({
      code: 'SCHEMA_MISMATCH',
      message: expect.stringContaining('api::article.article exists at the source only'),
    });
    expect(asked()).not.toContain('beforeTransfer');
  });

  it.each([
    { force: true },
    { force: true, schemaStrategy: 'strict' } as const,
    { schemaStrategy: 'strict' } as const,
    {},
  ])('stops with %j where the schemas differ: replacing is not losing', async (options) => {
    const { store, asked } = server({ schemas: { 'api::tag.tag': { uid: 'api::tag.tag' } } });
    const from = createMemoryStore(smallContent).source();
    const { done } = createTransfer({ from, to: store, ...options });
    await expect(done).rejects.toMatchObject({
      code: 'SCHEMA_MISMATCH',
      message: expect.stringContaining("`schemaStrategy: 'ignore'`"),
    });
    expect(asked()).not.toContain('beforeTransfer');
  });

  it.each([{ schemaStrategy: 'ignore' } as const, { force: true, schemaStrategy: 'ignore' } as const])(
    'goes on with %j, with what the destination knows, and says by type what it lacks',
    async (going) => {
      const schemas = { 'api::tag.tag': { ...smallContent.schemas?.['api::tag.tag'] } };
      const { store, script } = server({ schemas });
      const from = createMemoryStore(smallContent).source();
      const result = await createTransfer({ from, to: store, ...going }).done;
      expect(result.differences).toHaveLength(1);
      expect(script.received.entities).toEqual([
        { type: 'api::tag.tag', id: 7, data: { documentId: 't7', name: 'sea' } },
      ]);
      expect(result.counts.entities).toMatchObject({ items: 1, excluded: 2, dropped: 1 });
      expect(result.lostToSchemas).toEqual([{ type: 'api::article.article', entities: 2, links: 2, cut: 0 }]);
    },
  );

  const differing = { 'api::tag.tag': { ...smallContent.schemas?.['api::tag.tag'] } };

  it('stops where the schemas differ, closes the connection, and says all that differs to a program', async () => {
    const { store, asked } = server({ schemas: differing });
    const from = createMemoryStore(smallContent).source();
    await expect(createTransfer({ from, to: store }).done).rejects.toMatchObject({
      code: 'SCHEMA_MISMATCH',
      details: { schemaDifferences: [{ type: 'api::article.article', kind: 'deleted' }] },
    });
    expect(asked()).toEqual([
      ...['init', 'bootstrap', 'getMetadata', 'getSchemas'],
      ...['rollback', 'close', 'end'],
    ]);
  });

  it('looks the source through before it is cleared', async () => {
    const { store, asked } = server({ schemas: smallContent.schemas as object });
    const whole = createMemoryStore(smallContent).source();
    const read: string[] = [];
    const from: TransferSource = {
      ...whole,
      rows: (step) => {
        read.push(step);
        return whole.rows(step);
      },
      async *assets() {
        read.push('assets');
        yield* whole.assets();
        throw new TransferError('MISSING_ASSET', { filename: 'a.png', path: 'x', reason: 'gone' });
      },
    };
    const done = createTransfer({ from, to: store, exclude: ['config'] }).done;
    await expect(done).rejects.toMatchObject({ code: 'MISSING_ASSET' });
    expect(read).toEqual(['entities', 'assets']);
    expect(asked()).not.toContain('beforeTransfer');
  });

  it('is told in a dry run that nothing comes of it, and learns nothing of the content', async () => {
    const { store, asked, script } = server({ schemas: differing });
    const from = createMemoryStore(smallContent).source();
    const { counts, differences } = await createTransfer({ from, to: store, dryRun: true }).done;
    expect(counts).toMatchObject({ entities: { items: 1 }, assets: { items: 3, bytes: 300_011 } });
    expect(differences.map(({ path }) => path)).toEqual(['api::article.article']);
    expect(script.received.entities).toEqual([]);
    expect(asked()).toEqual([
      ...['init', 'bootstrap', 'getMetadata', 'getSchemas'],
      ...['rollback', 'close', 'end'],
    ]);
  });

  it('rolls back politely where a stage fails, and names the uploads that the server leaves', async () => {
    const { store, asked } = server({
      answer: ({ kind, action, step }) =>
        kind === 'step' && action === 'stream' && step === 'links'
          ? { error: { code: 'Error', message: 'no such relation', details: {} } }
          : undefined,
    });
    const from = createMemoryStore({ ...smallContent, schemas: null }).source();
    await expect(createTransfer({ from, to: store }).done).rejects.toMatchObject({
      code: 'PEER_ERROR',
      message: expect.stringMatching(
        /links\.stream with an error: no such relation\nThe database of http:\/\/b\/admin is as it was before\. .* are deleted/,
      ),
    });
    expect(asked().slice(-3)).toEqual(['rollback', 'close', 'end']);
  });
});

describe('what a server reports', () => {
  const said = (kind: string, message: string) => ({
    diagnostic: { kind, details: { message, createdAt: 0 } },
  });

  /** A server that is pulled, and reports in each of these places. */
  function reporting(at: Readonly<Record<string, readonly object[]>>) {
    const clock = new SimulatedClock();
    const script = strapiScript({ direction: 'pull', content: smallContent as never });
    const peer = createScriptedPeer({
      clock,
      answer: (message, scripted) => {
        for (const report of at[kindOf(message)] ?? []) scripted.receive(report);
        script.answer(message, scripted);
      },
    });
    return createRemoteSource({ url: 'http://a/admin', token: 'secret', open: peer.open, clock });
  }
  const missing = said('warning', 'vapur_2.bin is missing');
  const places = [
    'bootstrap',
    'getSchemas',
    'entities.start',
    'assets.start',
    'links.end',
    'configuration.end',
  ];

  it('is counted and named in the result, and its infos are not', async () => {
    const to = createMemoryStore();
    const from = reporting({
      getMetadata: [said('info', 'reading')],
      'assets.start': [missing, said('error', 'cannot read b.png')],
    });
    const { reported } = await createTransfer({ from, to: to.destination() }).done;
    expect(reported).toEqual({
      ...noReports,
      warnings: 1,
      otherWarnings: 1,
      errors: 1,
      messages: [
        { kind: 'warning', url: 'http://a/admin', message: 'vapur_2.bin is missing' },
        { kind: 'error', url: 'http://a/admin', message: 'cannot read b.png' },
      ],
    });
    expect(to.content().entities).toHaveLength(3);
  });

  it.each(places)(
    'at %s is an error of a strict transfer, and the destination stays as it was',
    async (place) => {
      const to = createMemoryStore({ ...smallContent, entities: [] });
      const before = to.content();
      const { done } = createTransfer({
        from: reporting({ [place]: [missing] }),
        to: to.destination(),
        strict: true,
      });
      await expect(done).rejects.toMatchObject({
        code: 'SERVER_REPORTED',
        row: { exit: 8 },
        message: expect.stringContaining('- warning of http://a/admin: vapur_2.bin is missing'),
        details: { warnings: 1, errors: 0 },
      });
      expect(to.content()).toBe(before);
    },
  );

  describe('of rows that it could not read', () => {
    const skipped = 'from the source, the remaining entities of this type were skipped: no such table';
    const unread = (type: string) =>
      said('warning', `Failed to read all entities of type "${type}" ${skipped}`);

    it.each([false, true])(
      'is an error, and the destination stays as it was (strict: %s)',
      async (strict) => {
        const to = createMemoryStore({ ...smallContent, entities: [] });
        const before = to.content();
        const from = reporting({
          'entities.start': [unread('api::article.article'), unread('api::tag.tag')],
        });
        await expect(createTransfer({ from, to: to.destination(), strict }).done).rejects.toMatchObject({
          code: 'SOURCE_INCOMPLETE',
          row: { exit: 8 },
          message: expect.stringContaining('`excludeContentTypes`: api::article.article,api::tag.tag'),
          details: { url: 'http://a/admin', unreadTypes: 2 },
        });
        expect(to.content()).toBe(before);
      },
    );

    it.each([
      [{ excludeContentTypes: ['api::tag.tag'] }, 'api::tag.tag'],
      [{ onlyContentTypes: ['api::article.article'] }, 'api::tag.tag'],
      [{}, 'admin::user'],
    ])('is a warning of the result where they do not move: %j', async (filters, type) => {
      const from = reporting({ 'entities.start': [unread(type)] });
      const to = createMemoryStore().destination();
      const { reported } = await createTransfer({ from, to, ...filters }).done;
      expect(reported).toMatchObject({ warnings: 1, unreadTypes: 0, otherWarnings: 1 });
    });
  });

  it('is bounded in what is kept, and counted whole', async () => {
    const many = Array.from({ length: 300 }, (_, at) => said('warning', `${at} ${'x'.repeat(10_000)}`));
    const from = reporting({ 'links.end': many });
    const { reported } = await createTransfer({ from, to: createMemoryStore().destination() }).done;
    expect(reported.warnings).toBe(300);
    expect(reported.messages).toHaveLength(20);
    expect(Math.max(...reported.messages.map(({ message }) => message.length))).toBe(500);
  });

  it('leaves a strict transfer alone where there is nothing of it', async () => {
    const from = reporting({ bootstrap: [said('info', 'ready')] });
    const to = createMemoryStore();
    const { reported } = await createTransfer({ from, to: to.destination(), strict: true }).done;
    expect(reported).toEqual({ ...noReports, messages: [] });
  });
});

it('changes nothing in a dry run, whatever stands there', async () => {
  const to = createMemoryStore({ ...smallContent, entities: [] });
  const before = to.content();
  const from = createMemoryStore(smallContent).source();
  const { counts } = await createTransfer({ from, to: to.destination(), dryRun: true }).done;
  expect(counts).toMatchObject({ entities: { items: 3, dropped: 1 }, configuration: { items: 2 } });
  expect(to.content()).toBe(before);
});

describe('a throttle', () => {
  it('rests so long after each item', async () => {
    const clock = new TestClock();
    const to = createMemoryStore();
    const from = createMemoryStore(smallContent).source();
    const transfer = createTransfer({ from, to: to.destination(), throttle: 100, clock });
    let ended = 0;
    transfer.done.then(() => {
      ended = clock.now();
    });
    const items = 3 + 3 + 2 + 2;
    await clock.pass(100 * items - 100);
    expect(transfer.actor.getSnapshot().value).toEqual({ transferring: { configuration: 'moving' } });
    await clock.pass(100);
    expect(ended).toBe(100 * items);
    expect(to.content()).toMatchObject({ entities: allowed, configuration: smallContent.configuration });
  });

  it('does not outlast an abort', async () => {
    const clock = new TestClock();
    const to = createMemoryStore();
    const from = createMemoryStore(smallContent).source();
    const transfer = createTransfer({ from, to: to.destination(), throttle: 60_000, clock });
    await clock.pass(100);
    transfer.abort('a test');
    await expect(transfer.done).rejects.toMatchObject({ code: 'ABORTED' });
    expect(clock.pending).toEqual([]);
  });

  it.each([-1, Number.NaN, 2 ** 31])('of %s ms is refused', (throttle) => {
    const [from, to] = [createMemoryStore().source(), createMemoryStore().destination()];
    expect(() => createTransfer({ from, to, throttle })).toThrow(/throttle/);
  });
});

describe('abort', () => {
  const states = ['opening', 'preparing', 'committing'] as const;

  it.each(states)('while %s ends in aborted, with the destination as it was', async (state) => {
    const inner = createMemoryStore(smallContent);
    const before = inner.content();
    const destination = inner.destination();
    const never = new Promise<never>(() => {});
    const stuck: Record<(typeof states)[number], Partial<TransferDestination>> = {
      opening: { open: () => never },
      preparing: { prepare: () => never },
      committing: { commit: () => never },
    };
    const transfer = createTransfer({
      from: createMemoryStore({ ...smallContent, entities: [] }).source(),
      to: { ...destination, ...stuck[state] },
    });
    await new Promise<void>((resolve) => {
      transfer.actor.subscribe((snapshot) => snapshot.matches(state) && resolve());
      if (transfer.actor.getSnapshot().matches(state)) resolve();
    });
    transfer.abort('a test');
    await expect(transfer.done).rejects.toMatchObject({
      code: 'ABORTED',
      message: `The transfer was aborted by a test.\n${
        state === 'opening' ? 'Nothing at memory was changed.' : 'memory is as it was before.'
      }`,
    });
    expect(transfer.actor.getSnapshot().value).toBe('aborted');
    expect(inner.content()).toEqual(before);
  });

  it('of a pull cuts the connection and leaves no timer behind', async () => {
    const clock = new SimulatedClock();
    const script = strapiScript({ direction: 'pull', content: smallContent });
    const peer = createScriptedPeer({
      clock,
      answer: (message, scripted) => {
        if (kindOf(message) !== 'entities.end') script.answer(message, scripted);
      },
    });
    const from = createRemoteSource({ url: 'http://a/admin', token: 't', open: peer.open, clock });
    const to = createMemoryStore();
    const transfer = createTransfer({ from, to: to.destination(), clock });
    await new Promise<void>((resolve) => {
      transfer.actor.on('stage.moved', ({ counts }) => counts.items === 3 && resolve());
    });
    transfer.abort();
    await expect(transfer.done).rejects.toMatchObject({ code: 'ABORTED' });
    expect(peer.socket.readyState).toBe(3);
    expect((clock as unknown as { timeouts: Map<unknown, unknown> }).timeouts.size).toBe(0);
  });
});

it('runs as a child of another machine', async () => {
  const to = createMemoryStore();
  const { logic, input } = prepareTransfer({
    from: createMemoryStore(smallContent).source(),
    to: to.destination(),
  });
  const nightly = setup({ actors: { transfer: logic } }).createMachine({
    initial: 'moving',
    states: {
      moving: {
        invoke: {
          src: 'transfer',
          input,
          onDone: [
            { guard: ({ event }) => event.output.outcome === 'completed', target: 'done' },
            { target: 'failed' },
          ],
        },
      },
      done: { type: 'final' },
      failed: { type: 'final' },
    },
  });
  const actor = createActor(nightly);
  const ended = new Promise<void>((resolve) => actor.subscribe({ complete: resolve }));
  actor.start();
  await ended;
  expect(actor.getSnapshot().value).toBe('done');
  expect(to.content().entities).toHaveLength(3);
});
