import { afterAll, beforeAll, describe, expect, it, test, vi } from 'vitest';
import { waitFor } from 'xstate';
import { type Direction, lifecycleMachine } from '../../../machines/lifecycle.machine.js';
import { statePath } from '../../../machines/remote.machine.js';
import { type ErrorCode, type ErrorRow, errorTable, transferErrorOf } from '../../../src/protocol/errors.js';
import { createMemoryStore } from '../../../src/stores/memory.js';
import type { TransferDestination, TransferSource } from '../../../src/stores/store.js';
import { mutationsOf } from '../../support/mutations.js';
import { openRaw, type RawClient, say } from '../../support/raw-client.js';
import { type SessionSetting, type Sessions, serveSessions } from '../../support/sessions.js';
import { smallContent } from '../../support/small-content.js';
import { TestClock } from '../../support/test-clock.js';

/**
 * A conversation with the server: what the client says, and `ok` or the code of the refusal. Afterwards the chart
 * stands in `in`.
 */
interface Talk {
  readonly name: string;
  readonly direction: Direction;
  readonly says: readonly (readonly [message: string, answer: 'ok' | ErrorCode])[];
  readonly in: string;
  /** A method of the store that fails: `plainly`, as a fault nobody foresaw, or with an error of the table. */
  readonly fails?: { readonly at: string; readonly plainly?: true };
  readonly setting?: SessionSetting;
}

const begin = [
  ['init', 'ok'],
  ['bootstrap', 'ok'],
] as const;
const streaming = [...begin, ['beforeTransfer', 'ok'], ['start links', 'ok']] as const;
const between = [...streaming, ['stream links', 'ok'], ['end links', 'ok']] as const;
const refuses = (code: ErrorCode, ...messages: readonly string[]) =>
  messages.map((message) => [message, code] as const);

const everyAction = ['bootstrap', 'getMetadata', 'getSchemas', 'beforeTransfer', 'rollback', 'close'];
const everyStep = ['start links', 'stream links', 'end links'];
const terminated = refuses('TRANSFER_TERMINATED', 'status', 'init', 'getMetadata', 'start links', 'end');

const push = (name: string, says: Talk['says'], state: string, more: Partial<Talk> = {}): Talk => ({
  name,
  direction: 'push',
  says,
  in: state,
  ...more,
});
const pull = (name: string, says: Talk['says'], state: string, more: Partial<Talk> = {}): Talk => ({
  ...push(name, says, state, more),
  direction: 'pull',
});

const [unopened, resting, between_, settled] = [
  'preparing.unopened',
  'preparing.resting',
  'transferring.between',
  'closing.settled',
];
/** Given up soon: the chart's own time, which passes only where a talk says so. */
const briefly: SessionSetting = { connectionOptions: { batchTimeout: 80 } };

const talks: readonly Talk[] = [
  push(
    'nothing before init',
    [['status', 'ok'], ...refuses('NO_TRANSFER', ...everyAction, ...everyStep)],
    'connected',
  ),
  push(
    'nothing but bootstrap opens a transfer',
    [
      ['init', 'ok'],
      ...refuses('NOT_BOOTSTRAPPED', 'getMetadata', 'getSchemas', 'beforeTransfer', 'start links', 'close'),
      ...refuses('STAGE_NOT_STARTED', 'stream links'),
      ['bootstrap', 'ok'],
    ],
    resting,
  ),
  push(
    'a transfer that was not opened is given up',
    [
      ['init', 'ok'],
      ['rollback', 'ok'],
      ['close', 'ok'],
      ['end', 'ok'],
      ['init', 'ok'],
      ['end', 'ok'],
    ],
    'ended',
  ),
  push(
    'a bootstrap that is refused opens nothing, and may come again',
    [['strange init', 'ok'], ...refuses('INVALID_STRATEGY', 'bootstrap', 'bootstrap'), ['end', 'ok']],
    'ended',
  ),
  push('what was rolled back may end at once', [...begin, ['rollback', 'ok'], ['end', 'ok']], 'ended'),
  push(
    'a stage that holds no rows on the wire cannot be started',
    [...begin, ...refuses('INVALID_STAGE', 'start dreams', 'end dreams'), ['end schemas', 'ok']],
    between_,
  ),
  push('no second init', [...begin, ['init', 'TRANSFER_IN_PROGRESS'], ['status', 'ok']], resting),
  push(
    'the documented order, and another transfer after it',
    [
      ...begin,
      ...(['getMetadata', 'getSchemas', 'getMetadata', 'beforeTransfer'] as const).map(
        (m) => [m, 'ok'] as const,
      ),
      ...['entities', 'assets', 'links', 'configuration'].flatMap((stage) => [
        [`start ${stage}`, 'ok'] as const,
        [`stream ${stage}`, 'ok'] as const,
        ['getMetadata', 'ok'] as const,
        ['getSchemas', 'ok'] as const,
        [`end ${stage}`, 'ok'] as const,
        ['getMetadata', 'ok'] as const,
      ]),
      ['close', 'ok'],
      ['getMetadata', 'ok'],
      ['getSchemas', 'ok'],
      ['end', 'ok'],
      ['status', 'ok'],
      ...refuses('NO_TRANSFER', 'bootstrap', 'start links', 'close'),
      ...begin,
      ['end', 'ok'],
    ],
    'ended',
  ),
  push('bootstrap does not step back', [...begin, ['bootstrap', 'ACTION_OUT_OF_ORDER']], resting),
  push(
    'what is cleared is not cleared again',
    [
      ...begin,
      ['beforeTransfer', 'ok'],
      ['beforeTransfer', 'ACTION_OUT_OF_ORDER'],
      ['bootstrap', 'ACTION_OUT_OF_ORDER'],
    ],
    resting,
  ),
  push('a stage needs its start', [...begin, ...refuses('STAGE_NOT_STARTED', 'stream links')], resting),
  push('an empty stage may end without a start', [...begin, ['end links', 'ok']], between_),
  push(
    'one stage at a time',
    [
      ...streaming,
      ...refuses('STAGE_IN_PROGRESS', 'start links', 'start configuration', 'start entities'),
      ...refuses('TRANSFER_IN_PROGRESS', 'init'),
    ],
    'transferring.streaming',
  ),
  push(
    'another stage cannot be streamed or ended',
    [
      ...streaming,
      ...refuses('INVALID_STAGE', 'stream entities', 'end entities'),
      ...refuses('STAGE_NOT_STARTED', 'stream configuration', 'end configuration'),
      ['stream links', 'ok'],
    ],
    'transferring.streaming',
  ),
  push(
    'nothing to stream or end between stages',
    [...between, ['stream links', 'STAGE_CLOSED'], ['end links', 'STAGE_ENDED']],
    between_,
  ),
  push(
    'no earlier stage after a later one',
    [...between, ...refuses('INVALID_STAGE', 'start entities', 'start assets')],
    between_,
  ),
  push(
    'the same stage again, and a later one',
    [
      ...between,
      ['start links', 'ok'],
      ['end links', 'ok'],
      ['start configuration', 'ok'],
      ['end configuration', 'ok'],
    ],
    between_,
  ),
  push(
    'no preparing while stages go',
    [...streaming, ...refuses('ACTION_OUT_OF_ORDER', 'bootstrap', 'beforeTransfer')],
    'transferring.streaming',
  ),
  ...(
    [
      ['before the stages', begin],
      ['while one streams', streaming],
      ['between them', between],
    ] as const
  ).flatMap(([when, before]) => [
    push(
      `rollback ${when}`,
      [
        ...before,
        ['rollback', 'ok'],
        ...refuses('TRANSFER_OVER', 'start links'),
        ...refuses('TRANSFER_IN_PROGRESS', 'init'),
        ...refuses('ACTION_OUT_OF_ORDER', 'bootstrap'),
        ['getMetadata', 'ok'],
        ['getSchemas', 'ok'],
        ['close', 'ok'],
        ...refuses('ACTION_OUT_OF_ORDER', 'close'),
        ['end', 'ok'],
      ],
      'ended',
    ),
    push(
      `close ${when}`,
      [
        ...before,
        ['close', 'ok'],
        ...refuses('INVALID_STAGE', 'start links'),
        ...refuses('TRANSFER_IN_PROGRESS', 'init'),
      ],
      settled,
    ),
    push(`end ${when}`, [...before, ['end', 'ok'], ['init', 'ok']], unopened),
    pull(
      `close of a pull ${when}`,
      [
        ...begin,
        ...(when === 'before the stages' ? [] : [['start links', 'ok'] as const]),
        ...(when === 'between them' ? [['end links', 'ok'] as const] : []),
        ['close', 'ok'],
        ['end', 'ok'],
      ],
      'ended',
    ),
  ]),
  push(
    'after a close only questions and the end',
    [
      ...begin,
      ['close', 'ok'],
      ...refuses('ACTION_OUT_OF_ORDER', 'close', 'rollback', 'bootstrap'),
      ['getMetadata', 'ok'],
      ['end', 'ok'],
    ],
    'ended',
  ),

  // What the store refuses can be asked again, or is the end.
  push(
    'an init that is refused may come again',
    [['init', 'STORE_IN_USE'], ['init', 'STORE_IN_USE'], ...refuses('NO_TRANSFER', 'bootstrap')],
    'connected',
    { fails: { at: 'open' } },
  ),
  push(
    'a question that is refused leaves the transfer where it is',
    [...begin, ['getMetadata', 'STORE_IN_USE'], ['getMetadata', 'STORE_IN_USE'], ['getSchemas', 'ok']],
    resting,
    { fails: { at: 'metadata' } },
  ),
  push(
    'clearing that is refused may be asked again',
    [...begin, ['beforeTransfer', 'STORE_IN_USE'], ['beforeTransfer', 'STORE_IN_USE']],
    resting,
    { fails: { at: 'prepare' } },
  ),
  push(
    'a start that is refused starts nothing',
    [
      ...begin,
      ['beforeTransfer', 'ok'],
      ['start links', 'STORE_IN_USE'],
      ['stream links', 'STAGE_CLOSED'],
      ['start links', 'STORE_IN_USE'],
    ],
    between_,
    { fails: { at: 'rowWriter' } },
  ),
  push(
    'a close that is refused ends with end',
    [...begin, ['close', 'STORE_IN_USE'], ['end', 'ok']],
    'ended',
    { fails: { at: 'commit' } },
  ),
  push('an end that is refused is an end', [...begin, ['end', 'STORE_IN_USE'], ['status', 'ok']], 'ended', {
    fails: { at: 'close' },
  }),
  push(
    'a rollback that is refused is the end',
    [...begin, ['rollback', 'STORE_IN_USE'], ...terminated],
    'failed',
    { fails: { at: 'rollback' } },
  ),
  push(
    'rows that are refused are the end',
    [...streaming, ['stream of something else links', 'INVALID_MESSAGE'], ...terminated],
    'failed',
  ),
  push('a store that fails opening is the end', [['init', 'STORE_FAILED'], ...terminated], 'failed', {
    fails: { at: 'open', plainly: true },
  }),
  push(
    'a store that fails a question is the end',
    [...begin, ['getMetadata', 'STORE_FAILED'], ...terminated],
    'failed',
    { fails: { at: 'metadata', plainly: true } },
  ),
  push(
    'a store that fails a question while a stage streams is the end',
    [...streaming, ['getMetadata', 'STORE_FAILED'], ...terminated],
    'failed',
    { fails: { at: 'metadata', plainly: true } },
  ),
  push(
    'a store that fails a start is the end',
    [...begin, ['start links', 'STORE_FAILED'], ...terminated],
    'failed',
    { fails: { at: 'rowWriter', plainly: true } },
  ),
  push(
    'a store that fails an end is the end',
    [...streaming, ['end links', 'STORE_FAILED'], ...terminated],
    'failed',
    { fails: { at: 'rowWriter.end', plainly: true } },
  ),
  push(
    'a store that fails a commit is the end',
    [...begin, ['close', 'STORE_FAILED'], ...terminated],
    'failed',
    { fails: { at: 'commit', plainly: true } },
  ),
  push(
    'a store that fails a rollback is the end',
    [...begin, ['rollback', 'STORE_FAILED'], ...terminated],
    'failed',
    { fails: { at: 'rollback', plainly: true } },
  ),
  push(
    'a store that fails when it is closed is the end',
    [...begin, ['end', 'STORE_FAILED'], ...terminated],
    'failed',
    { fails: { at: 'close', plainly: true } },
  ),

  pull(
    'nothing of a pull before init',
    [
      ['status', 'ok'],
      ...refuses(
        'NO_TRANSFER',
        'bootstrap',
        'getMetadata',
        'getSchemas',
        'close',
        'start links',
        'end links',
      ),
    ],
    'connected',
  ),
  pull(
    'the documented order of a pull',
    [
      ...begin,
      ['getMetadata', 'ok'],
      ['getSchemas', 'ok'],
      ...['entities', 'assets', 'links', 'configuration'].flatMap((stage) => [
        [`start ${stage}`, 'ok'] as const,
        ['batches', 'ok'] as const,
        ['getMetadata', 'ok'] as const,
        [`end ${stage}`, 'ok'] as const,
      ]),
      ['close', 'ok'],
    ],
    settled,
  ),
  pull(
    'a pull may begin again',
    [
      ...begin,
      ['bootstrap', 'ok'],
      ['start links', 'ok'],
      ['batches', 'ok'],
      ['end links', 'ok'],
      ['start entities', 'ok'],
    ],
    'transferring.streaming',
  ),
  pull(
    'a pull has no actions of a push',
    [...begin, ...refuses('INVALID_ACTION', 'beforeTransfer', 'rollback')],
    resting,
  ),
  pull(
    'a pull may end what it has not started',
    [...begin, ['end links', 'ok'], ['end assets', 'ok'], ['end entities', 'ok']],
    between_,
  ),
  pull(
    'one stage of a pull at a time',
    [...begin, ['start links', 'ok'], ...refuses('STAGE_IN_PROGRESS', 'start entities')],
    'transferring.streaming',
  ),
  pull(
    'a client that comes for no more is given up',
    [...begin, ['start links', 'ok'], ['batches', 'ok'], ['wait 160', 'ok'], ...terminated],
    'failed',
    { setting: briefly },
  ),
  pull(
    'a client that thinks a batch over is given its time, and given up after it',
    [
      ['ferry init', 'ok'],
      ['bootstrap', 'ok'],
      ['start links', 'ok'],
      ['batches but the last', 'ok'],
      ['wait 160', 'ok'],
      ['status', 'ok'],
      ['confirm', 'ok'],
      ['wait 200', 'ok'],
      ...terminated,
    ],
    'failed',
    { setting: briefly },
  ),
  push('who leaves has failed', [...begin, ['leave', 'ok']], 'failed'),
  push(
    'a commit goes on to its end when its client leaves',
    [...begin, ['close and wait for no answer', 'ok'], ['leave', 'ok']],
    settled,
  ),
];

/** A store one of whose methods fails. */
function failing<T extends TransferSource | TransferDestination>(store: T, fails: Talk['fails']): T {
  if (fails === undefined) return store;
  const fail = async () => {
    throw fails.plainly === true
      ? new Error('out of order')
      : transferErrorOf('STORE_IN_USE', { path: 'here' });
  };
  const [method = '', inner] = fails.at.split('.');
  if (inner === undefined) {
    // What is closed once more when the connection is gone may not hang.
    return { ...store, [method]: fail };
  }
  const whole = store as unknown as Record<string, (...given: unknown[]) => Promise<object>>;
  return {
    ...store,
    [method]: async (...given: unknown[]) => ({ ...(await whole[method]?.(...given)), [inner]: fail }),
  };
}

const link = smallContent.links[0];
const rowsOf: Readonly<Record<string, readonly unknown[]>> = {
  entities: smallContent.entities.slice(0, 1),
  links: [link],
  configuration: smallContent.configuration,
  assets: [],
};

interface Player {
  readonly client: RawClient;
  readonly clock: TestClock;
  /** Its store is asked to commit. */
  readonly commitBegins: Promise<void>;
}

/** Says one thing, and gives the answer's error. */
async function sayTo(
  { client, clock, commitBegins }: Player,
  message: string,
  patience: number,
): Promise<string | null> {
  const [word = '', first = '', ...rest] = message.split(' ');
  const wordsOf = async (frame: object) => (await client.ask(frame, patience)).error?.message ?? null;
  if (word === 'wait') {
    await client.settled();
    await clock.pass(Number(first), 20);
  } else if (word === 'batches') {
    for (;;) {
      const batch = await client.batch(patience);
      held.set(client, batch);
      if (batch.ended && first === 'but') return null;
      client.confirm(batch);
      if (batch.ended) return null;
    }
  } else if (word === 'close' && first !== '') {
    client.ask(say.action('close')).catch(() => {});
    await commitBegins;
  } else if (word === 'confirm') client.confirm(held.get(client) ?? { uuid: '' });
  else if (word === 'leave') client.socket.terminate();
  else if (word === 'strange') return wordsOf(say.command('init', { options: { strategy: 'merge' } }));
  else if (word === 'ferry') return wordsOf(say.command('init', { ferry: { version: 1 } }));
  else if (word === 'init' || word === 'status') return wordsOf(say.command(word));
  else if (word === 'end' && first === '') {
    return wordsOf(say.command('end', { transferID: client.transferID }));
  } else if (word === 'start' || word === 'end') return wordsOf(say.step(word, first));
  else if (word === 'stream') {
    const stage = rest.at(-1) ?? first;
    return wordsOf(say.step('stream', stage, first === 'of' ? [{ something: 'else' }] : rowsOf[stage]));
  } else return wordsOf(say.action(word));
  return null;
}
const held = new WeakMap<RawClient, { readonly uuid: string }>();

/** Whether an answer is the refusal of that code. */
function fits(answer: string | null, code: 'ok' | ErrorCode): boolean {
  if (code === 'ok' || answer === null) return code === 'ok' && answer === null;
  const row: ErrorRow = errorTable[code];
  const template = (row.wire?.message ?? `${code}: a fault of the server's own, its log says more`).split(
    /\{\w+\}/,
  );
  return answer.startsWith(template[0] ?? '') && answer.endsWith(template.at(-1) ?? '');
}

/** Plays one talk against that lifecycle; what went otherwise, or null. */
async function play(
  talk: Talk,
  lifecycle: typeof lifecycleMachine,
  patience: number,
): Promise<string | null> {
  const store = createMemoryStore(smallContent);
  const leaves = talk.says.at(-1)?.[0] === 'leave';
  let commits = () => {};
  const commitBegins = new Promise<void>((resolve) => {
    commits = resolve;
  });
  const committing = (destination: TransferDestination): TransferDestination => ({
    ...destination,
    async commit() {
      commits();
      const session = served.opened[index];
      if (leaves && session !== undefined)
        await waitFor(session.actor, (snapshot) => JSON.stringify(snapshot.value).includes('cleaning'));
      return destination.commit();
    },
  });
  const stores = {
    source: () => failing(store.source(), talk.fails),
    destination: () => committing(failing(store.destination(), talk.fails)),
  };
  const clock = new TestClock();
  next = { stores, lifecycle, clock, ...talk.setting };
  const index = served.opened.length;
  const client = await openRaw(`${served.url}${talk.direction}`);
  const session = served.opened[index];
  if (session === undefined) return 'no session';
  try {
    for (const [message, expected] of talk.says) {
      const answer = await sayTo({ client, clock, commitBegins }, message, patience);
      if (!fits(answer, expected)) return `${message}: ${answer ?? 'ok'} instead of ${expected}`;
    }
    if (leaves) await session.closed;
    const state = statePath(session.actor.getSnapshot().context.lifecycle.getSnapshot().value);
    return state === talk.in ? null : `${state} instead of ${talk.in}`;
  } catch (error) {
    return String(error);
  } finally {
    client.socket.terminate();
  }
}

let next: SessionSetting = {};
const served: Sessions = await serveSessions(() => next);
// A chart without its end never ends: nothing waits for those.
afterAll(() => void served.close());

describe('the order of the protocol, over a real socket', () => {
  it.each(talks.map((talk) => [talk.name, talk] as const))('%s', async (_, talk) => {
    expect(await play(talk, lifecycleMachine, 5000)).toBeNull();
  });
});

const withoutOne = [...mutationsOf(lifecycleMachine)].filter(({ name }) => name.endsWith('is taken away'));

/** What a transition is about, as the talks word it: only the order in which they are tried hangs on this. */
function isLikely({ says, fails, setting }: Talk, transition: string): boolean {
  if (transition.includes('batchTimeout')) return setting !== undefined;
  if (transition.includes('onError')) return fails?.plainly === true;
  if (transition.includes('onDone.1')) return fails !== undefined && fails.plainly !== true;
  const request = /request\.(\w+)/
    .exec(transition)?.[1]
    ?.replace(/^step(.*)/, '$1 ')
    .toLowerCase();
  const words = says.map(([message]) => `${message.toLowerCase()}${message.includes(' ') ? '' : '.'}`);
  return request !== undefined && words.some((word) => word.startsWith(request));
}

describe('the lifecycle without one of its transitions', () => {
  // XState says so wherever an error finds nobody.
  beforeAll(() => {
    for (const way of ['error', 'warn'] as const) vi.spyOn(console, way).mockImplementation(() => {});
  });
  afterAll(() => {
    vi.restoreAllMocks();
  });

  test.each(withoutOne.map(({ name, machine }) => [name, machine] as const))(
    '%s: is noticed',
    async (name, machine) => {
      const likely = talks.filter((talk) => isLikely(talk, name));
      const others = talks.filter((talk) => !likely.includes(talk));
      let noticed: string | null = null;
      for (const talk of [...likely, ...others]) {
        noticed ??= await play(talk, machine as typeof lifecycleMachine, 400);
        if (noticed !== null) break;
      }
      expect(noticed).not.toBeNull();
    },
  );
});
