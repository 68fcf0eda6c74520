import { describe, expect, test } from 'vitest';
import { createDispatcher, type DispatcherOptions } from '../../../src/client/index.js';
import { TransferError } from '../../../src/protocol/errors.js';
import { createScriptedPeer, type ScriptedPeerOptions } from '../../../src/testing/scripted-peer.js';
import { countingIds } from '../../support/ids.js';
import { settled, TestClock } from '../../support/test-clock.js';

function setUp(options: DispatcherOptions = {}, script: ScriptedPeerOptions = {}) {
  const clock = new TestClock();
  const peer = createScriptedPeer({ clock, isOpen: true, ...script });
  const dispatcher = createDispatcher(peer.socket, { clock, ids: countingIds(), ...options });
  const state = () => dispatcher.actor.getSnapshot().value;
  const uuid = (place: number) => peer.sent[place]?.uuid ?? '';
  return { clock, peer, dispatcher, state, uuid };
}

type SetUp = ReturnType<typeof setUp>;

/** What a promise came to, asked without waiting: `pending`, the value, or the error. */
function outcomeOf(promise: Promise<unknown>) {
  const outcome: { value: unknown } = { value: 'pending' };
  promise.then(
    (value) => {
      outcome.value = value;
    },
    (error: unknown) => {
      outcome.value = error;
    },
  );
  return outcome;
}

async function failureOf(promise: Promise<unknown>): Promise<TransferError> {
  const error: unknown = await promise.then(
    () => 'resolved',
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(TransferError);
  return error as TransferError;
}

async function initialize({ dispatcher, peer, uuid }: SetUp): Promise<void> {
  const init = dispatcher.dispatchCommand('init');
  await settled();
  peer.answer(uuid(0), { transferID: 'transfer-1', checksums: true });
  await init;
}

describe('the dispatcher, edge by edge through its port', () => {
  test('init → ready when the connection is made', async () => {
    const { dispatcher, peer, state } = setUp({}, { isOpen: false, accepts: false });
    expect(dispatcher.actor.getSnapshot().value).toBe('init');
    peer.accept();
    expect(state()).toBe('ready');
  });

  test('a socket that is open already needs no opening event', () => {
    expect(setUp().state()).toBe('ready');
  });

  test('ready → dispatching → waitingResponse: the timer starts once the frame has left', async () => {
    const { dispatcher, state, peer } = setUp();
    void dispatcher.dispatchCommand('status');
    expect(state()).toBe('dispatching');
    expect(peer.sent).toHaveLength(1);
    await settled();
    expect(state()).toEqual({ waitingResponse: 'counting' });
  });

  test('stays dispatching while a slow upload drains, without a timer for the answer', async () => {
    const { clock, dispatcher, peer, state } = setUp({ connectionOptions: { heartbeatTimeout: 2_000_000 } });
    peer.clog();
    void dispatcher.dispatchCommand('status').catch(() => {});
    await clock.pass(500_000, 10_000);
    expect(state()).toBe('dispatching');
    expect(peer.frames).toHaveLength(1);
  });

  test('waitingResponse → ready with the answer’s data', async () => {
    const { dispatcher, state, peer, uuid } = setUp();
    const asked = dispatcher.dispatchCommand('status');
    await settled();
    peer.answer(uuid(0), { active: false });
    expect(await asked).toEqual({ active: false });
    expect(state()).toBe('ready');
  });

  test('an answer that comes before the frame was said to have left counts', async () => {
    const { dispatcher, peer, uuid, state } = setUp({}, { clock: new TestClock() });
    peer.clog();
    const asked = dispatcher.dispatchCommand('status');
    expect(state()).toBe('dispatching');
    peer.answer(uuid(0), 1);
    expect(await asked).toBe(1);
    expect(state()).toBe('ready');
  });

  test('a timeout → retrying → waitingResponse sends the very same frame again', async () => {
    const retried: unknown[] = [];
    const { clock, dispatcher, peer, state, uuid } = setUp({
      onRetry: (request, retry) => retried.push([request, retry]),
    });
    const asked = dispatcher.dispatchCommand('status');
    await clock.pass(29_900);
    expect(peer.frames).toHaveLength(1);
    clock.increment(100);
    expect(state()).toBe('retrying');
    expect(peer.frames).toHaveLength(2);
    expect(peer.frames[1]).toBe(peer.frames[0]);
    await settled();
    expect(state()).toEqual({ waitingResponse: 'counting' });
    expect(retried).toEqual([['status', 1]]);
    peer.answer(uuid(0), 'late but there');
    expect(await asked).toBe('late but there');
  });

  test('an answer in the middle of a resend ends it', async () => {
    const { clock, dispatcher, peer, state, uuid } = setUp();
    const asked = dispatcher.dispatchCommand('status');
    await clock.pass(29_900);
    clock.increment(100);
    expect(state()).toBe('retrying');
    peer.receive({ uuid: uuid(0), data: 1, error: null });
    expect(await asked).toBe(1);
    expect(state()).toBe('ready');
    await clock.pass(60_000, 1000);
    expect(peer.frames).toHaveLength(2);
  });

  test('gives up after exactly 5 resends, 6 × 30 s after it first asked', async () => {
    const { clock, dispatcher, peer, state } = setUp();
    const asked = outcomeOf(dispatcher.dispatchCommand('status'));
    await clock.pass(179_900);
    expect(peer.frames).toHaveLength(6);
    expect(asked.value).toBe('pending');
    await clock.pass(100);
    expect(state()).toBe('error');
    expect(peer.frames).toHaveLength(6);
    expect(asked.value).toMatchObject({
      code: 'REQUEST_TIMED_OUT',
      message: expect.stringContaining('did not answer status within 30 s, asked 6 times'),
    });
    await clock.pass(300_000, 1000);
    expect(peer.frames).toHaveLength(6);
    expect(clock.pending).toEqual([]);
  });

  test.each([0, 1, 3])('resends exactly %i times where that is asked for', async (retries) => {
    const { clock, dispatcher, peer, state } = setUp({
      retryMessageOptions: { retryMessageTimeout: 1000, retryMessageMaxRetries: retries },
    });
    const asked = outcomeOf(dispatcher.dispatchCommand('status'));
    await clock.pass(1000 * (retries + 1) - 100);
    expect(asked.value).toBe('pending');
    await clock.pass(100);
    expect(asked.value).toMatchObject({ code: 'REQUEST_TIMED_OUT' });
    expect(peer.frames).toHaveLength(retries + 1);
    expect(state()).toBe('error');
  });

  test('an answer to the last resend still counts', async () => {
    const { clock, dispatcher, peer, uuid } = setUp();
    const asked = dispatcher.dispatchCommand('status');
    await clock.pass(179_900);
    peer.answer(uuid(0), 'at last');
    expect(await asked).toBe('at last');
  });

  test('the next request counts its own resends', async () => {
    const { clock, dispatcher, peer, uuid } = setUp();
    const first = dispatcher.dispatchCommand('status');
    await clock.pass(150_100);
    expect(peer.frames).toHaveLength(6);
    peer.answer(uuid(0));
    await first;
    const second = outcomeOf(dispatcher.dispatchCommand('status'));
    await clock.pass(179_900);
    expect(second.value).toBe('pending');
    expect(peer.frames).toHaveLength(12);
  });

  test('a closed socket is an error at once, and no timer is left', async () => {
    const { clock, dispatcher, peer, state } = setUp();
    const asked = failureOf(dispatcher.dispatchCommand('status'));
    await settled();
    peer.disconnect(1011, 'out of memory');
    const error = await asked;
    expect(error.code).toBe('CONNECTION_CLOSED');
    expect(error.message).toContain('while waiting for status (code 1011: out of memory)');
    expect(state()).toBe('error');
    expect(clock.pending).toEqual([]);
    expect((await failureOf(dispatcher.dispatchCommand('status'))).code).toBe('CONNECTION_CLOSED');
  });

  test('close() rejects what still waits with ABORTED, and stops the chart', async () => {
    const { clock, dispatcher, state } = setUp();
    const asked = failureOf(dispatcher.dispatchCommand('status'));
    await settled();
    await dispatcher.close();
    expect((await asked).code).toBe('ABORTED');
    expect(state()).toBe('stopped');
    expect(clock.pending).toEqual([]);
    await dispatcher.close();
  });

  test('close() before the socket is open cuts it', async () => {
    const { clock, dispatcher, peer, state } = setUp({}, { isOpen: false, accepts: false });
    const asked = failureOf(dispatcher.dispatchCommand('status'));
    await dispatcher.close();
    expect((await asked).code).toBe('ABORTED');
    expect(peer.frames).toEqual([]);
    expect(state()).toBe('stopped');
    expect(clock.pending).toEqual([]);
  });
});

describe('one request at a time', () => {
  test('the second request leaves after the answer to the first, in the order of the calls', async () => {
    const { dispatcher, peer, uuid } = setUp();
    const both = [dispatcher.dispatchCommand('status'), dispatcher.dispatchCommand('status')];
    await settled();
    expect(peer.frames).toHaveLength(1);
    peer.answer(uuid(0), 'first');
    await settled();
    expect(peer.frames).toHaveLength(2);
    peer.answer(uuid(1), 'second');
    expect(await Promise.all(both)).toEqual(['first', 'second']);
  });

  test('what is dispatched while the socket opens leaves when it is open', async () => {
    const { dispatcher, peer, uuid } = setUp({}, { isOpen: false, accepts: false });
    const asked = dispatcher.dispatchCommand('status');
    await settled();
    expect(peer.frames).toEqual([]);
    peer.accept();
    await settled();
    peer.answer(uuid(0), 1);
    expect(await asked).toBe(1);
  });
});

describe('answers', () => {
  test('an answer with an error is an answer: the dispatcher goes on', async () => {
    const { dispatcher, peer, state, uuid } = setUp();
    const asked = failureOf(dispatcher.dispatchCommand('status'));
    await settled();
    peer.error(uuid(0), { code: 'E1', message: 'Bad transfer ID provided', details: { step: 'transfer' } });
    const error = await asked;
    expect(error.code).toBe('PEER_ERROR');
    expect(error.message).toBe('The server answered status with an error: Bad transfer ID provided');
    expect(error.details['peer']).toEqual({
      code: 'E1',
      message: 'Bad transfer ID provided',
      details: { step: 'transfer' },
    });
    expect(state()).toBe('ready');
    const next = dispatcher.dispatchCommand('status');
    await settled();
    peer.answer(uuid(1), 'fine');
    expect(await next).toBe('fine');
  });

  test('a second answer is dropped, whatever it says', async () => {
    const { dispatcher, peer, state, uuid } = setUp();
    peer.duplicate();
    const asked = dispatcher.dispatchCommand('status');
    await settled();
    peer.answer(uuid(0), 'once');
    expect(await asked).toBe('once');
    peer.error(uuid(0), { message: 'twice' });
    await settled();
    expect(state()).toBe('ready');
  });

  test('a late answer to an earlier request is not taken for the current one’s', async () => {
    const { dispatcher, peer, state, uuid } = setUp();
    const first = dispatcher.dispatchCommand('status');
    await settled();
    peer.answer(uuid(0), 'first');
    await first;
    const second = outcomeOf(dispatcher.dispatchCommand('status'));
    await settled();
    peer.answer(uuid(0), 'late');
    peer.answer('another-uuid', 'stray');
    await settled();
    expect(second.value).toBe('pending');
    expect(state()).toEqual({ waitingResponse: 'counting' });
    peer.answer(uuid(1), 'second');
    await settled();
    expect(second.value).toBe('second');
  });

  test('diagnostics are told, and are no answers', async () => {
    const seen: unknown[] = [];
    const { dispatcher, peer, uuid } = setUp({ onDiagnostic: (diagnostic) => seen.push(diagnostic) });
    const asked = outcomeOf(dispatcher.dispatchCommand('status'));
    await settled();
    peer.diagnostic('deleting all assets', 'warning', 'push-handler');
    await settled();
    expect(seen).toEqual([{ kind: 'warning', message: 'deleting all assets', origin: 'push-handler' }]);
    expect(asked.value).toBe('pending');
    peer.answer(uuid(0), 1);
    await settled();
    expect(asked.value).toBe(1);
  });

  test.each([
    ['text that is no JSON', '{"uuid":', 'not JSON'],
    ['JSON that is no object', '7', 'not an object'],
    ['an answer without uuid', '{"data":1}', 'answer, uuid'],
    ['an answer whose uuid is a number', '{"uuid":5,"data":1}', 'answer, uuid'],
    ['an answer whose error is a text', '{"uuid":"1","error":"no"}', 'answer, error'],
    ['a diagnostic without a kind', '{"diagnostic":{"details":{}}}', 'diagnostic'],
  ])('%s breaks the connection off with INVALID_MESSAGE', async (_, frame, reason) => {
    const { clock, dispatcher, peer, state } = setUp();
    const asked = failureOf(dispatcher.dispatchCommand('status'));
    await settled();
    peer.receive(frame);
    const error = await asked;
    expect(error.code).toBe('INVALID_MESSAGE');
    expect(error.message).toContain('The server sent what is no message of the transfer protocol');
    expect(error.message).toContain(reason);
    await settled();
    expect(state()).toBe('stopped');
    expect(peer.listenerLog).toContain('terminate');
    expect(clock.pending).toEqual([]);
  });
});

describe('init', () => {
  test('resolves with the transferID, which later messages carry', async () => {
    const { dispatcher, peer, uuid } = setUp();
    expect(dispatcher.negotiated).toBeNull();
    const init = dispatcher.dispatchCommand({
      command: 'init',
      params: { transfer: 'push', checksums: true, assetEncoding: 'base64' },
    });
    await settled();
    expect(peer.sent[0]).toEqual({
      type: 'command',
      command: 'init',
      params: { transfer: 'push', checksums: true, assetEncoding: 'base64' },
      uuid: uuid(0),
    });
    peer.answer(uuid(0), { transferID: 'transfer-1', checksums: true, assetEncoding: 'base64' });
    expect(await init).toBe('transfer-1');
    expect(dispatcher.negotiated).toEqual({
      transferID: 'transfer-1',
      checksums: true,
      assetEncoding: 'base64',
      ferry: null,
    });

    void dispatcher.dispatchTransferAction('bootstrap');
    await settled();
    peer.answer(uuid(1));
    void dispatcher.dispatchTransferStep({ action: 'stream', step: 'links', data: [{ kind: 'x' }] });
    await settled();
    peer.answer(uuid(2));
    void dispatcher.dispatchCommand('end');
    await settled();
    expect(peer.sent.slice(1)).toEqual([
      { type: 'transfer', kind: 'action', action: 'bootstrap', uuid: uuid(1), transferID: 'transfer-1' },
      {
        type: 'transfer',
        kind: 'step',
        action: 'stream',
        step: 'links',
        data: [{ kind: 'x' }],
        uuid: uuid(2),
        transferID: 'transfer-1',
      },
      { type: 'command', command: 'end', params: { transferID: 'transfer-1' }, uuid: uuid(3) },
    ]);
  });

  test('nothing is negotiated that was not offered', async () => {
    const unit = setUp();
    await initialize(unit);
    expect(unit.dispatcher.negotiated).toEqual({
      transferID: 'transfer-1',
      checksums: false,
      assetEncoding: 'buffer',
      ferry: null,
    });
  });

  test('a transfer message before init is refused before a byte is sent', async () => {
    const { dispatcher, peer } = setUp();
    expect((await failureOf(dispatcher.dispatchTransferAction('bootstrap'))).code).toBe('NO_TRANSFER');
    const start = { action: 'start', step: 'links' } as const;
    expect((await failureOf(dispatcher.dispatchTransferStep(start))).code).toBe('NO_TRANSFER');
    expect(peer.frames).toEqual([]);
  });

  test.each([[null], [{}], [{ transferID: 5 }], [{ transferID: '' }]])(
    'an answer without a transferID (%j) is INVALID_MESSAGE, and says whose',
    async (data) => {
      const { dispatcher, peer, uuid } = setUp();
      const init = failureOf(dispatcher.dispatchCommand('init'));
      await settled();
      peer.answer(uuid(0), data);
      const error = await init;
      expect(error.code).toBe('INVALID_MESSAGE');
      expect(error.message).toContain('The server sent what is no message');
      expect(dispatcher.negotiated).toBeNull();
    },
  );
});

describe('options', () => {
  test('the defaults are 30 000 ms and 5', () => {
    const { dispatcher } = setUp();
    expect(dispatcher.actor.getSnapshot().context.retryMessageOptions).toEqual({
      retryMessageTimeout: 30_000,
      retryMessageMaxRetries: 5,
    });
  });

  test.each([2 ** 31, Number.NaN, -1, Number.POSITIVE_INFINITY, '5' as unknown as number])(
    'retryMessageTimeout %s is refused: a timer cannot hold it',
    (retryMessageTimeout) => {
      expect(() => setUp({ retryMessageOptions: { retryMessageTimeout } })).toThrow(
        expect.objectContaining({ code: 'INVALID_OPTION' }),
      );
    },
  );

  test.each([-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY])(
    'retryMessageMaxRetries %s is refused: a count is a whole number',
    (retryMessageMaxRetries) => {
      expect(() => setUp({ retryMessageOptions: { retryMessageMaxRetries } })).toThrow(
        expect.objectContaining({ code: 'INVALID_OPTION' }),
      );
    },
  );

  test('the longest delay that a timer can hold is taken', () => {
    expect(() => setUp({ retryMessageOptions: { retryMessageTimeout: 2 ** 31 - 1 } })).not.toThrow();
  });

  test('an option that is given as undefined is the default', () => {
    const given = { retryMessageTimeout: undefined, retryMessageMaxRetries: undefined } as object;
    const { dispatcher } = setUp({ retryMessageOptions: given });
    expect(dispatcher.actor.getSnapshot().context.retryMessageOptions).toEqual({
      retryMessageTimeout: 30_000,
      retryMessageMaxRetries: 5,
    });
  });
});
