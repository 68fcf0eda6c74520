import { expect, test } from 'vitest';
import { createActor, fromPromise } from 'xstate';
import {
  type ExchangeResult,
  type LifecycleRequest,
  lifecycleMachine,
} from '../../../machines/lifecycle.machine.js';

// XState remembers the transitions that it looked up for each type of event, for as long as the chart lives. A type for
// each message (`xstate.done.actor.<uuid>`) held 0.5 KB of every batch, and a server of many long pulls grew by them.
test('a thousand batches, four at a time, bring the chart no more types of events than four do', async () => {
  const types = new Set<string>();
  const answers = new Map<string, () => void>();
  const settled: string[] = [];
  const exchange = fromPromise<ExchangeResult, { request: LifecycleRequest }>(async ({ input }) => {
    await new Promise<void>((resolve) => answers.set(input.request.uuid, resolve));
    return { accepted: true };
  });
  const actor = createActor(lifecycleMachine.provide({ actors: { exchange } }), {
    input: { direction: 'push', batchTimeout: 60_000 },
    inspect: (inspected) => {
      if (inspected.type === '@xstate.event') types.add(inspected.event.type);
    },
  });
  actor.on('exchange.done', ({ uuid }) => settled.push(uuid));
  const settle = async (uuid: string) => {
    answers.get(uuid)?.();
    while (!settled.includes(uuid)) await Promise.resolve();
  };
  actor.start();
  for (const [uuid, event] of Object.entries({
    init: { type: 'request.init' },
    open: { type: 'request.bootstrap' },
    start: { type: 'request.stepStart', step: 'links' },
  } as const)) {
    actor.send({ ...event, uuid } as Parameters<typeof actor.send>[0]);
    await settle(uuid);
  }

  const stream = async (count: number, name: string) => {
    for (let batch = 0; batch < count; batch += 1) {
      actor.send({ type: 'request.stepStream', uuid: `${name}${batch}`, step: 'links' });
      if (batch >= 3) await settle(`${name}${batch - 3}`);
    }
    for (let batch = count - 3; batch < count; batch += 1) await settle(`${name}${batch}`);
  };
  await stream(4, 'first');
  const few = types.size;
  await stream(1000, 'later');

  expect(actor.getSnapshot().context).toMatchObject({ concurrent: [null, null, null, null], batches: 1004 });
  expect(settled).toHaveLength(1007);
  expect(types.size).toBe(few);
  actor.stop();
});
