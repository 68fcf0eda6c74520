import { describe, expect, test } from 'vitest';
import { createActor, SimulatedClock, setup } from 'xstate';
import { dispatcherMachine } from '../../../machines/dispatcher.machine.js';
import { createInspection } from '../../../src/inspect/inspection.js';
import type { InspectionRecord } from '../../../src/inspect/records.js';
import type { Sink } from '../../../src/inspect/sink.js';
import { createFold } from '../../../src/inspect/state.js';
import { settled } from '../../support/test-clock.js';

const retryMessageOptions = { retryMessageTimeout: 1000, retryMessageMaxRetries: 1 };

/** A dispatcher of its own, watched; its frames go nowhere. */
function watchedDispatcher(...sinks: Sink[]) {
  const clock = new SimulatedClock();
  const records: InspectionRecord[] = [];
  const errors: unknown[] = [];
  const inspection = createInspection({ clock, onError: (error) => errors.push(error), waiting: 50 });
  inspection.attach({ write: (group) => void records.push(...group) });
  for (const sink of sinks) inspection.attach(sink);
  const actor = createActor(dispatcherMachine, {
    clock,
    input: { retryMessageOptions },
    inspect: inspection.inspect,
  }).start();
  const ofType = <T extends InspectionRecord['type']>(type: T) =>
    records.filter((record): record is Extract<InspectionRecord, { type: T }> => record.type === type);
  return { actor, clock, inspection, records, errors, ofType };
}

const request = { type: 'request', uuid: 'u1', kind: 'entities.stream', bytes: 10 } as const;

describe('the records', () => {
  test('tell of a chart before its actor, of an event before its step, and count', async () => {
    const { actor, inspection, records } = watchedDispatcher();
    actor.send({ type: 'connection.opened' });
    await inspection.flush();
    expect(records.map(({ type }) => type)).toEqual(['machine', 'actor', 'event', 'step', 'event', 'step']);
    expect(records.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(records[1]).toMatchObject({
      name: 'dispatcher',
      path: 'dispatcher',
      side: 'client',
      kind: 'machine',
    });
    expect(records[1]).toMatchObject({ input: { retryMessageOptions } });
    expect(records[5]).toMatchObject({ cause: 5, event: 'connection.opened', value: 'ready' });
  });

  test('tell which transitions were taken, and that none was', async () => {
    const { actor, inspection, ofType } = watchedDispatcher();
    actor.send({ type: 'connection.opened' });
    actor.send({ type: 'line.advanced' });
    await inspection.flush();
    expect(ofType('step').map(({ transitions }) => transitions)).toEqual([
      [],
      [{ source: 'dispatcher.init', event: 'connection.opened', targets: ['dispatcher.ready'] }],
      [],
    ]);
  });

  test('hold the context whole where it has changed, and leave it out where it has not', async () => {
    const { actor, inspection, ofType } = watchedDispatcher();
    actor.send({ type: 'connection.opened' });
    actor.send({ type: 'line.advanced' });
    actor.send(request);
    await inspection.flush();
    const contexts = ofType('step').map(({ context }) => context);
    expect(contexts[2]).toBeUndefined();
    const { type: _, ...asked } = request;
    expect(contexts[3]).toEqual({ request: asked, retries: 0, failure: null });
  });

  test('tell of a delay that it runs, that it fired, and that it was cancelled', async () => {
    const { actor, clock, inspection, records } = watchedDispatcher();
    const delays = async () => {
      await inspection.flush();
      const fold = createFold();
      for (const record of records) fold.add(record);
      return fold.state().actors[0]?.delays.map(({ delay, ms, since }) => ({ delay, ms, since }));
    };
    actor.send({ type: 'connection.opened' });
    actor.send(request);
    expect(await delays()).toEqual([]);
    clock.increment(5);
    actor.send({ type: 'frame.sent', uuid: 'u1' });
    expect(await delays()).toEqual([{ delay: 'retryMessageTimeout', ms: 1000, since: 5 }]);
    clock.increment(1000);
    expect(await delays()).toEqual([]);
    actor.send({ type: 'frame.sent', uuid: 'u1' });
    expect(await delays()).toHaveLength(1);
    actor.send({ type: 'answer.received', uuid: 'u1' });
    expect(await delays()).toEqual([]);
  });

  test('follow a message from its sending through a resend to its answer, and say what is still waited for', async () => {
    const { actor, clock, inspection, records, ofType } = watchedDispatcher();
    actor.send({ type: 'connection.opened' });
    actor.send(request);
    actor.send({ type: 'frame.sent', uuid: 'u1' });
    clock.increment(1000);
    actor.send({ type: 'frame.sent', uuid: 'u1' });
    await inspection.flush();
    const fold = createFold();
    for (const record of records) fold.add(record);
    expect(fold.state().open).toMatchObject([{ began: { uuid: 'u1', ms: 0 }, retries: 1 }]);
    clock.increment(250);
    actor.send({ type: 'answer.received', uuid: 'u1', bytes: 7, error: 'SOME_CODE' });
    await inspection.flush();
    const common = { uuid: 'u1', kind: 'entities.stream', asker: 'client', at: 'client' };
    expect(ofType('message')).toMatchObject([
      { ...common, phase: 'sending', bytes: 10 },
      { ...common, phase: 'sent' },
      { ...common, phase: 'resending', bytes: 10, retry: 1 },
      { ...common, phase: 'sent' },
      { ...common, phase: 'answered', bytes: 7, took: 1250, error: 'SOME_CODE' },
    ]);
  });

  test('say of a message that was never answered that it failed, and why', async () => {
    const { actor, clock, inspection, ofType } = watchedDispatcher();
    actor.send({ type: 'connection.opened' });
    actor.send(request);
    for (const _ of [1, 2]) {
      actor.send({ type: 'frame.sent', uuid: 'u1' });
      clock.increment(1000);
    }
    await inspection.flush();
    expect(ofType('message').at(-1)).toMatchObject({
      phase: 'failed',
      error: 'REQUEST_TIMED_OUT',
      took: 2000,
    });
    expect(ofType('step').at(-1)).toMatchObject({ status: 'done', output: { failure: 'REQUEST_TIMED_OUT' } });
  });

  test('hold the definition of a chart as plain JSON, with the names of its guards, actions and delays', async () => {
    const { inspection, ofType } = watchedDispatcher();
    await inspection.flush();
    const definition = ofType('machine')[0]?.definition;
    expect(JSON.parse(JSON.stringify(definition))).toEqual(definition);
    expect(definition).toMatchObject({ id: 'dispatcher', type: 'compound', initial: 'init' });
    const states = Object.fromEntries(definition?.states?.map((state) => [state.key, state]) ?? []);
    expect(states['retrying']).toMatchObject({ description: 'The same frame, the same uuid.' });
    expect(states['retrying']?.entry).toEqual(['countRetry', 'sendFrame']);
    const counting = states['waitingResponse']?.states?.find(({ key }) => key === 'counting');
    expect(counting?.transitions).toEqual([
      {
        label: 'after retryMessageTimeout',
        event: 'xstate.after.retryMessageTimeout.dispatcher.waitingResponse.counting',
        targets: ['dispatcher.retrying'],
        guard: 'hasRetriesLeft',
        delay: 'retryMessageTimeout',
      },
      {
        label: 'after retryMessageTimeout',
        event: 'xstate.after.retryMessageTimeout.dispatcher.waitingResponse.counting',
        targets: ['dispatcher.error'],
        actions: ['failTimedOut'],
        delay: 'retryMessageTimeout',
      },
    ]);
  });

  test('of a machine that is not ours hold its states, and nothing of its context, input or events', async () => {
    const records: InspectionRecord[] = [];
    const inspection = createInspection();
    inspection.attach({ write: (group) => void records.push(...group) });
    const mine = setup({ types: { context: {} as object, input: {} as object } }).createMachine({
      id: 'mine',
      context: ({ input }) => ({ input, secret: 'of-mine' }),
      initial: 'a',
      states: { a: { on: { go: 'b' } }, b: {} },
    });
    const actor = createActor(mine, { input: { secret: 'of-mine' }, inspect: inspection.inspect }).start();
    actor.send({ type: 'go', secret: 'of-mine' } as never);
    await inspection.flush();
    expect(records.at(-1)).toMatchObject({ type: 'step', value: 'b', event: 'go' });
    expect(records.find(({ type }) => type === 'actor')).toMatchObject({ side: null, name: 'mine' });
    expect(JSON.stringify(records)).not.toContain('of-mine');
  });
});

describe('a sink', () => {
  test('that throws gets no more, and neither the chart nor the other sinks notice', async () => {
    const thrown = new Error('no');
    let asked = 0;
    const { actor, inspection, errors, records } = watchedDispatcher({
      write() {
        asked += 1;
        throw thrown;
      },
    });
    actor.send({ type: 'connection.opened' });
    await inspection.flush();
    actor.send({ type: 'line.advanced' });
    await inspection.flush();
    expect(actor.getSnapshot().value).toBe('ready');
    expect(errors).toEqual([thrown]);
    expect(asked).toBe(1);
    expect(records).toHaveLength(8);
  });

  test('that lags is told how many it has missed, and keeps no more waiting than it may', async () => {
    let wake = () => {};
    const told: InspectionRecord[] = [];
    const { actor, clock, inspection } = watchedDispatcher({
      write(group) {
        told.push(...group);
        return new Promise<void>((resolve) => {
          wake = resolve;
        });
      },
    });
    actor.send({ type: 'connection.opened' });
    clock.increment(100);
    await settled();
    expect(told).toHaveLength(6);
    for (let sent = 0; sent < 100; sent += 1) actor.send({ type: 'line.advanced' });
    expect(told).toHaveLength(6);
    wake();
    await settled();
    clock.increment(100);
    await settled();
    // 200 more came meanwhile, of which 50 could wait.
    expect(told).toHaveLength(6 + 50 + 1);
    expect(told.at(-1)).toEqual({
      type: 'dropped',
      seq: 206,
      ms: 100,
      count: 150,
      reason: 'the sink was too slow',
    });
    wake();
    actor.send({ type: 'line.advanced' });
    const closing = inspection.close();
    await settled();
    wake();
    await settled();
    wake();
    await closing;
    expect(told.slice(-3).map(({ type, seq }) => [type, seq])).toEqual([
      ['event', 207],
      ['step', 208],
      ['end', 209],
    ]);
  });

  test('that hangs does not keep whoever closes the inspection for long', async () => {
    const { clock, inspection } = watchedDispatcher({ write: () => new Promise(() => {}) });
    let isClosed = false;
    const closing = inspection.close().then(() => {
      isClosed = true;
    });
    await settled();
    clock.increment(1999);
    await settled();
    expect(isClosed).toBe(false);
    clock.increment(1);
    await closing;
  });

  test('does nothing within a transition of the chart', () => {
    let isTold = false;
    const { actor } = watchedDispatcher({
      write() {
        isTold = true;
      },
    });
    for (let sent = 0; sent < 2000; sent += 1) actor.send({ type: 'line.advanced' });
    expect(isTold).toBe(false);
  });

  test('is told what peers said in words only where it asks for it', async () => {
    const plain: InspectionRecord[] = [];
    const wordy: InspectionRecord[] = [];
    const inspection = createInspection();
    inspection.attach({ write: (group) => void plain.push(...group) });
    inspection.attach({ data: true, write: (group) => void wordy.push(...group) });
    const told = setup({}).createMachine({ id: 'told' });
    const actor = createActor(told, { inspect: inspection.inspect }).start();
    actor.send({ type: 'diagnostic.error', message: 'title "a secret" is taken', origin: 'db' } as never);
    await inspection.flush();
    expect(JSON.stringify(plain)).not.toContain('a secret');
    expect(
      wordy.find((record) => record.type === 'event' && record.event.type === 'diagnostic.error'),
    ).toMatchObject({
      event: { message: 'title "a secret" is taken' },
    });
  });
});
