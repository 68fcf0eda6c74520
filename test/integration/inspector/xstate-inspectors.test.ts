import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { createWebSocketInspector, createWebSocketReceiver } from '@statelyai/inspect';
import { afterEach, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { type AnyMachineSnapshot, createMachine } from 'xstate';
import { createInspection } from '../../../src/inspect/inspection.js';
import type { InspectionRecord } from '../../../src/inspect/records.js';
import { ferryCharts } from '../../../src/inspect/replay/stubs.js';
import { createStatelySink } from '../../../src/inspect/xstate-inspectors/stately-sink.js';
import { createInspectRelay, type Relay } from '../../../src/inspector/relay.js';
import { moveInspected } from '../../support/inspected-transfer.js';

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});

async function relay(options = {}): Promise<Relay> {
  const running = await createInspectRelay({ port: 0, ...options });
  open.push(running);
  return running;
}

function recorded() {
  const inspection = createInspection();
  const records: InspectionRecord[] = [];
  inspection.attach({ write: (group) => void records.push(...group) });
  const ofType = <T extends InspectionRecord['type']>(type: T) =>
    records.filter((record): record is Extract<InspectionRecord, { type: T }> => record.type === type);
  return { inspection, ofType };
}

/** Ids of all states of a machine. */
const statesOf = (node: { id: string; states: Record<string, unknown> }): string[] => [
  node.id,
  ...Object.values(node.states).flatMap((inner) => statesOf(inner as never)),
];

type StatelyInspectionEvent = Parameters<
  Extract<
    Parameters<ReturnType<typeof createWebSocketReceiver>['subscribe']>[0],
    (...given: never) => unknown
  >
>[0];

describe('@statelyai/inspect', () => {
  /** Its own receiver, as a viewer has it. It cannot say when it is connected: an actor that is there already tells. */
  async function receive({ url }: Relay) {
    const address = url.replace('http', 'ws');
    const marker = new WebSocket(address);
    open.push({ close: () => marker.terminate() });
    await new Promise((resolve) => marker.once('open', resolve));
    marker.send(JSON.stringify({ type: '@xstate.actor', sessionId: 'marker' }));
    const all: StatelyInspectionEvent[] = [];
    let look = () => {};
    createWebSocketReceiver({ server: address }).subscribe((event) => {
      all.push(event);
      look();
    });
    const received = () => all.filter(({ sessionId }) => sessionId !== 'marker');
    const until = (isEnough: () => boolean) =>
      new Promise<void>((resolve) => {
        look = () => isEnough() && resolve();
        look();
      });
    await until(() => all.length > 0);
    return { received, until };
  }

  test.each(['our relay’s own feed', 'its own WebSocket inspector'])(
    'receives every actor’s definition, events and snapshots through %s, and can parse them again',
    async (way) => {
      const running = await relay();
      const { inspection, ofType } = recorded();
      if (way === 'its own WebSocket inspector') {
        const theirs = createWebSocketInspector({
          url: running.url.replace('http', 'ws'),
          maxDeferredEvents: 10_000,
        });
        open.push({ close: () => theirs.stop() });
        inspection.attach(createStatelySink({ send: (event) => theirs.adapter.send(event as never) }));
      } else inspection.attach(running.stately());
      const { received, until } = await receive(running);
      await moveInspected(inspection);
      await inspection.close();
      const ends = ofType('step').filter(({ status }) => status !== 'active');
      await until(
        () =>
          received().filter((one) => one.type === '@xstate.snapshot' && one.snapshot.status !== 'active')
            .length >= ends.length,
      );

      const actors = received().filter((event) => event.type === '@xstate.actor');
      const names = ofType('actor').map(({ name }) => name);
      expect(actors.map(({ name }) => name).sort()).toEqual([...names].sort());
      const machines = new Map<string, string[]>();
      for (const { definition } of actors) {
        const { id, ...config } = JSON.parse(definition ?? '') as { id: string; states?: object };
        if (config.states !== undefined)
          machines.set(id, statesOf(createMachine({ id, ...config } as never).root));
      }
      const used = [
        'transfer',
        'stage',
        'remote',
        'connection',
        'dispatcher',
        'lifecycle',
        'session',
      ] as const;
      expect([...machines.keys()].sort()).toEqual([...used].sort());
      for (const id of used) expect(machines.get(id)).toEqual(statesOf(ferryCharts[id].root));
      expect(received().filter(({ type }) => type === '@xstate.event')).toHaveLength(ofType('event').length);
      const values = received().flatMap((event) =>
        event.type === '@xstate.snapshot' ? [(event.snapshot as AnyMachineSnapshot).value ?? null] : [],
      );
      expect(values).toEqual(ofType('step').map(({ value }) => value));
    },
  );

  test('is told of a transfer that began before it was opened where each actor stands', async () => {
    const running = await relay();
    const { inspection, ofType } = recorded();
    inspection.attach(running.stately());
    await moveInspected(inspection);
    await inspection.flush();
    const { received, until } = await receive(running);
    await until(
      () => received().filter(({ type }) => type === '@xstate.actor').length === ofType('actor').length,
    );
    await until(() => received().filter(({ type }) => type === '@xstate.snapshot').length > 10);
    const transfer = received().find((one) => one.type === '@xstate.actor' && one.name === 'transfer');
    const stands = received().filter(
      (one) => one.type === '@xstate.snapshot' && one.sessionId === transfer?.sessionId,
    );
    expect(stands).toEqual([
      expect.objectContaining({ snapshot: expect.objectContaining({ value: 'completed' }) }),
    ]);
  });
});

describe('@xstate/inspect 0.8', () => {
  const folder = fileURLToPath(new URL('../../legacy-inspect/', import.meta.url));

  /** The real package, in a process of its own: it needs XState 4. */
  async function receive({ port }: Relay) {
    if (!existsSync(`${folder}node_modules`)) throw new Error('run npm --prefix test/legacy-inspect ci');
    const child: ChildProcess = spawn(process.execPath, ['receiver.mjs', `127.0.0.1:${port}/legacy`], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    open.push({ close: () => child.kill() });
    const told: Record<string, unknown>[] = [];
    let look = () => {};
    if (child.stdout === null) throw new Error('it has no output');
    createInterface({ input: child.stdout }).on('line', (line) => {
      told.push(JSON.parse(line) as Record<string, unknown>);
      look();
    });
    const until = (isEnough: () => boolean) =>
      new Promise<void>((resolve) => {
        look = () => isEnough() && resolve();
        look();
      });
    await until(() => told.length > 0);
    return { told, until };
  }

  test('registers every chart, runs a copy of it, and follows its states and events', async () => {
    const running = await relay();
    const { told, until } = await receive(running);
    const { inspection, ofType } = recorded();
    inspection.attach(running.legacy());
    // Each viewer is told its own kind of events only.
    inspection.attach(running.stately());
    await moveInspected(inspection);
    await inspection.close();
    const machines = ofType('actor').filter(({ kind }) => kind === 'machine');
    const over = new Set(ofType('step').flatMap(({ actor, status }) => (status === 'active' ? [] : [actor])));
    const stops = machines.filter(({ actor }) => over.has(actor)).length;
    await until(() => told.filter(({ type }) => type === 'service.stop').length === stops);

    expect(told.filter(({ type }) => type === 'error')).toEqual([]);
    const registered = told.filter(({ type }) => type === 'service.register');
    expect(registered.map(({ id }) => id).sort()).toEqual(machines.map(({ path }) => path).sort());
    for (const { machine, states } of registered) {
      expect(states).toEqual(statesOf(ferryCharts[machine as keyof typeof ferryCharts].root));
    }
    const transfer = registered.find(({ id }) => id === 'transfer');
    expect(transfer).toMatchObject({ value: 'opening', context: { differences: 0 } });
    const path = told.flatMap(({ type, sessionId, value }) =>
      type === 'service.state' && sessionId === transfer?.['sessionId'] ? [value] : [],
    );
    const [root] = machines.filter(({ path: name }) => name === 'transfer');
    const steps = ofType('step').filter(({ actor }) => actor === root?.actor);
    expect(path).toEqual(steps.slice(1).map(({ value }) => value));
    const requests = told.flatMap(({ type, event }) =>
      type === 'service.event' && Object(event).type === 'request.init' ? [event] : [],
    );
    expect(requests).toHaveLength(2);
  }, 30_000);
});

describe('the relay', () => {
  const refused = (url: string, headers: Record<string, string>) =>
    new Promise<number>((resolve, reject) => {
      const socket = new WebSocket(url.replace('http', 'ws'), { headers });
      socket.on('unexpected-response', (_, response) => {
        resolve(response.statusCode ?? 0);
        socket.terminate();
      });
      socket.on('error', () => {});
      socket.on('open', () => reject(new Error('it was let in')));
    });

  test('lets in pages of its own and those that were named, and nobody else', async () => {
    const { url, port } = await relay({ origins: ['https://viewer.example'] });
    expect(await refused(url, { Origin: 'https://evil.example' })).toBe(403);
    expect(await refused(url, { Host: `evil.example:${port}` })).toBe(403);
    const viewer = new WebSocket(url.replace('http', 'ws'), {
      headers: { Origin: 'https://viewer.example' },
    });
    await new Promise((resolve) => viewer.once('open', resolve));
    viewer.terminate();
    await expect(createInspectRelay({ port: 0, host: '0.0.0.0' })).rejects.toMatchObject({
      code: 'INVALID_OPTION',
    });
    await expect(createInspectRelay({ port })).rejects.toMatchObject({ code: 'INSPECTOR_PORT' });
  });

  test('serves Stately’s page in a frame only where that was asked for', async () => {
    const [without, withPage] = [await relay(), await relay({ statelyPage: true })];
    expect((await fetch(without.url)).status).toBe(404);
    const page = await fetch(withPage.url);
    expect(page.headers.get('content-security-policy')).toContain('frame-src https://stately.ai;');
    expect(await page.text()).toContain('src="https://stately.ai/inspect"');
  });
});
