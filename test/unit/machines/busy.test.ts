import { expect, test } from 'vitest';
import { createActor, fromPromise } from 'xstate';
import { awaitsBatch, keepsPeerBusy } from '../../../machines/busy.js';
import {
  type ExchangeResult,
  type LifecycleRequest,
  lifecycleMachine,
} from '../../../machines/lifecycle.machine.js';
import { settled } from '../../support/test-clock.js';

/** What a Strapi may answer no pings in: measured, see docs/architecture.md. */
const busy: Readonly<Record<LifecycleRequest['type'], boolean>> = {
  'request.init': false,
  'request.bootstrap': false,
  'request.getMetadata': false,
  'request.getSchemas': false,
  'request.beforeTransfer': true,
  'request.stepStart': false,
  'request.stepStream': false,
  'request.stepEnd': true,
  'request.rollback': true,
  'request.close': true,
  'request.end': false,
  'request.status': false,
};
const named = (type: string, step = 'links') => ({ type, uuid: 'u', step }) as LifecycleRequest;

test.each(Object.entries(busy))('%s keeps a peer busy: %s', (type, is) => {
  expect(keepsPeerBusy(named(type))).toBe(is);
});

test('of the starts only that of assets keeps a peer busy', () => {
  const steps = ['entities', 'assets', 'links', 'configuration', 'schemas', 'unknown'];
  expect(steps.filter((step) => keepsPeerBusy(named('request.stepStart', step)))).toEqual(['assets']);
});

test.each(['push', 'pull'] as const)(
  'a %s waits for a batch in a stage, while none is being taken',
  async (direction) => {
    const waits: Record<string, boolean> = {};
    let taken = () => {};
    const exchange = fromPromise<ExchangeResult, { request: LifecycleRequest }>(async ({ input }) => {
      if (input.request.type === 'request.stepStream')
        await new Promise<void>((resolve) => {
          taken = resolve;
        });
      return { accepted: true };
    });
    const chart = createActor(lifecycleMachine.provide({ actors: { exchange } }), {
      input: { direction, batchTimeout: 1000 },
    }).start();
    const note = (place: string) => {
      waits[place] = awaitsBatch(chart.getSnapshot());
    };
    for (const type of [
      'request.init',
      'request.bootstrap',
      'request.stepStart',
      'request.stepStream',
    ] as const) {
      note(`before ${type}`);
      chart.send(named(type));
      await settled();
    }
    note('while a batch is taken');
    taken();
    await settled();
    note('after it');
    chart.send(named('request.stepEnd'));
    await settled();
    note('after the stage');
    expect(waits).toEqual({
      'before request.init': false,
      'before request.bootstrap': false,
      'before request.stepStart': false,
      'before request.stepStream': direction === 'pull',
      'while a batch is taken': false,
      'after it': direction === 'pull',
      'after the stage': false,
    });
    chart.stop();
  },
);
