import { describe, expect, test } from 'vitest';
import { TransferError } from '../../../src/protocol/errors.js';
import type { TransferOptions } from '../../../src/transfer/create-transfer.js';
import { type Direction, everyMoment, type Lie, transferWith } from '../../support/lying-server.js';

/** A transfer with a server that misbehaves at one request: it must fail, and our end be as it was. */
async function failure(
  direction: Direction,
  at: string,
  misbehave: (lie: Lie) => void,
  options: Partial<TransferOptions> = {},
): Promise<TransferError> {
  const { outcome, reached, before, after } = await transferWith({ direction, at, misbehave }, options);
  expect(reached).toBe(true);
  expect(after).toEqual(before);
  if (outcome instanceof TransferError) return outcome;
  throw outcome instanceof Error ? outcome : new Error('it did not fail');
}

const confirms = (at: string) => at === 'confirmation';

describe.each(everyMoment)('in a %s, at %s', (direction, at) => {
  test('a server that closes is reported with its code and reason', async () => {
    const error = await failure(direction, at, ({ peer }) => peer.disconnect(1012, 'restarting'));
    expect(error).toMatchObject({
      code: 'CONNECTION_CLOSED',
      row: { exit: 4 },
      details: { closeCode: 1012 },
    });
    expect(error.message).toContain('restarting');
  });

  test('a connection that breaks is reported', async () => {
    const error = await failure(direction, at, ({ peer }) => peer.disconnect());
    expect(error).toMatchObject({
      code: 'CONNECTION_CLOSED',
      row: { exit: 4 },
      details: { closeCode: 1006 },
    });
  });

  test('a server that goes silent is dead after the time allowed', async () => {
    const connectionOptions = { heartbeatTimeout: 100, busyTimeout: 200 };
    const error = await failure(direction, at, ({ peer }) => peer.hang(), { connectionOptions });
    expect(error).toMatchObject({ code: 'CONNECTION_SILENT', row: { exit: 4 } });
    const isBusy = /^(beforeTransfer|assets\.start|.+\.end|close|confirmation)$/.test(at);
    expect(error.details['ms']).toBe(isBusy ? 200 : 100);
  });

  test('a server that answers pings alone has its requests repeated, then is given up', async () => {
    const error = await failure(direction, at, ({ hush }) => hush(), {
      retryMessageOptions: { retryMessageTimeout: 20, retryMessageMaxRetries: 2 },
      connectionOptions: { batchTimeout: 100 },
    });
    expect(error.row.exit).toBe(4);
    expect(error.code).toBe(confirms(at) ? 'BATCH_TIMED_OUT' : 'REQUEST_TIMED_OUT');
  });

  test.each([
    ['no JSON', '<html>502 Bad Gateway</html>'],
    ['JSON that is no message', '{"hello":"world"}'],
    ['an empty frame', ''],
  ])('%s is refused', async (_, frame) => {
    const error = await failure(direction, at, ({ peer }) => peer.receive(frame));
    expect(error).toMatchObject({ code: 'INVALID_MESSAGE', row: { exit: 8 } });
  });

  // A confirmation asks nothing: there is no answer to lie with.
  if (confirms(at)) return;

  test('an answer with an error is told in the server’s words', async () => {
    const error = await failure(direction, at, ({ message, peer }) =>
      peer.error(message.uuid, { message: 'no, thanks', details: { step: 'transfer', details: {} } }),
    );
    expect(error).toMatchObject({ code: 'PEER_ERROR', row: { exit: 8 } });
    expect(error.message).toContain('no, thanks');
  });

  test('answers to questions that were not asked do not count', async () => {
    const retryMessageOptions = { retryMessageTimeout: 20, retryMessageMaxRetries: 1 };
    const error = await failure(
      direction,
      at,
      ({ hush, peer }) => {
        hush();
        peer.answer('12345678-0000-4000-8000-000000000000', { ok: true });
      },
      { retryMessageOptions },
    );
    expect(error).toMatchObject({ code: 'REQUEST_TIMED_OUT', row: { exit: 4 } });
  });

  const all = { entities: { items: 3 }, assets: { items: 3 }, links: { items: 2 } };

  test('an answer that comes twice counts once', async () => {
    // The same uuid again: a Strapi repeats its last answer.
    const misbehave = ({ answer }: Lie) => {
      answer();
      answer();
    };
    const { outcome, reached } = await transferWith({ direction, at, misbehave });
    expect(outcome).toMatchObject({ counts: all });
    expect(reached).toBe(true);
  });

  test('an answer that comes after its question was repeated counts', async () => {
    const asked: string[] = [];
    // Answers the second copy with what belongs to both.
    const misbehave = ({ message, answer }: Lie) => {
      asked.push(message.uuid);
      if (asked.filter((uuid) => uuid === message.uuid).length === 2) answer();
    };
    const { outcome } = await transferWith(
      { direction, at, misbehave, always: true },
      { retryMessageOptions: { retryMessageTimeout: 30, retryMessageMaxRetries: 5 } },
    );
    expect(outcome).toMatchObject({ counts: all });
    expect(new Set(asked).size).toBeLessThan(asked.length);
  });
});
