import { describe, expect, test } from 'vitest';
import type { RemoteDestination } from '../../../src/client/remote-destination.js';
import type { RemoteSource } from '../../../src/client/remote-source.js';
import type { TransferError } from '../../../src/protocol/errors.js';
import { stateWords } from '../../../src/protocol/state-words.js';
import { kindOf } from '../../../src/testing/strapi-script.js';
import { prepare, readAll, remote, sample, settled, watch, writeAll } from '../../support/ends.js';

/** The whole of a transfer's one end, as a transfer walks it. */
const walks = {
  async push(end: RemoteDestination) {
    await prepare(end);
    await writeAll(end, sample);
    await end.commit();
  },
  async pull(end: RemoteSource) {
    await end.open();
    await end.metadata();
    await end.schemas();
    await readAll(end);
    // What close() does is polite, and may fail; here it must be seen to fail.
    await end.close();
  },
};

/** Each request of a transfer, and where the lifecycle stands while its answer is due. */
const moments: Readonly<Record<'push' | 'pull', readonly (readonly [string, string])[]>> = {
  push: [
    ['init', 'initializing'],
    ['bootstrap', 'preparing.exchanging'],
    ['getMetadata', 'preparing.exchanging'],
    ['getSchemas', 'preparing.exchanging'],
    ['beforeTransfer', 'preparing.exchanging'],
    ['entities.start', 'transferring.starting'],
    ['entities.stream', 'transferring.streaming'],
    ['entities.end', 'transferring.ending'],
    ['assets.start', 'transferring.starting'],
    ['assets.stream', 'transferring.streaming'],
    ['configuration.end', 'transferring.ending'],
    ['close', 'closing.settling'],
    ['end', 'closing.leaving'],
  ],
  pull: [
    ['init', 'initializing'],
    ['bootstrap', 'preparing.exchanging'],
    ['getMetadata', 'preparing.exchanging'],
    ['getSchemas', 'preparing.exchanging'],
    ['entities.start', 'transferring.starting'],
    ['confirmation', 'transferring.streaming'],
    ['entities.end', 'transferring.ending'],
    ['assets.start', 'transferring.starting'],
    ['links.end', 'transferring.ending'],
  ],
};

/** A transfer whose server answers everything before the first request of `kind`, and does `then` with that one. */
async function until(
  direction: 'push' | 'pull',
  kind: string,
  happens: (peer: ReturnType<typeof remote>['peer'], uuid: string) => void,
) {
  let reached = false;
  const unit = remote(direction, {
    connectionOptions: { busyTimeout: 100_000 },
    peer: {
      answer(message, peer) {
        if (reached) return;
        if (kindOf(message) === kind) {
          reached = true;
          happens(peer, message.uuid);
        } else unit.server.answer(message, peer);
      },
    },
  });
  const walk =
    direction === 'push' ? walks.push(unit.end as RemoteDestination) : walks.pull(unit.end as RemoteSource);
  const outcome = watch(walk);
  for (let turn = 0; turn < 5; turn += 1) await settled();
  expect(reached).toBe(true);
  return { ...unit, outcome };
}

for (const direction of ['push', 'pull'] as const) {
  describe(`a server of a ${direction}`, () => {
    test.each(moments[direction])(
      'that closes while %s is due is reported at once, with the state %s',
      async (kind, state) => {
        const { clock, outcome, peer } = await until(direction, kind, (peer) =>
          peer.disconnect(1011, 'crashed'),
        );
        await settled();
        const { error } = outcome();
        expect(error).toMatchObject({ code: 'CONNECTION_CLOSED', details: { state } });
        expect(error?.message).toBe(
          `https://example.com/admin closed the connection while ${stateWords(state)} (code 1011: crashed). Look into the log of the server for the reason, then run the transfer again.`,
        );
        expect(peer.listenerLog.slice(-6)).toEqual([
          '-message',
          '-error',
          '-open',
          '-close',
          '+error',
          '+close',
        ]);
        expect(clock.pending).toEqual([]);
      },
    );

    test.each(moments[direction])(
      'that goes silent while %s is due is found dead in time',
      async (kind, state) => {
        const { clock, outcome } = await until(direction, kind, (peer) => peer.hang());
        // After a confirmation a Strapi is at work on the next batch of rows, and answers no ping meanwhile.
        const busy = /^(beforeTransfer|close|rollback|confirmation|assets\.start|.*\.end)$/.test(kind);
        await clock.pass(busy ? 96_000 : 6900);
        expect(outcome().state).toBe('pending');
        await clock.pass(busy ? 4000 : 3100);
        expect(outcome().error?.code).toBe('CONNECTION_SILENT');
        expect(outcome().error?.message).toContain(`for ${busy ? 100 : 10} s while ${stateWords(state)}`);
        expect(clock.pending).toEqual([]);
      },
    );

    const nonsense: readonly [string, string | object, string][] = [
      ['text that is no JSON', '{', 'not JSON'],
      ['a message of no known form', { hello: 'world' }, 'answer, uuid'],
    ];
    describe.each(nonsense)('that sends %s', (_, frame, reason) => {
      test.each(moments[direction])('while %s is due breaks the protocol', async (kind) => {
        const { clock, outcome, peer } = await until(direction, kind, (peer) => peer.receive(frame));
        await settled();
        const error = outcome().error as TransferError;
        expect(error.code).toBe('INVALID_MESSAGE');
        expect(error.message).toContain('https://example.com/admin sent what is no message');
        expect(error.message).toContain(reason);
        await settled();
        expect(peer.socket.readyState).toBe(3);
        expect(clock.pending).toEqual([]);
      });
    });

    test('that answers everything twice does no harm', async () => {
      const unit = remote(direction);
      unit.peer.duplicate();
      const walk =
        direction === 'push'
          ? walks.push(unit.end as RemoteDestination)
          : walks.pull(unit.end as RemoteSource);
      await walk;
      await unit.end.close();
      expect(unit.clock.pending).toEqual([]);
    });

    test('that answers late is asked again, and whichever answer comes first counts', async () => {
      const { clock, outcome, peer, server } = await until(direction, 'getMetadata', () => {});
      for (let second = 0; second < 70; second += 1) {
        await clock.pass(1000);
        peer.byte();
      }
      const asked = peer.sent.filter((message) => kindOf(message) === 'getMetadata');
      expect(asked).toHaveLength(3);
      for (const message of asked) peer.answer(message.uuid, sample.metadata);
      await settled();
      expect(kindOf(peer.sent.at(-1) ?? { uuid: '' })).toBe('getSchemas');
      expect(server.requests).not.toContain('getMetadata');
      expect(outcome().state).toBe('pending');
      peer.disconnect();
      await settled();
      expect(clock.pending).toEqual([]);
    });

    test('that answers another uuid is asked again until no retries are left', async () => {
      const { clock, outcome, peer } = await until(direction, 'getMetadata', (peer) =>
        peer.answer('another', {}),
      );
      for (let second = 0; second < 179; second += 1) {
        await clock.pass(1000);
        peer.byte();
      }
      expect(outcome().state).toBe('pending');
      await clock.pass(1000);
      expect(outcome().error).toMatchObject({ code: 'REQUEST_TIMED_OUT' });
      expect(outcome().error?.message).toContain('getMetadata within 30 s, asked 6 times');
      expect(peer.sent.filter((message) => kindOf(message) === 'getMetadata')).toHaveLength(6);
      expect(clock.pending).toEqual([]);
    });

    test.each([
      ['init', { transferID: 7 }],
      ['getMetadata', 'nothing'],
      ['getSchemas', [1]],
      ...(direction === 'push'
        ? ([['entities.end', { stats: 5 }]] as const)
        : ([['entities.start', { id: 5 }]] as const)),
    ] as [string, unknown][])('whose answer to %s is %j is told so', async (kind, data) => {
      const { clock, outcome, end } = await until(direction, kind, (peer, uuid) => peer.answer(uuid, data));
      const { error } = outcome();
      expect(error?.code).toBe('INVALID_MESSAGE');
      expect(error?.message).toContain('https://example.com/admin sent what is no message');
      const closing = watch(end.close());
      await clock.pass(190_000, 1000);
      expect(closing().state).toBe('resolved');
      expect(clock.pending).toEqual([]);
    });
  });
}

test('a batch outside of a stage breaks the protocol', async () => {
  const { outcome } = await until('pull', 'getMetadata', (peer) =>
    peer.batch({ uuid: 'b', id: 'x', data: [] }),
  );
  expect(outcome().error?.message).toContain('a batch came outside of a stage');
});

test('a batch in a push breaks the protocol', async () => {
  const { outcome } = await until('push', 'entities.stream', (peer) =>
    peer.batch({ uuid: 'b', id: 'x', data: [] }),
  );
  expect(outcome().error?.message).toContain('a server sends no batches in a push');
});

test('a batch of another stage breaks the protocol', async () => {
  const { outcome } = await until('pull', 'entities.start', (peer, uuid) => {
    peer.answer(uuid, { ok: true, id: 'one' });
    peer.batch({ uuid: 'b', id: 'another', data: [] });
  });
  expect(outcome().error?.message).toContain('a batch of another stage came in entities');
});
