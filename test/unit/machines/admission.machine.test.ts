import { expect, test } from 'vitest';
import { createActor, fromPromise } from 'xstate';
import { admissionMachine, type RefusalCode } from '../../../machines/admission.machine.js';
import { given, type Row } from '../../support/chart-rows.js';
import { describeTable } from '../../support/chart-suite.js';
import { settled, TestClock } from '../../support/test-clock.js';

const input = { enabled: true, hookTimeout: 5000 };
const initial = { input, refusal: null, late: null, hasLeft: false };
const disabled = { input: { ...input, enabled: false } };
const onDone = (output?: unknown) => ({ type: 'onDone', output }) as Row['on'];
const refused = (code: string, late: string | null = null) => ({ outcome: 'refused', code, late });

const rows: Row[] = [
  {
    ...given(input),
    to: 'authenticating',
    waits: [5000],
    starts: [{ src: 'authenticate', id: 'authenticate' }],
  },
  {
    in: 'authenticating',
    on: onDone(null),
    to: 'choosingStores',
    waits: [5000],
    starts: [{ src: 'chooseStores' }],
    ends: undefined,
  },
  // A client that is not let in learns nothing else: not even that nothing is served.
  ...[initial, disabled].map(
    (context): Row => ({
      ...{ in: 'authenticating', given: context, on: onDone('UNAUTHORIZED') },
      ...{ to: 'refused', ends: refused('UNAUTHORIZED') },
    }),
  ),
  { in: 'authenticating', on: onDone('NO_TOKEN_SALT'), to: 'refused', ends: refused('NO_TOKEN_SALT') },
  {
    ...{ in: 'authenticating', given: disabled, on: onDone('NO_TOKEN_SALT') },
    ...{ to: 'refused', ends: refused('NOT_FOUND') },
  },
  {
    ...{ in: 'authenticating', given: disabled, on: onDone(null) },
    ...{ to: 'refused', ends: refused('NOT_FOUND'), starts: [] },
  },
  { in: 'choosingStores', on: onDone(), to: 'admitted', ends: { outcome: 'admitted' } },
  ...[
    ['authenticating', 'authenticate'],
    ['choosingStores', 'stores'],
  ].flatMap(([state = '', hook = '']): Row[] => [
    { in: state, on: 'onError', to: 'refused', ends: refused('SERVER_FAILED') },
    { in: state, on: 'after.hookTimeout', to: 'refused', ends: refused('SERVER_FAILED', hook) },
    { in: state, on: 'client.left', to: 'left', ends: { outcome: 'left' } },
    { in: state, on: 'server.closed', to: 'refused', ends: refused('NOT_FOUND') },
  ]),
];

describeTable(admissionMachine, initial, rows);

const hanging = (ended: string[], name: string) =>
  fromPromise<never>(
    ({ signal }) =>
      new Promise(() => {
        signal.addEventListener('abort', () => ended.push(name));
      }),
  );

/** An admission whose hook of that name never answers. */
function hung(name: 'authenticate' | 'chooseStores') {
  const clock = new TestClock();
  const ended: string[] = [];
  const answering = {
    authenticate: fromPromise<RefusalCode | null>(async () => null),
    chooseStores: fromPromise<void>(async () => {}),
  };
  const logic = admissionMachine.provide({ actors: { ...answering, [name]: hanging(ended, name) } });
  return { clock, ended, actor: createActor(logic, { input, clock }).start() };
}

test.each(['authenticate', 'chooseStores'] as const)(
  '%s that hangs is given up in time, and told so',
  async (name) => {
    const { clock, ended, actor } = hung(name);
    await settled();
    await clock.pass(4900);
    expect([actor.getSnapshot().status, ended]).toEqual(['active', []]);
    await clock.pass(100);
    expect(actor.getSnapshot().output).toMatchObject({ outcome: 'refused', code: 'SERVER_FAILED' });
    expect([ended, clock.pending]).toEqual([[name], []]);
  },
);

test.each([
  ['authenticate', 'client.left', 'left'],
  ['authenticate', 'server.closed', 'refused'],
  ['chooseStores', 'client.left', 'left'],
  ['chooseStores', 'server.closed', 'refused'],
] as const)('%s that hangs ends with %s, and leaves nothing running', async (name, type, outcome) => {
  const { clock, ended, actor } = hung(name);
  await settled();
  actor.send({ type });
  expect(actor.getSnapshot().output).toMatchObject({ outcome });
  expect([ended, clock.pending]).toEqual([[name], []]);
});
