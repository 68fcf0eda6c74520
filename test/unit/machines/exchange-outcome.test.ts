import { expect, test } from 'vitest';
import { createActor, fromPromise } from 'xstate';
import {
  type ExchangeInput,
  type ExchangeResult,
  type LifecycleEmitted,
  lifecycleMachine,
} from '../../../machines/lifecycle.machine.js';
import { TransferError } from '../../../src/protocol/errors.js';

const uuid = 'u';

/** What a lifecycle tells whose exchanges end so: one that decides where the chart goes, and one beside it. */
async function told(end: () => Promise<ExchangeResult>): Promise<readonly LifecycleEmitted[]> {
  const all: LifecycleEmitted[] = [];
  for (const type of ['request.init', 'request.status'] as const) {
    const exchange = fromPromise<ExchangeResult, ExchangeInput>(end);
    const lifecycle = createActor(lifecycleMachine.provide({ actors: { exchange } }), {
      input: { direction: 'push', batchTimeout: 1 },
    });
    lifecycle.on('*', (event) => all.push(event));
    lifecycle.subscribe({ error: () => {} });
    lifecycle.start();
    lifecycle.send({ type, uuid });
    await new Promise(setImmediate);
    lifecycle.stop();
  }
  return all;
}

const twice = (event: LifecycleEmitted) => [event, event];

test('an exchange that is over tells whether it was accepted, and the code of an answer with an error', async () => {
  const done = { type: 'exchange.done', uuid } as const;
  expect(await told(async () => ({ accepted: true }))).toEqual(twice({ ...done, accepted: true }));
  expect(await told(async () => ({ accepted: false }))).toEqual(twice({ ...done, accepted: false }));
  const named = { accepted: false, code: 'STORE_IN_USE' };
  expect(await told(async () => named)).toEqual(twice({ ...done, ...named }));
});

test.each([
  ['a failure of the table', new TransferError('ABORTED', { by: 'the test' }), 'ABORTED', { by: 'the test' }],
  ['anything else', new Error('a bug'), 'UNEXPECTED', { reason: 'a bug' }],
] as const)('an exchange that is rejected tells why: with %s', async (_, error, code, details) => {
  const failed = { type: 'exchange.failed', uuid, failure: { code, details } } as const;
  expect(await told(() => Promise.reject(error))).toEqual(twice(failed));
});
