import { expect, test } from 'vitest';
import { TransferError } from '../../../src/protocol/errors.js';
import { createReplies } from '../../../src/server/replies.js';
import { watch } from '../../support/ends.js';
import { settled } from '../../support/test-clock.js';

function setUp() {
  const sent: { uuid?: string; data: unknown; error: unknown }[] = [];
  let leave: (() => void)[] = [];
  const replies = createReplies({
    send(frame, left) {
      sent.push(JSON.parse(frame as string));
      if (left !== undefined) leave.push(left);
    },
  });
  const receive = (...uuids: readonly string[]) => {
    for (const uuid of uuids) {
      replies.receive(uuid, { content: uuid, about: {} });
      replies.remember(uuid);
    }
  };
  const leaveAll = () => {
    for (const left of leave) left();
    leave = [];
  };
  return { replies, sent, receive, leaveAll };
}

test('what a message holds is kept until it is answered; that it has come is remembered', () => {
  const { replies, receive } = setUp();
  receive('a');
  expect([replies.received('a')?.content, replies.wasSeen('a'), replies.wasSeen('b')]).toEqual([
    'a',
    true,
    false,
  ]);
  replies.receive('a', { content: 'another', about: {} });
  expect(replies.received('a')?.content).toBe('a');
  replies.answer('a', 5);
  expect([replies.received('a'), replies.wasSeen('a')]).toEqual([undefined, true]);
});

test.each([
  ['the last answer', { a: 1, b: 2 }, 'b', { uuid: 'b', data: 2, error: null }],
  ['an earlier answer that was null', { a: null, b: 2 }, 'a', { uuid: 'a', data: null, error: null }],
  ['an earlier answer that was more', { a: 1, b: 2 }, 'a', undefined],
])('%s, where its message comes again: %j, %s → %j', (_, answers, again, repeated) => {
  const { replies, sent, receive, leaveAll } = setUp();
  receive(...Object.keys(answers));
  for (const [uuid, data] of Object.entries(answers)) replies.answer(uuid, data);
  replies.repeat(again, false);
  expect(sent).toHaveLength(2);
  leaveAll();
  replies.repeat(again, false);
  expect(sent[2]).toEqual(repeated);
});

test('a message that comes again when nothing is taken any more is told so', () => {
  const { replies, sent, receive, leaveAll } = setUp();
  receive('a');
  replies.answer('a', null, new TransferError('ABORTED'));
  leaveAll();
  replies.repeat('a', true);
  expect(sent[1]).toMatchObject({ uuid: 'a', error: { message: expect.stringContaining('terminated') } });
  expect(replies.firstError).toBe('ABORTED');
});

test('a peer that does not read is told once that a message needs a uuid', () => {
  const { replies, sent, leaveAll } = setUp();
  replies.answerUnaddressed();
  replies.answerUnaddressed();
  expect(sent).toHaveLength(1);
  leaveAll();
  replies.answerUnaddressed();
  expect(sent).toHaveLength(2);
});

test('it is drained when all answers have left', async () => {
  const { replies, receive, leaveAll } = setUp();
  receive('a');
  replies.answer('a', null);
  const drained = watch(replies.drained());
  await settled();
  expect(drained().state).toBe('pending');
  leaveAll();
  await settled();
  expect(drained().state).toBe('resolved');
});
