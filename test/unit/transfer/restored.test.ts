import { describe, expect, test } from 'vitest';
import { type AnyStateNode, createActor, type SnapshotFrom, waitFor } from 'xstate';
import { statePath } from '../../../machines/remote.machine.js';
import { transferMachine } from '../../../machines/transfer.machine.js';
import { createMemoryStore } from '../../../src/stores/memory.js';
import { prepareTransfer } from '../../../src/transfer/prepare-transfer.js';
import { smallContent } from '../../support/small-content.js';
import { settled } from '../../support/test-clock.js';

type Persisted = ReturnType<ReturnType<typeof createActor>['getPersistedSnapshot']>;

/** A transfer and its destination, as a process begins them. */
function begin() {
  const to = createMemoryStore();
  const before = to.content();
  const prepared = prepareTransfer({
    from: createMemoryStore(smallContent).source(),
    to: to.destination(),
    throttle: 1,
  });
  return { ...prepared, isUnchanged: () => to.content() === before };
}

type Chart = ReturnType<typeof begin>['logic'];

/** What was persisted in each state that the transfer came through, as JSON: another process reads it. */
async function persistedStates(): Promise<ReadonlyMap<string, string>> {
  const states = new Map<string, string>();
  const record = (actor: ReturnType<typeof createActor<Chart>>) => {
    const { value, children } = actor.getSnapshot();
    const stage = children['stage']?.getSnapshot() as { value?: unknown } | undefined;
    const inner = stage?.value === undefined ? '' : ` ${statePath(stage.value)}`;
    states.set(`${statePath(value)}${inner}`, JSON.stringify(actor.getPersistedSnapshot()));
  };
  for (const way of ['through', 'resting', 'aborted']) {
    const { logic, input } = begin();
    const actor = createActor(logic, { input, inspect: () => {} });
    actor.subscribe(() => {
      if (!actor.getSnapshot().matches('closing') || way === 'through') record(actor);
      if (way === 'resting' && actor.getSnapshot().hasTag('paused')) {
        queueMicrotask(() => {
          actor.send({ type: 'resume' });
          actor.send({ type: 'pause' });
        });
      }
    });
    actor.on('stage.moved', () => record(actor));
    actor.start();
    if (way === 'resting') actor.send({ type: 'pause' });
    if (way === 'aborted') actor.send({ type: 'abort' });
    await waitFor(actor, ({ status }) => status !== 'active');
  }
  return states;
}

function* leavesOf(node: AnyStateNode): Generator<string> {
  if (Object.keys(node.states).length === 0) yield node.path.join('.');
  for (const child of Object.values(node.states)) yield* leavesOf(child);
}

const states = await persistedStates();

/** Goes on with it in a process that has begun nothing. */
async function restored(persisted: string) {
  const { logic, input, isUnchanged } = begin();
  const actor = createActor(logic, { input, snapshot: JSON.parse(persisted) as Persisted });
  actor.start();
  await settled();
  if (actor.getSnapshot().hasTag('paused')) actor.send({ type: 'resume' });
  const { output } = await waitFor(actor, ({ status }) => status !== 'active');
  return { output: output as SnapshotFrom<Chart>['output'], isUnchanged: isUnchanged() };
}

test('looks at every state but those that a transfer does not rest in, or that lead to a failure alone', () => {
  const names = [...states.keys()].map((name) => name.split(' ')[0]);
  const missing = [...leavesOf(transferMachine.root)].filter(
    (name) => !name.endsWith('.gate') && !names.includes(name),
  );
  expect(missing).toEqual(['transferring.done', 'objecting', 'over', 'failed']);
});

describe('a transfer that was persisted, and is restored in a process that has begun nothing', () => {
  const fromTheBeginning = ['opening'];
  /** What the first process had committed is there, whoever says so. */
  const committed = ['closing', 'completed'];
  const ended = ['rollingBack', 'aborted'];
  const others = [...fromTheBeginning, ...committed, ...ended];

  test.each([...states.keys()].filter((name) => !others.includes(name)))(
    'in %s says that it cannot go on, and changes nothing',
    async (name) => {
      const { output, isUnchanged } = await restored(states.get(name) ?? '');
      expect(output).toMatchObject({ outcome: 'failed', failure: { code: 'NOT_RESUMABLE' } });
      expect(output?.failure?.details).not.toHaveProperty('stands');
      expect(isUnchanged).toBe(true);
    },
  );

  test.each(ended)('in %s stays aborted, and says nothing of what stands there', async (name) => {
    const { output, isUnchanged } = await restored(states.get(name) ?? '');
    expect(output).toMatchObject({ outcome: 'aborted', failure: { code: 'ABORTED' } });
    if (name === 'rollingBack') expect(output?.failure?.details).not.toHaveProperty('stands');
    expect(isUnchanged).toBe(true);
  });

  test.each(committed)('in %s, after the commit, says what is true', async (name) => {
    expect((await restored(states.get(name) ?? '')).output).toMatchObject({ outcome: 'completed' });
  });

  test.each(fromTheBeginning)('in %s begins, and completes with the content in place', async (name) => {
    const { output, isUnchanged } = await restored(states.get(name) ?? '');
    expect(output).toMatchObject({ outcome: 'completed' });
    expect(isUnchanged).toBe(false);
  });
});
