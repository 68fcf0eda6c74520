import { request } from 'node:http';
import { afterEach, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { createInspection } from '../../../src/inspect/inspection.js';
import { type InspectionRecord, recordingFormat } from '../../../src/inspect/records.js';
import { createFold, type InspectionState } from '../../../src/inspect/state.js';
import { createInspector, type Inspector, type InspectorOptions } from '../../../src/inspector/inspector.js';
import type { ToPage } from '../../../src/inspector/live-messages.js';
import { createReporter } from '../../../src/inspector/reporter.js';
import { createMemoryStore } from '../../../src/stores/memory.js';
import { createTransfer } from '../../../src/transfer/create-transfer.js';
import { smallContent } from '../../support/small-content.js';
import { runServer } from '../../support/transfer-servers.js';

const secret = async () => 'a'.repeat(64);

const opened: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of opened.splice(0)) await one.close();
});

async function start(options: InspectorOptions = {}): Promise<Inspector> {
  const inspector = await createInspector({ port: 0, secret, ...options });
  opened.push(inspector);
  return inspector;
}

/** A page: adds up what it is told, as docs/recording.md says. */
function openPage({ port }: Inspector, headers: Record<string, string> = {}) {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/records`, { headers });
  const messages: ToPage[] = [];
  const folds = new Map<string, ReturnType<typeof createFold>>();
  let look = () => {};
  socket.on('message', (data) => {
    const message = JSON.parse(String(data)) as ToPage;
    messages.push(message);
    if (message.type === 'state') folds.set(message.reporter, createFold(message.state));
    if (message.type === 'records')
      for (const record of message.records) folds.get(message.reporter)?.add(record);
    look();
  });
  const until = <T>(find: () => T | undefined | false) =>
    new Promise<T>((resolve, reject) => {
      look = () => {
        const found = find();
        if (found !== undefined && found !== false) resolve(found);
      };
      socket.on('close', () => reject(new Error('the page was closed')));
      look();
    });
  return {
    socket,
    messages,
    state: (reporter: string): InspectionState | undefined => folds.get(reporter)?.state(),
    until,
    untilSeq: (reporter: string, seq: number) => until(() => (folds.get(reporter)?.state().seq ?? 0) >= seq),
  };
}

/** Moves a little content over a real socket, both ends of it inspected. */
async function move(inspect: ReturnType<typeof createInspection>['inspect']) {
  const server = await runServer({ destination: createMemoryStore().destination, inspect });
  const from = createMemoryStore(smallContent).source();
  await createTransfer({ from, to: server.admin, toToken: server.token, inspect }).done;
  await server.close();
}

function inspected(inspector: Inspector) {
  const inspection = createInspection();
  const records: InspectionRecord[] = [];
  inspection.attach({ write: (group) => void records.push(...group) });
  inspection.attach(inspector.sink());
  return { inspection, records };
}

function added(records: readonly InspectionRecord[]): InspectionState {
  const fold = createFold();
  for (const record of records) fold.add(record);
  return fold.state();
}

const ask = (port: number, path: string, headers: Record<string, string> = {}, method = 'GET') =>
  new Promise<{ status: number; headers: Record<string, unknown>; body: string }>((resolve, reject) => {
    request({ host: '127.0.0.1', port, path, headers, method }, (response) => {
      let body = '';
      response.on('data', (chunk) => {
        body += chunk;
      });
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body }),
      );
    })
      .on('error', reject)
      .end();
  });

/** The status that an upgrade is refused with. */
const refused = (port: number, path: string, headers: Record<string, string>) =>
  new Promise<number>((resolve, reject) => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, { headers });
    socket.on('unexpected-response', (_, response) => {
      resolve(response.statusCode ?? 0);
      socket.terminate();
    });
    socket.on('error', () => {});
    socket.on('open', () => reject(new Error('it was let in')));
  });

describe('a page', () => {
  test('is told what happens at both ends, and stands where the actors stand', async () => {
    const inspector = await start();
    const page = openPage(inspector);
    const { inspection, records } = inspected(inspector);
    await move(inspection.inspect);
    await inspection.close();
    await page.until(() => page.messages.some(({ type }) => type === 'gone'));
    expect(page.messages[0]).toMatchObject({ type: 'hello', format: recordingFormat, control: false });
    expect(page.state('p1')).toEqual(added(records));
    const ends = page.state('p1')?.actors.filter(({ actor }) => actor.parent === null);
    expect(ends?.map(({ actor, step }) => [actor.path, actor.side, step?.value])).toEqual([
      ['transfer', 'client', 'completed'],
      ['session', 'server', 'over'],
    ]);
  });

  test('that is opened late stands where one stands that was there from the beginning', async () => {
    const inspector = await start();
    const { inspection, records } = inspected(inspector);
    await move(inspection.inspect);
    await inspection.flush();
    const page = openPage(inspector);
    await page.untilSeq('p1', records.at(-1)?.seq ?? 0);
    expect(page.state('p1')).toEqual(added(records));
    expect(page.messages.find(({ type }) => type === 'state')).toMatchObject({ dropped: 0 });
  });

  test('is told what is not kept any more, and what it added up to', async () => {
    const inspector = await start({ keep: 50_000 });
    const { inspection, records } = inspected(inspector);
    for (const _ of [1, 2, 3]) await move(inspection.inspect);
    await inspection.flush();
    const page = openPage(inspector);
    await page.untilSeq('p1', records.at(-1)?.seq ?? 0);
    const [state] = page.messages.filter((message) => message.type === 'state');
    const kept = page.messages.flatMap((message) => (message.type === 'records' ? message.records : []));
    expect(state?.dropped).toBeGreaterThan(1000);
    expect((state?.dropped ?? 0) + kept.length).toBe(records.length);
    expect(page.state('p1')).toEqual(added(records));
  });

  test('that is asleep takes no memory here, and is brought up to date when it wakes', async () => {
    const inspector = await start({ keep: 400_000 });
    const page = openPage(inspector);
    await page.until(() => page.messages.length > 0);
    page.socket.pause();
    const { inspection, records } = inspected(inspector);
    // Far more than the ring, what waits for the page, and the kernel's buffers hold.
    await move(inspection.inspect);
    await inspection.flush();
    const one = inspector.sink();
    one.begin?.({ ...header, startedAt: new Date(0).toISOString() });
    const note: InspectionRecord = { type: 'dropped', seq: 1, ms: 0, count: 1, reason: 'x'.repeat(100_000) };
    for (let seq = 1; seq <= 300; seq += 1) one.write([{ ...note, seq }]);
    page.socket.resume();
    await page.untilSeq('p2', 300);
    await page.untilSeq('p1', records.at(-1)?.seq ?? 0);
    expect(page.state('p1')).toEqual(added(records));
    const told = page.messages.flatMap((message) =>
      message.type === 'records' && message.reporter === 'p2' ? message.records : [],
    );
    expect(told.length).toBeLessThan(300);
    expect(page.messages.filter(({ type }) => type === 'state').length).toBeGreaterThan(2);
  });

  test('that is opened twice and closed in the middle disturbs nobody', async () => {
    const inspector = await start();
    const [first, second] = [openPage(inspector), openPage(inspector)];
    const { inspection, records } = inspected(inspector);
    await first.until(() => first.messages.length > 0);
    first.socket.terminate();
    await move(inspection.inspect);
    await inspection.flush();
    await second.untilSeq('p1', records.at(-1)?.seq ?? 0);
    expect(second.state('p1')).toEqual(added(records));
  });
});

const header = {
  ferry: 'recording',
  format: recordingFormat,
  version: '0.0.0',
  startedAt: '2026-01-02T03:04:05.678Z',
  roles: ['server'],
  data: false,
} as const;

describe('an inspector', () => {
  test('serves its page with a policy that lets no request leave the machine', async () => {
    const { port } = await start();
    const page = await ask(port, '/');
    expect(page.status).toBe(200);
    expect(page.headers['content-security-policy']).toContain("default-src 'none'");
    expect(page.headers['content-security-policy']).toContain("connect-src 'self'");
    expect(page.body).not.toMatch(/https?:\/\//);
    expect((await ask(port, '/../package.json')).status).toBe(404);
    expect((await ask(port, '/%2e%2e/package.json')).status).toBe(404);
    expect((await ask(port, '/', {}, 'POST')).status).toBe(405);
  });

  test('refuses other names for this machine, and pages of others', async () => {
    const { port } = await start();
    expect((await ask(port, '/', { Host: `evil.example:${port}` })).status).toBe(403);
    expect((await ask(port, '/', { Host: '127.0.0.1:1' })).status).toBe(403);
    expect((await ask(port, '/', { Host: `localhost:${port}` })).status).toBe(200);
    expect(await refused(port, '/records', { Host: `evil.example:${port}` })).toBe(403);
    expect(await refused(port, '/records', { Origin: 'https://evil.example' })).toBe(403);
    expect(await refused(port, '/records', { Origin: 'null' })).toBe(403);
    expect(await refused(port, '/report', { Origin: `http://127.0.0.1:${port}` })).toBe(403);
    const own = openPage({ port } as Inspector, { Origin: `http://127.0.0.1:${port}` });
    await own.until(() => own.messages.length > 0);
  });

  test('says what to do where its port is taken, or its host is not this machine', async () => {
    const { port } = await start();
    await expect(createInspector({ port })).rejects.toMatchObject({ code: 'INSPECTOR_PORT' });
    await expect(createInspector({ port: 0, host: '0.0.0.0' })).rejects.toMatchObject({
      code: 'INVALID_OPTION',
    });
  });

  test('shows what another process reports beside what happens in its own', async () => {
    const inspector = await start();
    const page = openPage(inspector);
    const there = createInspection({ roles: ['server'] });
    there.attach(createReporter({ url: inspector.url, secret }));
    const { inspection: here } = inspected(inspector);
    const server = await runServer({ destination: createMemoryStore().destination, inspect: there.inspect });
    const from = createMemoryStore(smallContent).source();
    await createTransfer({ from, to: server.admin, toToken: server.token, inspect: here.inspect }).done;
    await server.close();
    await Promise.all([there.close(), here.close()]);
    await page.until(() => page.messages.filter(({ type }) => type === 'gone').length === 2);
    const roots = (name: string) =>
      page.state(name)?.actors.flatMap(({ actor }) => (actor.parent === null ? [actor.path] : []));
    expect([roots('p1'), roots('p2')].flat().sort()).toEqual(['session', 'transfer']);
  });

  test('lets a page steer with the token of its link, and with no other', async () => {
    const asked: string[] = [];
    const inspector = await start({ onControl: (command) => void asked.push(command) });
    const { inspection } = inspected(inspector);
    await move(inspection.inspect);
    await inspection.flush();
    const page = openPage(inspector);
    const steer = async (id: number, token: string, reporter = 'p1') => {
      page.socket.send(JSON.stringify({ type: 'control', id, token, reporter, command: 'abort' }));
      return page.until(() =>
        page.messages.find((message) => message.type === 'controlled' && message.id === id),
      );
    };
    await page.until(() => page.state('p1'));
    expect(page.messages[0]).toMatchObject({ type: 'hello', control: true });
    const token = new URL(inspector.url).hash.replace('#token=', '');
    expect(await steer(1, 'guessed')).toMatchObject({ done: false });
    expect(asked).toEqual([]);
    expect(await steer(2, token, 'p9')).toMatchObject({ done: false });
    expect(await steer(3, token)).toMatchObject({ done: true });
    expect(asked).toEqual(['abort']);
  });

  test('passes a command on to the process that reported', async () => {
    const asked: string[] = [];
    const inspector = await start({ control: true });
    const there = createInspection();
    there.attach(
      createReporter({ url: inspector.url, secret, onControl: (command) => void asked.push(command) }),
    );
    await move(there.inspect);
    await there.flush();
    const page = openPage(inspector);
    await page.until(() => page.state('p1'));
    const token = new URL(inspector.url).hash.replace('#token=', '');
    page.socket.send(JSON.stringify({ type: 'control', id: 1, token, reporter: 'p1', command: 'cut' }));
    await page.until(() => page.messages.find(({ type }) => type === 'controlled'));
    expect(asked).toEqual(['cut']);
    await there.close();
  });
});
