import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createContext, runInContext } from 'node:vm';
import { build, createLogger, type Rolldown } from 'vite';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { root } from './support/installed.js';

let project: string;
beforeAll(async () => {
  project = await mkdtemp(join(tmpdir(), 'ferry-browser-'));
  await symlink(join(root, 'node_modules'), join(project, 'node_modules'));
  for (const name of ['client', 'browser'])
    await writeFile(join(project, `${name}.js`), `export * from '${join(root, `dist/${name}.js`)}';`);
});
afterAll(() => rm(project, { recursive: true }));

/** Vite's bundle for browsers, and what it warned of. */
async function bundle(
  entry: string,
): Promise<{ readonly code: string; readonly warnings: readonly string[] }> {
  const warnings: string[] = [];
  const warn = (message: string) => warnings.push(message);
  const built = (await build({
    configFile: false,
    root: project,
    logLevel: 'silent',
    customLogger: { ...createLogger('silent'), warn, warnOnce: warn },
    build: {
      write: false,
      minify: false,
      lib: { entry, formats: ['iife'], name: 'ferry' },
    },
  })) as Rolldown.RolldownOutput[];
  const chunks = built.flatMap(({ output }) => output).filter((each) => each.type === 'chunk');
  return { code: chunks.map(({ code }) => code).join('\n'), warnings };
}

/** What `./client` says and is told, in the page that runs it. */
interface Page {
  readonly ferry: {
    createDispatcher(
      socket: object,
      options?: object,
    ): {
      dispatchCommand(command: string): Promise<string>;
      close(): Promise<void>;
    };
    createRemoteSource(options: object): object;
    createMemoryStore(content: object): { destination(): { metadata(): Promise<unknown> } };
    createInspection(): {
      readonly inspect: unknown;
      attach(sink: { write(records: readonly unknown[]): void }): void;
      flush(): Promise<void>;
    };
  };
}

/** Web globals only: no `process`, no `Buffer`, no `require`. */
function page(code: string): Page {
  const { URL, TextEncoder, TextDecoder, crypto, setTimeout, clearTimeout, performance } = globalThis;
  class WebSocket {}
  const { atob, btoa, AbortController, structuredClone, queueMicrotask } = globalThis;
  const web = { URL, TextEncoder, TextDecoder, crypto, WebSocket, setTimeout, clearTimeout, performance };
  const context = createContext({ ...web, atob, btoa, AbortController, structuredClone, queueMicrotask });
  runInContext(`${code}\nglobalThis.ferry = ferry;`, context);
  return context as unknown as Page;
}

/** A browser's WebSocket that answers `init`, as far as the dispatcher uses it. */
function fakeWebSocket() {
  const socket = new EventTarget() as EventTarget & Record<string, unknown>;
  const fire = (type: string, fields: object) => socket.dispatchEvent(Object.assign(new Event(type), fields));
  return Object.assign(socket, {
    readyState: 1,
    send(frame: string) {
      const { uuid } = JSON.parse(frame) as { uuid: string };
      const answer = { uuid, data: { transferID: 'the-transfer' }, error: null };
      queueMicrotask(() => fire('message', { data: JSON.stringify(answer) }));
    },
    close: () => queueMicrotask(() => fire('close', { code: 1000, reason: '' })),
  });
}

test('./client bundles for browsers without a warning, and runs there', async () => {
  const { code, warnings } = await bundle('client.js');
  expect(warnings).toEqual([]);
  expect(code).not.toMatch(/\bimport\b.*node:|require\(|__vite-browser-external/);
  const { ferry } = page(code);
  const dispatcher = ferry.createDispatcher(fakeWebSocket());
  expect(await dispatcher.dispatchCommand('init')).toBe('the-transfer');
  await dispatcher.close();
});

test('./browser bundles for browsers without a warning; its store and its inspection run there', async () => {
  const { code, warnings } = await bundle('browser.js');
  expect(warnings).toEqual([]);
  expect(code).not.toMatch(/\bimport\b.*node:|require\(|__vite-browser-external/);
  const { ferry } = page(code);
  expect(
    await ferry
      .createMemoryStore({ metadata: { createdAt: 'now' } })
      .destination()
      .metadata(),
  ).toEqual({
    createdAt: 'now',
  });
  const records: unknown[] = [];
  const inspection = ferry.createInspection();
  inspection.attach({ write: (written) => records.push(...written) });
  const dispatcher = ferry.createDispatcher(fakeWebSocket(), { inspect: inspection.inspect });
  expect(await dispatcher.dispatchCommand('init')).toBe('the-transfer');
  await dispatcher.close();
  await inspection.flush();
  expect(records.length).toBeGreaterThan(5);
});

test('a page that has no way in is told what to give', async () => {
  const { ferry } = page((await bundle('client.js')).code);
  const url = 'https://example.com/admin';
  expect(() => ferry.createRemoteSource({ url, token: 'x' })).toThrow(
    /no page set the Authorization.*ticket/,
  );
  expect(ferry.createRemoteSource({ url, ticket: 'x'.repeat(43) })).toMatchObject({ name: url });
  expect(ferry.createRemoteSource({ url, open: () => {} })).toMatchObject({ name: url });
});

test('checksums cannot be asked for where bytes cannot be hashed as they come', async () => {
  const { ferry } = page((await bundle('client.js')).code);
  const remote = { url: 'https://example.com/admin', ticket: 'x'.repeat(43) };
  expect(() => ferry.createRemoteSource({ ...remote, checksums: true })).toThrow(/leave the option out/);
  expect(ferry.createRemoteSource(remote)).toMatchObject({ name: 'https://example.com/admin' });
});
