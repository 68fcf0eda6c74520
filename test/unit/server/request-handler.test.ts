import { describe, expect, test } from 'vitest';
import { realIds } from '../../../src/ports/ids.js';
import type { Concern } from '../../../src/protocol/concern.js';
import { TransferError } from '../../../src/protocol/errors.js';
import type { RestoreOptions } from '../../../src/protocol/messages.js';
import { restoreAll, restoreNothing } from '../../../src/protocol/restore.js';
import { createRequestHandler, type RequestHandler } from '../../../src/server/request-handler.js';
import { createMemoryStore } from '../../../src/stores/memory.js';
import type { TransferDestination, TransferPlan, TransferSource } from '../../../src/stores/store.js';
import { deferred } from '../../../src/transport/deferred.js';

const settingsOnly: RestoreOptions = { ...restoreNothing, configuration: { coreStore: true, webhook: true } };
const uuid = 'u';

/** A destination that leaves alone what `restore` does not replace, as a Strapi does; and what it was told. */
function toldDestination(): { readonly destination: TransferDestination; readonly plans: TransferPlan[] } {
  const plans: TransferPlan[] = [];
  const memory = createMemoryStore().destination();
  const destination: TransferDestination = {
    ...memory,
    honoursRestore: true,
    prepare(plan) {
      plans.push(plan);
      return memory.prepare(plan);
    },
  };
  return { destination, plans };
}

async function begun(destination: TransferDestination, restore: RestoreOptions): Promise<RequestHandler> {
  const handler = createRequestHandler({
    direction: 'push',
    stores: { destination: () => destination },
    ids: realIds,
    now: () => 0,
    limits: { assetSize: 1e6, batchItems: 1000 },
    pump: () => ({ prepare: () => ({ id: 'stage' }), stop: () => {} }),
  });
  await handler.carryOut({ type: 'request.init', uuid }, { options: { strategy: 'restore', restore } });
  return handler;
}

describe('a destination that keeps by itself what stays', () => {
  test('is told what a push replaces, and needs no source to copy the rest from', async () => {
    const { destination, plans } = toldDestination();
    const handler = await begun(destination, settingsOnly);
    await handler.carryOut({ type: 'request.beforeTransfer', uuid }, null);
    expect(plans.map(({ restore }) => restore)).toEqual([settingsOnly]);
  });

  test('is told to replace nothing where the client never asks for `beforeTransfer`', async () => {
    const { destination, plans } = toldDestination();
    const handler = await begun(destination, restoreAll);
    await handler.carryOut({ type: 'request.stepStart', uuid, step: 'entities' }, null);
    expect(plans.map(({ restore }) => restore)).toEqual([restoreNothing]);
  });
});

test('a push into another store without `beforeTransfer` replaces what it was begun with', async () => {
  const { destination, plans } = toldDestination();
  const handler = await begun({ ...destination, honoursRestore: false }, restoreAll);
  await handler.carryOut({ type: 'request.stepStart', uuid, step: 'entities' }, null);
  expect(plans).toHaveLength(1);
  expect(plans[0]?.restore).toEqual(restoreAll);
});

describe('a client that leaves before its `init` is answered', () => {
  const handlerOf = (source: () => TransferSource) =>
    createRequestHandler({
      ...{ direction: 'pull', stores: { source }, ids: realIds, now: () => 0 },
      limits: { assetSize: 1e6, batchItems: 1000 },
      pump: () => ({ prepare: () => ({ id: 'stage' }), stop: () => {} }),
    });
  const init = (handler: RequestHandler) => handler.carryOut({ type: 'request.init', uuid }, {});
  /** Its calls, in their order. */
  function told(): { readonly source: TransferSource; readonly calls: string[] } {
    const [calls, memory]: [string[], TransferSource] = [[], createMemoryStore().source()];
    const source: TransferSource = {
      ...memory,
      async open() {
        calls.push('open');
        await memory.open();
      },
      async close() {
        calls.push('close');
        await memory.close();
      },
    };
    return { source, calls };
  }
  const aborted = expect.objectContaining({ code: 'ABORTED' });

  test('ends an opening that would go on until its store is closed', async () => {
    let giveUp = () => {};
    const begun = deferred<void>();
    const { source, calls } = told();
    const handler = handlerOf(() => ({
      ...source,
      open: () =>
        new Promise((_, reject) => {
          giveUp = () => reject(new TransferError('ABORTED'));
          begun.resolve();
        }),
      async close() {
        calls.push('close');
        giveUp();
      },
    }));
    const answer = expect(init(handler)).rejects.toEqual(aborted);
    await begun.promise;
    await handler.cleanUp();
    await answer;
    expect(calls).toEqual(['close']);
    expect(handler.transfer).toBeNull();
  });

  test('leaves no store open that was closed too early to heed it', async () => {
    const opened = deferred<void>();
    const begun = deferred<void>();
    const { source, calls } = told();
    const handler = handlerOf(() => ({
      ...source,
      async open() {
        begun.resolve();
        await opened.promise;
        await source.open();
      },
    }));
    const answer = expect(init(handler)).rejects.toEqual(aborted);
    await begun.promise;
    const over = handler.cleanUp();
    opened.resolve();
    await Promise.all([over, answer]);
    expect(calls).toEqual(['close', 'open', 'close']);
  });

  test('has no store opened any more', async () => {
    const { source, calls } = told();
    const handler = handlerOf(() => source);
    const answer = expect(init(handler)).rejects.toEqual(aborted);
    await Promise.all([handler.cleanUp(), answer]);
    expect(calls).toEqual([]);
  });
});

describe('a pull that says what it is concerned with', () => {
  const concern: Concern = { 'api::a.a': { documents: ['one'], values: {}, places: ['en/draft'] } };

  async function pulled(source: TransferSource, params: object): Promise<TransferSource | undefined> {
    let given: TransferSource | undefined;
    const handler = createRequestHandler({
      ...{ direction: 'pull', stores: { source: () => source }, ids: realIds, now: () => 0 },
      limits: { assetSize: 1e6, batchItems: 1000 },
      pump(transfer) {
        given = transfer.source;
        return { prepare: () => ({ id: 'stage' }), stop: () => {} };
      },
    });
    await handler.carryOut({ type: 'request.init', uuid }, params);
    return given;
  }

  test('is given that of a source that can look for it, and all of any other', async () => {
    const [all, some] = [createMemoryStore().source(), createMemoryStore().source()];
    const asked: Concern[] = [];
    const looking: TransferSource = {
      ...all,
      concerning(what) {
        asked.push(what);
        return some;
      },
    };
    expect(await pulled(looking, { ferry: { version: 1 }, concern })).toBe(some);
    expect(asked).toEqual([concern]);
    expect(await pulled(all, { ferry: { version: 1 }, concern })).toBe(all);
    expect(await pulled(looking, { concern })).toBe(looking);
    expect(await pulled(looking, { ferry: { version: 1 }, concern: 'all' })).toBe(looking);
  });
});
