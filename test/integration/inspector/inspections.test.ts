import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import WebSocket from 'isomorphic-ws';
import { describe, expect, test } from 'vitest';
import { createActor, setup } from 'xstate';
import { createDispatcher } from '../../../src/client/dispatcher.js';
import { createInspection, type Inspection } from '../../../src/inspect/inspection.js';
import { createRecorder } from '../../../src/inspect/recorder.js';
import type { InspectionRecord } from '../../../src/inspect/records.js';
import { replayRecording } from '../../../src/inspect/replay/replay.js';
import { createMemoryStore } from '../../../src/stores/memory.js';
import type { TransferDestination } from '../../../src/stores/store.js';
import { createTransfer } from '../../../src/transfer/create-transfer.js';
import { prepareTransfer } from '../../../src/transfer/prepare-transfer.js';
import { recordScene, scenes } from '../../support/recorded-transfers.js';
import { smallContent } from '../../support/small-content.js';
import { runServer } from '../../support/transfer-servers.js';

const fixtures = fileURLToPath(new URL('../../fixtures/inspections/', import.meta.url));

function replay(text: string) {
  const files = {
    async *stream() {
      yield Buffer.from(text);
    },
  };
  return replayRecording({ path: 'recording.jsonl', files });
}

/** `npm run inspections` writes what is recorded here to the fixtures. */
test.each(Object.keys(scenes))(
  'a recording of a %s over a real socket is replayed the same',
  async (name) => {
    const text = await recordScene(name);
    if (process.env['FERRY_RECORD'] === '1') writeFileSync(`${fixtures}${name}.jsonl`, text);
    const { differences, roots } = await replay(text);
    expect(differences).toEqual([]);
    const goodbyes = ['abort', 'silent'].includes(name) ? ['goodbye'] : [];
    expect(roots.map(({ path }) => path)).toEqual(['transfer', 'session', ...goodbyes]);
  },
);

test('a recording of a pull says of each batch that the client took that it was answered', async () => {
  const lines = (await recordScene('pull')).trim().split('\n').slice(1);
  const seen = lines
    .map((line) => JSON.parse(line) as InspectionRecord)
    .filter((record) => record.type === 'message')
    .filter(({ asker, at }) => asker === 'server' && at === 'client');
  const inPhase = (wanted: string) => seen.filter(({ phase }) => phase === wanted).map(({ uuid }) => uuid);
  expect(inPhase('received').length).toBeGreaterThan(3);
  expect(inPhase('answered')).toEqual(inPhase('received'));
  expect(inPhase('failed')).toEqual([]);
});

type Work = (inspect: Inspection['inspect']) => Promise<unknown>;

async function replayed(work: Work) {
  let text = '';
  const inspection = createInspection();
  inspection.attach(
    createRecorder({
      write(lines) {
        text += lines;
      },
    }),
  );
  await work(inspection.inspect);
  await inspection.close();
  const { differences, roots } = await replay(text);
  expect(differences).toEqual([]);
  return roots.map(({ path, state }) => `${path} ${state}`);
}

const source = () => createMemoryStore(smallContent).source();
const destination = () => createMemoryStore().destination();

describe('so is one of', () => {
  test('a server that refuses init: its session listens on, as long as before the first', async () => {
    const roots = await replayed(async (inspect) => {
      const server = await runServer({ source, inspect });
      const ends = { from: source(), to: server.admin, toToken: server.token };
      await expect(createTransfer({ ...ends, inspect }).done).rejects.toMatchObject({ code: 'PEER_ERROR' });
      await server.close();
    });
    expect(roots).toEqual(['transfer failed', 'session over', 'goodbye over']);
  });

  test('rows that are refused: the session hears of it before it hears that the lifecycle has failed', async () => {
    const refusing = (): TransferDestination => {
      const writer = { write: () => Promise.reject(new Error('no')), end: async () => undefined };
      return { ...destination(), rowWriter: async () => writer } as TransferDestination;
    };
    const roots = await replayed(async (inspect) => {
      const server = await runServer({ destination: refusing, inspect });
      const ends = { from: source(), to: server.admin, toToken: server.token };
      await expect(createTransfer({ ...ends, inspect }).done).rejects.toMatchObject({ code: 'PEER_ERROR' });
      await server.close();
    });
    expect(roots).toEqual(['transfer failed', 'session over', 'goodbye over']);
  });

  test('a transfer from server to server, with three servers’ sessions at a time', async () => {
    const roots = await replayed(async (inspect) => {
      const [from, to, other] = [
        await runServer({ source, inspect }),
        await runServer({ destination, inspect }),
        await runServer({ source, inspect }),
      ];
      const common = { inspect };
      await Promise.all([
        createTransfer({
          from: from.admin,
          fromToken: from.token,
          to: to.admin,
          toToken: to.token,
          ...common,
        }).done,
        createTransfer({ from: other.admin, fromToken: other.token, to: destination(), ...common }).done,
      ]);
      for (const server of [from, to, other]) await server.close();
    });
    expect(roots.sort()).toEqual([
      'session over',
      'session over',
      'session over',
      'transfer completed',
      'transfer completed',
    ]);
  });

  test('a transfer that a machine of somebody else’s runs', async () => {
    const roots = await replayed(async (inspect) => {
      const server = await runServer({ source, inspect });
      const ends = { from: server.admin, fromToken: server.token, to: destination() };
      const { logic, input } = prepareTransfer(ends);
      const mine = setup({ actors: { transfer: logic } }).createMachine({
        id: 'mine',
        initial: 'moving',
        states: { moving: { invoke: { src: 'transfer', input, onDone: 'done' } }, done: { type: 'final' } },
      });
      const actor = createActor(mine, { inspect });
      await new Promise<void>((complete) => {
        actor.subscribe({ complete });
        actor.start();
      });
      await server.close();
    });
    expect(roots).toEqual(['mine/transfer completed', 'session over']);
  });

  test('a dispatcher of its own, whose messages are refused', async () => {
    const roots = await replayed(async (inspect) => {
      const server = await runServer({ source, inspect });
      const headers = { Authorization: `Bearer ${server.token}` };
      const dispatcher = createDispatcher(new WebSocket(`${server.runner}pull`, { headers }), { inspect });
      await dispatcher.dispatchCommand({ command: 'init', params: { transfer: 'pull' } });
      const tooEarly = dispatcher.dispatchTransferStep({ action: 'end', step: 'links' });
      await expect(tooEarly).rejects.toMatchObject({ code: 'PEER_ERROR' });
      await dispatcher.close();
      await server.close();
    });
    expect(roots).toEqual(['connection closed', 'dispatcher stopped', 'session over']);
  });
});
