import { describe, expect, test } from 'vitest';
import { type AnyActorLogic, createActor, waitFor } from 'xstate';
import { admissionMachine } from '../../../machines/admission.machine.js';
import { goodbyeMachine } from '../../../machines/goodbye.machine.js';
import { lifecycleMachine } from '../../../machines/lifecycle.machine.js';
import { sessionMachine } from '../../../machines/session.machine.js';
import { transferMachine } from '../../../machines/transfer.machine.js';

/** What an actor that nobody has provided says when it is invoked. */
async function reasonOf(logic: unknown): Promise<unknown> {
  const actor = createActor(logic as AnyActorLogic, { input: {} });
  // Whoever observes it hears of the error; otherwise it would be nobody's.
  actor.subscribe({ error: () => {} });
  actor.start();
  await waitFor(actor, ({ status }) => status !== 'active').catch(() => {});
  return actor.getSnapshot().error;
}

describe.each([
  ['lifecycle', lifecycleMachine.implementations.actors, ['exchange']],
  ['goodbye', goodbyeMachine.implementations.actors, ['drain', 'bar', 'rollBack', 'hangUp', 'probe']],
  ['admission', admissionMachine.implementations.actors, ['authenticate', 'chooseStores']],
  ['session', sessionMachine.implementations.actors, ['authorize', 'cleanUp']],
  [
    'transfer',
    transferMachine.implementations.actors,
    [
      ...['openEnds', 'compareSchemas', 'checkSource', 'prepareDestination'],
      ...['handOverSchemas', 'commit', 'rollBack', 'closeEnds'],
    ],
  ],
] as const)('the chart of a %s, without its actors', (_, actors, names) => {
  test.each(names)('says that %s has to be provided', async (name) => {
    const error = await reasonOf((actors as Readonly<Record<string, unknown>>)[name]);
    expect(error).toMatchObject({ message: expect.stringContaining('provide the') });
  });
});
