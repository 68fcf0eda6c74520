import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { AnyStateNode, AnyTransitionDefinition, InspectionEvent } from 'xstate';
import { lifecycleMachine } from '../../../machines/lifecycle.machine.js';
import type { RemoteOptions } from '../../../src/client/options.js';
import type { RemoteDestination } from '../../../src/client/remote-destination.js';
import type { RemoteSource } from '../../../src/client/remote-source.js';
import { TransferError } from '../../../src/protocol/errors.js';
import type { ScriptedPeer } from '../../../src/testing/scripted-peer.js';
import { kindOf } from '../../../src/testing/strapi-script.js';
import { prepare, readAll, remote, sample, settled, watch, writeAll } from '../../support/ends.js';

const nameOf = ({ source, eventType, guard }: AnyTransitionDefinition) =>
  `${source.path.join('.') || 'any state'} — ${eventType}${guard === undefined ? '' : ` [${guard as string}]`}`;

function* transitionsOf(node: AnyStateNode): Generator<AnyTransitionDefinition> {
  for (const transitions of node.transitions.values()) yield* transitions;
  for (const child of Object.values(node.states)) yield* transitionsOf(child);
}

// XState warns where an event is sent to who is over: whatever becomes of a transfer, nobody is told anything then.
const warned = vi.fn();
beforeEach(() => {
  warned.mockClear();
  vi.spyOn(console, 'warn').mockImplementation(warned);
});
afterEach(() => {
  vi.restoreAllMocks();
  expect(warned.mock.calls).toEqual([]);
});

const taken = new Set<string>();
const inspect: RemoteOptions['inspect'] = (event: InspectionEvent) => {
  if (event.type !== '@xstate.microstep') return;
  const { _transitions } = event as unknown as { _transitions: readonly AnyTransitionDefinition[] };
  for (const one of _transitions) if (one.source.machine.id === 'lifecycle') taken.add(nameOf(one));
};

/** A server that answers requests of one kind in its own way. */
function odd(direction: 'push' | 'pull', kind: string, answers: (peer: ScriptedPeer, uuid: string) => void) {
  const unit = remote(direction, {
    inspect,
    peer: {
      answer(message, peer) {
        if (kindOf(message) === kind) answers(peer, message.uuid);
        else unit.server.answer(message, peer);
      },
    },
  });
  return unit;
}
const refuses = (peer: ScriptedPeer, uuid: string) => peer.error(uuid, { message: 'no' });
const breaks = (peer: ScriptedPeer) => peer.disconnect();

const push = async (end: RemoteDestination) => {
  await prepare(end);
  await writeAll(end, sample);
  await end.commit();
};
const pull = async (end: RemoteSource) => {
  await end.open();
  await end.metadata();
  await end.schemas();
  await readAll(end);
};

/**
 * What a client of ours never does: it ends no stage that it has not started, closes only between stages, begins one
 * transfer on a connection, and never asks for the status. Where its link is lost, its charts are stopped as they
 * stand, before an exchange can fail. The table of the chart holds these.
 */
const neverTaken = [
  'any state — request.status',
  'any state — xstate.error.actor.concurrent.*',
  'initializing — xstate.error.actor.exchange',
  'preparing.unopened — request.rollback [isPush]',
  'preparing.unopened — request.end',
  'preparing.resting — request.bootstrap [isPull]',
  'preparing.resting — request.stepEnd [isNoEarlierStage]',
  'preparing.resting — request.close',
  'preparing.resting — request.end',
  'preparing.exchanging — xstate.error.actor.exchange',
  'transferring — request.getMetadata',
  'transferring — request.getSchemas',
  'transferring.starting — xstate.error.actor.exchange',
  'transferring.streaming — request.close',
  'transferring.streaming — request.end',
  'transferring.streaming — xstate.after.batchTimeout.lifecycle.transferring.streaming [isPull]',
  'transferring.ending — xstate.error.actor.exchange',
  'transferring.between — request.stepEnd [isPull]',
  'transferring.between — request.end',
  'closing.settling — xstate.error.actor.exchange',
  'closing.settled — request.getMetadata',
  'closing.settled — request.getSchemas',
  'closing.leaving — xstate.error.actor.exchange',
  'ended — request.init',
  'aborting — xstate.error.actor.exchange',
  'rolledBack — request.getMetadata',
  'rolledBack — request.getSchemas',
  'rolledBack — request.end',
];

describe('the lifecycle, driven through the public port', () => {
  test('a push and a pull to their ends', async () => {
    const destination = remote('push', { inspect }).end;
    await push(destination);
    expect(destination.remote.state()).toBe('ended');
    await destination.close();
    const source = remote('pull', { inspect }).end;
    await pull(source);
    expect(source.remote.state()).toBe('transferring.between');
    await source.close();
  });

  test.each([
    ['init', 'connected'],
    ['bootstrap', 'preparing.unopened'],
    ['getMetadata', 'preparing.resting'],
    ['beforeTransfer', 'preparing.resting'],
    ['entities.start', 'transferring.between'],
    ['entities.stream', 'transferring.streaming'],
    ['entities.end', 'transferring.between'],
    ['close', 'closing.settled'],
    ['end', 'ended'],
  ])('a refused %s leads back to %s: an answer with an error is an answer', async (kind, state) => {
    const { end } = odd('push', kind, refuses);
    const outcome = watch(push(end as RemoteDestination));
    for (let turn = 0; turn < 5; turn += 1) await settled();
    expect(outcome().error?.code).toBe('PEER_ERROR');
    expect(end.remote.state()).toBe(state);
    end.abort(new TransferError('ABORTED'));
    await settled();
  });

  test('a rollback between stages, in one, before any, and one that is refused', async () => {
    const fresh = remote('push', { inspect }).end;
    await prepare(fresh);
    await fresh.rollback();
    expect(fresh.remote.state()).toBe('ended');
    const streaming = remote('push', { inspect }).end;
    await prepare(streaming);
    await streaming.rowWriter('entities');
    await streaming.rollback();
    expect(streaming.remote.state()).toBe('ended');
    const between = remote('push', { inspect }).end;
    await prepare(between);
    await (await between.rowWriter('entities')).end();
    await between.rollback();
    expect(between.remote.state()).toBe('ended');
    const refused = odd('push', 'rollback', refuses).end as RemoteDestination;
    await prepare(refused);
    await refused.rollback();
    expect(refused.remote.state()).toBe('failed');
    for (const end of [fresh, streaming, between, refused]) await end.close();
  });

  test.each(['init', 'bootstrap', 'entities.start', 'entities.end', 'close', 'end'])(
    'a server that is gone while %s is due',
    async (kind) => {
      const { end } = odd('push', kind, breaks);
      const outcome = watch(push(end as RemoteDestination));
      for (let turn = 0; turn < 5; turn += 1) await settled();
      expect(outcome().error?.code).toBe('CONNECTION_CLOSED');
      expect(end.remote.state()).toBe('failed');
    },
  );

  test('a pull whose next batch never comes', async () => {
    const { clock, end, peer } = odd('pull', 'confirmation', () => {});
    const outcome = watch(pull(end as RemoteSource));
    for (let second = 0; second < 3600 && outcome().state === 'pending'; second += 5) {
      await clock.pass(5000, 5000);
      peer.byte();
    }
    expect(outcome().error?.code).toBe('BATCH_TIMED_OUT');
    expect(clock.pending).toEqual([]);
  });

  test('takes every transition but those that only a server, or another client, can take', () => {
    const all = [...new Set([...transitionsOf(lifecycleMachine.root)].map(nameOf))];
    expect(all.filter((name) => !taken.has(name))).toEqual(neverTaken);
  });
});

// Which code it is, each state says: test/unit/machines/requests.test.ts.
test('what a state cannot take is a bug that the client finds, and it sends nothing', async () => {
  const { end, peer } = remote('push');
  await end.open();
  const sent = peer.frames.length;
  const writer = watch(end.commit().then(() => end.rowWriter('links')));
  await settled();
  expect(writer().error).toMatchObject({ code: 'NO_TRANSFER' });
  expect(peer.frames.length).toBe(sent + 2);
  await end.close();
});
