import { describe, expect, test } from 'vitest';
import { createActor } from 'xstate';
import { dispatcherMachine } from '../../../machines/dispatcher.machine.js';
import { TransferError, transferErrorOf } from '../../../src/protocol/errors.js';
import type { AnswerMessage } from '../../../src/protocol/messages.js';
import { createLine, dataOf, type LineRequest } from '../../../src/transport/line.js';
import { watch } from '../../support/ends.js';
import { settled, TestClock } from '../../support/test-clock.js';

const retryMessageOptions = { retryMessageTimeout: 1000, retryMessageMaxRetries: 1 };
const request = (uuid: string): LineRequest => ({ uuid, kind: `${uuid}.stream`, frame: `<${uuid}>` });
const answerTo = (uuid: string, data: unknown = null): AnswerMessage => ({ uuid, data, error: null });

/** A line over so many dispatchers, and a wire that keeps what it is to send. `leaves`: at once, or when it is told. */
function setUp({ lanes = 1, leaves = true } = {}) {
  const clock = new TestClock();
  const sent: string[] = [];
  const told: unknown[] = [];
  const onItsWay: (() => void)[] = [];
  const line = createLine({
    wire: {
      send(frame, left, again = false) {
        sent.push(`${frame}${again ? ' again' : ''}`);
        if (leaves) left?.();
        else if (left !== undefined) onItsWay.push(left);
      },
    },
    lanes: () => dispatchers,
    retryMessageOptions,
    onRetry: (...what) => told.push(what),
    onExhausted: (details) => told.push(details),
  });
  const dispatchers = Array.from({ length: lanes }, () => {
    const logic = dispatcherMachine.provide({ actions: { sendFrame: line.sendFrame } });
    const dispatcher = createActor(logic, { clock, input: { retryMessageOptions } }).start();
    dispatcher.send({ type: 'connection.opened' });
    return dispatcher;
  });
  return { clock, line, sent, told, onItsWay, dispatchers };
}

describe('requests on a line', () => {
  test('reject where their lane takes none, and later ones go out', async () => {
    const { line, sent, dispatchers, clock } = setUp({ lanes: 0 });
    const logic = dispatcherMachine.provide({ actions: { sendFrame: line.sendFrame } });
    const unconnected = createActor(logic, { clock, input: { retryMessageOptions } }).start();
    dispatchers.push(unconnected);
    await expect(line.ask(request('a'))).rejects.toMatchObject({
      code: 'DISPATCHER_NOT_READY',
      message: expect.stringMatching(/^The request a\.stream came to .*connection\.opened/),
    });
    unconnected.send({ type: 'connection.opened' });
    const asked = line.ask(request('b'));
    line.answered(answerTo('b', 1));
    expect(await asked).toMatchObject({ answer: { data: 1 } });
    expect(sent).toEqual(['<b>']);
  });

  test('leave one by one, in the order in which they were asked', async () => {
    const { line, sent } = setUp();
    const asked = ['a', 'b'].map((uuid) => watch(line.ask(request(uuid))));
    expect(sent).toEqual(['<a>']);
    expect(line.answered(answerTo('a', 1))).toBe(true);
    await settled();
    expect(sent).toEqual(['<a>', '<b>']);
    expect(asked.map((outcome) => outcome().state)).toEqual(['resolved', 'pending']);
    expect(asked[0]?.()).toMatchObject({ value: { answer: { data: 1 }, retries: 0 } });
  });

  test('leave as many at once as the limit allows', () => {
    const { line, sent } = setUp({ lanes: 3 });
    for (const uuid of ['a', 'b', 'c', 'd']) void line.ask(request(uuid));
    expect(sent).toEqual(['<a>']);
    line.limit(2);
    expect(sent).toEqual(['<a>', '<b>']);
    line.limit(3);
    expect(sent).toEqual(['<a>', '<b>', '<c>']);
  });

  test('of the order of the protocol are settled when the lifecycle has moved, not when they are answered', async () => {
    const { line, sent } = setUp();
    const entered: string[] = [];
    const asked = watch(line.ask(request('a'), () => entered.push('a')));
    expect([entered, sent]).toEqual([['a'], []]);
    const exchanged = watch(line.exchange('a'));
    line.settle('a');
    line.answered(answerTo('a'));
    await settled();
    expect(exchanged()).toEqual({ state: 'resolved', value: { accepted: true } });
    expect([asked().state, line.waits('a')]).toEqual(['pending', true]);
    line.settle('a');
    await settled();
    expect([asked().state, line.waits('a')]).toEqual(['resolved', false]);
  });

  test('are exchanged with the code of an answer that is an error', async () => {
    const { line } = setUp();
    const asked = line.ask(request('a'), () => {});
    const exchanged = watch(line.exchange('a'));
    line.answered({ uuid: 'a', data: null, error: { code: 'E', message: 'no' } });
    await settled();
    line.settle('a');
    expect(exchanged()).toMatchObject({ value: { accepted: false, code: 'E' } });
    const answered = await asked;
    expect(() => dataOf(answered, 'x')).toThrow(expect.objectContaining({ code: 'PEER_ERROR' }));
  });

  test('of another process cannot be exchanged', async () => {
    await expect(setUp().line.exchange('a')).rejects.toMatchObject({ code: 'NOT_RESUMABLE' });
  });

  test('say how often they were sent again, and the wire that it is again', async () => {
    const { clock, line, sent, told } = setUp();
    const asked = watch(line.ask(request('a')));
    await clock.pass(1000);
    line.answered(answerTo('a'));
    await settled();
    expect(sent).toEqual(['<a>', '<a> again']);
    expect(told).toEqual([['a.stream', 1]]);
    expect(asked()).toMatchObject({ value: { retries: 1 } });
  });

  test.each([
    ['the limits of the line', {}, { ms: 1000, attempts: 2 }],
    [
      'their own',
      { retry: { retryMessageTimeout: 300, retryMessageMaxRetries: 0 } },
      { ms: 300, attempts: 1 },
    ],
  ])('are given up by %s', async (_, limits, said) => {
    const { clock, line, told } = setUp();
    void line.ask({ ...request('a'), ...limits });
    await clock.pass(said.ms * said.attempts);
    expect(told.at(-1)).toEqual({ request: 'a.stream', ...said });
  });
});

describe('an answer', () => {
  test.each([
    ['to nothing that was asked', (_: ReturnType<typeof setUp>) => {}],
    [
      'to a request that has not left',
      ({ line }: ReturnType<typeof setUp>) => void line.ask(request('x'), () => {}),
    ],
    [
      'that comes a second time',
      ({ line }: ReturnType<typeof setUp>) => {
        void line.ask(request('x'));
        line.answered(answerTo('x'));
      },
    ],
    [
      'that comes a second time before the lifecycle has moved',
      ({ line }: ReturnType<typeof setUp>) => {
        void line.ask(request('x'), () => {});
        void line.exchange('x');
        line.answered(answerTo('x'));
      },
    ],
  ])('%s is dropped', async (_, before) => {
    const unit = setUp();
    before(unit);
    expect(unit.line.answered(answerTo('x'))).toBe(false);
  });

  test('that overtakes the news that its frame has left is taken, and the news is told once', async () => {
    const { line, onItsWay } = setUp({ leaves: false });
    const asked = watch(line.ask(request('a')));
    line.answered(answerTo('a'));
    await settled();
    expect(asked().state).toBe('resolved');
    for (const left of onItsWay) left();
    expect(watch(line.ask(request('b')))().state).toBe('pending');
  });
});

describe('a line that is drained', () => {
  test('rejects what was asked in order, and waits until all that was sent is answered', async () => {
    const { line } = setUp();
    const inOrder = watch(line.ask(request('a'), () => {}));
    void line.exchange('a').catch(() => {});
    const beside = watch(line.ask(request('b')));
    const drained = watch(line.drain(new TransferError('ABORTED')));
    await settled();
    expect([inOrder().error?.code, beside().state, drained().state]).toEqual([
      'ABORTED',
      'pending',
      'pending',
    ]);
    line.answered(answerTo('a'));
    await settled();
    expect([line.waits('a'), drained().state]).toEqual([false, 'pending']);
    line.answered(answerTo('b'));
    await settled();
    expect([beside().state, drained().state]).toEqual(['resolved', 'resolved']);
  });

  test('rejects where no answer can come any more', async () => {
    const { line } = setUp();
    void line.ask(request('a')).catch(() => {});
    const drained = watch(line.drain(new TransferError('ABORTED')));
    line.fail(transferErrorOf('CONNECTION_CLOSED'));
    await settled();
    expect(drained().error?.code).toBe('CONNECTION_CLOSED');
  });
});

test('a line that has failed rejects all, and tells no dispatcher of a frame that leaves later', async () => {
  const { line, onItsWay, dispatchers } = setUp({ leaves: false });
  const asked = ['a', 'b'].map((uuid) => watch(line.ask(request(uuid))));
  line.fail(transferErrorOf('CONNECTION_CLOSED'));
  await settled();
  expect(asked.map((outcome) => outcome().error?.code)).toEqual(['CONNECTION_CLOSED', 'CONNECTION_CLOSED']);
  for (const left of onItsWay) left();
  expect(dispatchers[0]?.getSnapshot().value).toBe('dispatching');
  expect(line.waits('a')).toBe(false);
});
