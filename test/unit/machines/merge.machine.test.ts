import { describe, expect, test } from 'vitest';
import { createActor, type EventObject, fromPromise, toPromise } from 'xstate';
import {
  type MergeInput,
  type MergeMove,
  type MoveLogic,
  type MoveOutcome,
  mergeMachine,
  type PlannedMerge,
} from '../../../machines/merge.machine.js';
import { withImplementations } from '../../../machines/with-implementations.js';
import { TransferError } from '../../../src/protocol/errors.js';

const counts = { add: 1, replace: 0, keep: 0, deletedRows: 0, lostLinks: 0, files: 0 };

interface Play {
  readonly input?: Partial<MergeInput>;
  readonly phases?: number;
  readonly verifies?: boolean;
  readonly fetches?: boolean;
  readonly confirms?: boolean;
  readonly fails?: string;
  /** The transfer that fails, by its number from 0. */
  readonly failsAt?: number;
  /** Holds the actor of this name until the test lets it go. */
  readonly holds?: string;
  /** The transfers that wait until they are told to end, by their number from 0. */
  readonly waits?: number;
}

/** A merge whose actors note that they ran, and answer at once. */
function play({
  input = {},
  phases = 1,
  verifies = false,
  fetches = false,
  confirms = true,
  fails,
  waits,
  ...how
}: Play = {}) {
  const ran: string[] = [];
  let letGo = () => {};
  const held = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  const step = (name: string) => async () => {
    ran.push(name);
    if (how.holds === name) await held;
    if (fails === name) throw new TransferError('STORE_FAILED', { path: name, reason: 'it broke' });
  };
  const aborted: EventObject[] = [];
  let moves = 0;
  const ends: ((outcome: MoveOutcome) => void)[] = [];
  const move: MoveLogic = {
    getInitialSnapshot: (_, given) => {
      const { part, phase } = given as MergeMove;
      ran.push(`${part} ${phase}`);
      return { status: 'active', output: undefined, error: undefined };
    },
    start(_, { self }) {
      const number = moves;
      moves += 1;
      const end = (outcome: MoveOutcome) => self.send({ type: 'end', outcome } as never);
      ends[number] = end;
      const failure = { code: 'PEER_ERROR', details: { at: '/tmp/pull', stands: 'asBefore' } } as const;
      const isFailed = fails === 'move' || how.failsAt === number;
      if (number !== waits) queueMicrotask(() => end({ failure: isFailed ? failure : null }));
    },
    transition(snapshot, event) {
      const told = event as EventObject & { outcome?: MoveOutcome };
      if (told.type === 'abort') aborted.push(told);
      if (told.type !== 'end' || told.outcome === undefined) return snapshot;
      return { status: 'done', output: told.outcome, error: undefined };
    },
    getPersistedSnapshot: (snapshot) => snapshot,
  };
  const logic = withImplementations(mergeMachine, {
    actors: {
      move,
      checkEnds: fromPromise(step('check')),
      choose: fromPromise(step('choose')),
      compare: fromPromise(step('compare')),
      plan: fromPromise<PlannedMerge>(async () => {
        await step('plan')();
        return { counts, phases, verifies, fetches };
      }),
      confirm: fromPromise<boolean>(async () => {
        await step('confirm')();
        return confirms;
      }),
      probe: fromPromise(step('probe')),
      verify: fromPromise(step('verify')),
      closeEnds: fromPromise(step('close')),
    },
  });
  const pulls = { source: false, destination: false };
  const actor = createActor(logic, { input: { pulls, ...input } });
  actor.start();
  return { actor, ran, aborted, ends, letGo, output: toPromise(actor) };
}

const both = { source: true, destination: true };

test('nothing is moved before the plan is confirmed', async () => {
  const { ran, output } = play({ confirms: false });
  expect(await output).toMatchObject({
    outcome: 'aborted',
    failure: { details: { when: 'at the question' } },
  });
  expect(ran).toEqual(['check', 'choose', 'compare', 'plan', 'confirm', 'close']);
});

test('servers are pulled, and what stands is read again before each phase and at the end', async () => {
  const { ran, output } = play({ input: { pulls: both }, verifies: true, phases: 2 });
  expect(await output).toMatchObject({ outcome: 'completed', counts });
  expect(ran).toEqual([
    ...['check', 'source 0', 'choose', 'destination 0', 'compare', 'plan', 'confirm'],
    ...[
      'probe',
      'destination 0',
      'changes 0',
      'destination 1',
      'changes 1',
      'destination 2',
      'verify',
      'close',
    ],
  ]);
});

test.each([
  [false, ['confirm', 'files 0', 'changes 0', 'close']],
  [true, ['confirm', 'files 0', 'probe', 'destination 0', 'changes 0', 'destination 1', 'verify', 'close']],
])('files of a server come once it is confirmed which (looks again: %s)', async (verifies, last) => {
  const { ran, output } = play({ input: { pulls: both }, verifies, fetches: true });
  expect(await output).toMatchObject({ outcome: 'completed', counts });
  expect(ran.slice(-last.length)).toEqual(last);
});

test('files that do not come end the merge before anything is changed', async () => {
  const { ran, output } = play({ fetches: true, fails: 'move' });
  expect(await output).toMatchObject({ outcome: 'failed', failure: { code: 'PEER_ERROR' } });
  expect(ran.slice(-3)).toEqual(['confirm', 'files 0', 'close']);
});

test.each([
  ['a dry run', { input: { dryRun: true } }],
  ['a plan without a change', { phases: 0 }],
])('%s asks nothing and moves nothing', async (_, how) => {
  const { ran, output } = play(how);
  expect(await output).toMatchObject({ outcome: 'completed', counts });
  expect(ran).toEqual(['check', 'choose', 'compare', 'plan', 'close']);
});

test.each(['check', 'choose', 'compare', 'plan', 'confirm', 'probe', 'verify'])(
  'a %s that fails ends the merge',
  async (fails) => {
    const { ran, output } = play({ verifies: true, fails });
    expect(await output).toMatchObject({
      outcome: 'failed',
      failure: { code: 'STORE_FAILED', details: { path: fails } },
    });
    expect(ran.at(-1)).toBe('close');
  },
);

test('a transfer that fails ends the merge with its failure', async () => {
  const { ran, output } = play({ fails: 'move', phases: 2 });
  expect(await output).toMatchObject({ outcome: 'failed', failure: { code: 'PEER_ERROR' } });
  expect(ran.at(-2)).toBe('changes 0');
});

test('an abort goes to the transfer that runs, which undoes what it began and says what it left', async () => {
  const { actor, aborted, ends, output, ran } = play({ waits: 0 });
  await expect.poll(() => ran).toContain('changes 0');
  actor.send({ type: 'abort', by: 'Ctrl-C' });
  expect(aborted).toEqual([{ type: 'abort', by: 'Ctrl-C' }]);
  expect(actor.getSnapshot().status).toBe('active');
  ends[0]?.({ failure: { code: 'ABORTED', details: { by: 'Ctrl-C', stands: 'asBefore' } } });
  expect(await output).toMatchObject({ outcome: 'aborted', failure: { details: { stands: 'asBefore' } } });
});

test('an abort that comes too late for a transfer ends the merge before the next', async () => {
  const { actor, ends, output, ran } = play({ waits: 0, phases: 2 });
  await expect.poll(() => ran).toContain('changes 0');
  actor.send({ type: 'abort' });
  ends[0]?.({ failure: null });
  expect(await output).toMatchObject({ outcome: 'aborted' });
  expect(ran).not.toContain('changes 1');
});

test('an abort that comes too late for the last transfer changes nothing', async () => {
  const { actor, ends, output, ran } = play({ waits: 1, verifies: true });
  await expect.poll(() => ran).toContain('changes 0');
  actor.send({ type: 'abort' });
  ends[1]?.({ failure: null });
  expect(await output).toMatchObject({ outcome: 'completed', isUnverified: true });
  expect(ran).not.toContain('verify');
});

test('an abort while a server is probed waits for the answer, and then ends the merge', async () => {
  const { actor, letGo, output, ran } = play({ holds: 'probe', verifies: true });
  await expect.poll(() => ran).toContain('probe');
  actor.send({ type: 'abort', by: 'Ctrl-C' });
  expect(ran).not.toContain('close');
  letGo();
  expect(await output).toMatchObject({ outcome: 'aborted', failure: { details: { by: 'Ctrl-C' } } });
  expect(ran.slice(-2)).toEqual(['probe', 'close']);
});

describe('what stands after a merge in two phases that did not end well', () => {
  const two = { phases: 2, verifies: true };
  const phase = (mergePhase: number) => ({ details: { mergePhase, mergePhases: 2 } });

  // The transfers: pull 0, files 1, pull 2, documents 3, pull 4.
  test.each([
    ['the pull before the files', 0, 1],
    ['the files', 1, 1],
    ['the pull before the documents', 2, 2],
    ['the documents', 3, 2],
  ])('a failure of %s names its phase', async (_, failsAt, expected) => {
    const { output } = play({ ...two, failsAt });
    expect(await output).toMatchObject({ outcome: 'failed', failure: phase(expected) });
  });

  test('an abort between them names the phase that did not begin', async () => {
    const { actor, ends, output, ran } = play({ ...two, waits: 1 });
    await expect.poll(() => ran).toContain('changes 0');
    actor.send({ type: 'abort' });
    ends[1]?.({ failure: null });
    expect(await output).toMatchObject({ outcome: 'aborted', failure: phase(2) });
  });

  test('a pull that fails does not name its temporary folder', async () => {
    const { output } = play({ ...two, failsAt: 2 });
    expect((await output).failure?.details).toEqual({ mergePhase: 2, mergePhases: 2 });
  });
});

describe('a merge that is done', () => {
  test('and whose comparison is aborted during the pull is completed', async () => {
    const { actor, ends, output, ran } = play({ verifies: true, waits: 2 });
    await expect.poll(() => ran).toContain('destination 1');
    actor.send({ type: 'abort' });
    ends[2]?.({ failure: { code: 'ABORTED', details: { stands: 'asBefore' } } });
    expect(await output).toMatchObject({ outcome: 'completed', isUnverified: true });
  });

  test('and whose comparison is aborted is completed', async () => {
    const { actor, output, ran } = play({ verifies: true, holds: 'verify' });
    await expect.poll(() => ran).toContain('verify');
    actor.send({ type: 'abort' });
    expect(await output).toMatchObject({ outcome: 'completed', isUnverified: true });
  });

  test.each([
    ['pull', { failsAt: 2 }],
    ['comparison', { fails: 'verify' }],
  ])('and whose %s fails says that it is done and was not compared', async (_, how) => {
    const { output } = play({ verifies: true, ...how });
    const { failure } = await output;
    expect(failure).toMatchObject({ details: { isUnverified: true } });
    expect(failure?.details).not.toHaveProperty('at');
  });

  test('and compared is not unverified', async () => {
    const { output } = play({ verifies: true });
    expect(await output).toMatchObject({ outcome: 'completed', isUnverified: false });
  });
});

test('an abort in any other state ends the merge and closes its ends', async () => {
  const { actor, output, ran } = play();
  actor.send({ type: 'abort', by: 'the app' });
  expect(await output).toMatchObject({ outcome: 'aborted', failure: { details: { by: 'the app' } } });
  expect(ran).toEqual(['check', 'close']);
});
