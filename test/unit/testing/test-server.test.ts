import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { lifecycleMachine } from '../../../machines/lifecycle.machine.js';
import { report } from '../../../src/testing/conformance/report.js';
import { testServer } from '../../../src/testing/conformance/test-server.js';
import type { SocketLike } from '../../../src/transport/socket.js';
import { mutationsOf } from '../../support/mutations.js';
import { openSession } from '../../support/served-in-memory.js';
import { smallContent } from '../../support/small-content.js';

describe('our server walks the lifecycle chart', () => {
  const { cases, leftOut } = testServer({
    connect: ({ direction }) => openSession(direction, smallContent),
  });
  for (const { name, run } of cases) test(name, run);

  test('nothing is left out', () => {
    expect(leftOut).toEqual([]);
  });
});

/** What no client can show of a server that does not fail, with the reason: docs/charts/coverage.md has a path to each. */
const outOfReach: readonly (readonly [RegExp, string])[] = [
  [/onError|^on\.xstate\.error/, 'an exchange that fails'],
  [/(^|\.)on\.abort/, 'the server gives up by itself'],
  [
    /onDone\.[12]|onDone\.0 loses its guard/,
    'an answer with an error that comes of the store, not of the order',
  ],
  [/after\.batchTimeout/, 'a wait of minutes'],
  [
    /rollback loses its guard/,
    'a pull has no such message: a server refuses it before it looks at the order',
  ],
];

describe('a server whose lifecycle lacks a transition, or a guard', () => {
  let lifecycle: typeof lifecycleMachine;
  const { cases } = testServer({
    connect: ({ direction }) => openSession(direction, smallContent, lifecycle),
    patience: 50,
    steps: ['entities', 'links'],
    shortens: false,
  });
  beforeAll(() => {
    // XState says so wherever an error finds nobody.
    for (const way of ['error', 'warn'] as const) vi.spyOn(console, way).mockImplementation(() => {});
  });
  afterAll(() => {
    vi.restoreAllMocks();
  });

  /** Those that say the request of the transition last come first: only the time that it takes hangs on this. */
  const byLikelihood = (transition: string) => {
    const [, request = ''] = /request\.(?:step)?(\w+)/.exec(transition) ?? [];
    const isLikely = ({ name }: { name: string }) => name.includes(`→ ${request.toLowerCase()}`);
    return [...cases.filter(isLikely), ...cases];
  };
  const isInReach = (name: string) =>
    !name.includes(' → ') && !outOfReach.some(([pattern]) => pattern.test(name));

  test.each(
    [...mutationsOf(lifecycleMachine)]
      .filter(({ name }) => isInReach(name))
      .map(({ name, machine }) => [name, machine] as const),
  )('%s: is noticed', async (name, machine) => {
    lifecycle = machine as typeof lifecycleMachine;
    let noticed: string | null = null;
    for (const { run } of byLikelihood(name)) {
      await run().catch((error: Error) => {
        noticed = error.message;
      });
      if (noticed !== null) break;
    }
    expect(noticed).not.toBeNull();
  });
});

/** A connection to a server that takes each message for a new one: what has come before comes to it under another uuid. */
function forgetful(socket: SocketLike): SocketLike {
  const sent = new Set<string>();
  const send = socket.send.bind(socket);
  const listen = socket.addEventListener.bind(socket) as (
    type: string,
    listener: (event: never) => void,
  ) => void;
  return Object.assign(Object.create(socket) as SocketLike, {
    send(frame: string) {
      const { uuid } = JSON.parse(frame) as { uuid: string };
      send(sent.has(uuid) ? frame.replace(uuid, `again-${uuid}`) : frame);
      sent.add(uuid);
    },
    addEventListener: (type: string, listener: (event: never) => void) =>
      listen(type, (event: { data?: string }) =>
        listener({ ...event, data: event.data?.replace('again-', '') } as never),
      ),
  });
}

test('a server that does what it has done, where a message comes again, is found', async () => {
  const { cases } = testServer({
    connect: ({ direction }) => forgetful(openSession(direction, smallContent)),
    directions: ['push'],
    steps: ['links'],
  });
  const two = ['push: → init is taken', 'push: init, bootstrap → beforeTransfer is taken'];
  const { failed } = await report({ cases: cases.filter(({ name }) => two.includes(name)) });
  expect(failed.map(({ message }) => message)).toEqual([
    'init: expected accepted, came refused: Transfer already in progress to the same message again',
    expect.stringMatching(
      /^init, bootstrap, beforeTransfer: .* "beforeTransfer" .* to the same message again$/,
    ),
  ]);
});
