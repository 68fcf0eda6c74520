import { describe, expect, test } from 'vitest';
import { type AnyActorLogic, createActor, waitFor } from 'xstate';
import { admissionMachine } from '../../../machines/admission.machine.js';
import { goodbyeMachine } from '../../../machines/goodbye.machine.js';
import { lifecycleMachine } from '../../../machines/lifecycle.machine.js';
import { mergeMachine } from '../../../machines/merge.machine.js';
import { sessionMachine } from '../../../machines/session.machine.js';
import { transferMachine } from '../../../machines/transfer.machine.js';

/** What an actor that was not provided says when it is invoked. */
async function reasonOf(logic: unknown): Promise<unknown> {
  const actor = createActor(logic as AnyActorLogic, { input: {} });
  // Whoever observes it hears of the error; otherwise it would be nobody's.
  actor.subscribe({ error: () => {} });
  actor.start();
  await waitFor(actor, ({ status }) => status !== 'active').catch(() => {});
  return actor.getSnapshot().error;
}

describe.each([
  ['lifecycle', 'createRemoteSource', lifecycleMachine.implementations.actors, ['exchange']],
  [
    'goodbye',
    'createRemoteDestination',
    goodbyeMachine.implementations.actors,
    ['drain', 'bar', 'rollBack', 'hangUp', 'probe'],
  ],
  [
    'admission',
    'attachTransferServer',
    admissionMachine.implementations.actors,
    ['authenticate', 'chooseStores'],
  ],
  [
    'merge',
    'createMerge',
    mergeMachine.implementations.actors,
    ['checkEnds', 'move', 'choose', 'compare', 'plan', 'confirm', 'probe', 'verify', 'closeEnds'],
  ],
  ['session', 'attachTransferServer', sessionMachine.implementations.actors, ['authorize', 'cleanUp']],
  [
    'transfer',
    'prepareTransfer',
    transferMachine.implementations.actors,
    [
      ...['openEnds', 'compareSchemas', 'checkSource', 'describeReports', 'prepareDestination'],
      ...['handOverSchemas', 'commit', 'rollBack', 'closeEnds'],
    ],
  ],
] as const)('the chart of a %s, without its actors', (chart, provider, actors, names) => {
  test.each(names)('says of %s which function provides it', async (name) => {
    const error = await reasonOf((actors as Readonly<Record<string, unknown>>)[name]);
    expect(error).toMatchObject({
      code: 'NOT_PROVIDED',
      details: { chart },
      message: expect.stringContaining(provider),
    });
  });
});
