import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import express, { type Router } from 'express';
import { createElement, type FunctionComponent } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type AnyStateMachine, createActor, SimulatedClock, waitFor } from 'xstate';
import { parse } from 'yaml';
import type { TransferError } from '../../src/protocol/errors.js';
import {
  createDirectorySource,
  createMemoryStore,
  type MemoryStore,
  type TransferSource,
} from '../../src/stores/index.js';
import { storeContract } from '../../src/testing/store-contract.js';
import { createTransfer, type TransferOptions } from '../../src/transfer/create-transfer.js';
import { smallContent } from '../support/small-content.js';
import { type RunningServer, runServer } from '../support/transfer-servers.js';
import { root, sampleExport } from './support/installed.js';
import { type Block, blocksOf, type Kitchen, layOut } from './support/recipes.js';
import { run, runWell } from './support/run.js';

let blocks: readonly Block[];
let kitchen: Kitchen;
let server: RunningServer;
beforeAll(async () => {
  blocks = await blocksOf('docs/recipes.md');
  kitchen = await layOut(blocks);
  server = await runServer({ source: () => createDirectorySource({ path: sampleExport }) });
});
afterAll(async () => {
  await server.close();
  await kitchen.remove();
});

/** The recipes that a test below has run. */
const tried = new Set<string>();
const fileOf = (file: string): string => {
  tried.add(file);
  return join(kitchen.folder, file);
};
const recipe = async <T>(file: string): Promise<T> =>
  (await import(fileOf(file).replace(/\.tsx?$/, '.js'))) as T;

/** Gives its rows only when it is closed: a transfer of it goes on until it is aborted. */
function endlessSource(): TransferSource {
  let close = () => {};
  const closed = new Promise<never>((_, reject) => {
    close = () => reject(new Error('closed'));
  });
  closed.catch(() => {});
  return {
    ...createMemoryStore(smallContent).source(),
    // biome-ignore lint/correctness/useYield: it has nothing to give.
    async *rows() {
      await closed;
    },
    close: async () => close(),
  };
}

/** A transfer between memories, and what it has moved. */
function memories() {
  const to = createMemoryStore();
  const options: TransferOptions = {
    from: createMemoryStore(smallContent).source(),
    to: to.destination(),
  };
  return { options, moved: () => to.content().entities.length };
}

/** Without the rows that never travel. */
const travelling = smallContent.entities.filter(({ type }) => !type.startsWith('admin::')).length;

test('watch.ts tells the states and the progress', async () => {
  const { watchTransfer } = await recipe<{
    watchTransfer(options: TransferOptions, say: (line: string) => void): Promise<unknown>;
  }>('watch.ts');
  const { options, moved } = memories();
  const lines: string[] = [];
  await watchTransfer(options, (line) => lines.push(line));
  expect(lines).toEqual(
    expect.arrayContaining(['{"transferring":{"assets":"moving"}}', 'assets: 3 of 3', '"completed"']),
  );
  expect(moved()).toBe(travelling);
});

test('abort.ts ends a transfer that would never end', async () => {
  const { moveUntil } = await recipe<{
    moveUntil(signal: AbortSignal, options: TransferOptions): Promise<void>;
  }>('abort.ts');
  const controller = new AbortController();
  const to = createMemoryStore(smallContent);
  const moving = moveUntil(controller.signal, { from: endlessSource(), to: to.destination() });
  controller.abort();
  await expect(moving).rejects.toMatchObject({
    code: 'ABORTED',
    message: expect.stringMatching(/^The transfer was aborted by its caller\.\n.*memory/),
  });
  expect(to.content()).toEqual(smallContent);
});

test('handle-error.ts tells a bad token from a server that is not there', async () => {
  const { moveOrExplain } = await recipe<{ moveOrExplain(options: TransferOptions): Promise<string> }>(
    'handle-error.ts',
  );
  const to = createMemoryStore().destination();
  expect(await moveOrExplain(memories().options)).toBe('moved');
  expect(await moveOrExplain({ from: server.admin, fromToken: 'wrong', to })).toBe('ask for a new token');
  const nobody = { from: 'http://127.0.0.1:1/admin', fromToken: 'x', to };
  expect(await moveOrExplain(nobody)).toBe('try again later');
  expect(await moveOrExplain({ from: server.admin, to })).toContain('give it as fromToken');
});

test('safe-push.ts pushes after a backup, which holds what stood there', async () => {
  const { pushSafely } = await recipe<{
    pushSafely(from: string, url: string, token: string, backup: string): Promise<unknown>;
  }>('safe-push.ts');
  // Without schemas: those of the export are others.
  const store = createMemoryStore({ ...smallContent, schemas: null });
  const site = await runServer({ source: () => store.source(), destination: () => store.destination() });
  const backup = join(kitchen.folder, 'before.tar.gz');
  await pushSafely(sampleExport, site.admin, site.token, backup);
  expect(store.content().assets).toHaveLength(4);
  const kept = createMemoryStore();
  await createTransfer({ from: backup, to: kept.destination() }).done;
  expect(kept.content().entities).toHaveLength(travelling);
  await expect(pushSafely(sampleExport, site.admin, site.token, backup)).rejects.toMatchObject({
    code: 'NOT_EMPTY',
  });
  await site.close();
});

test('merge-changes.ts brings what was changed since, and names it', async () => {
  type Recipe = {
    mergeChanges(from: string, to: MemoryStore, since: Date): Promise<readonly string[]>;
  };
  const { mergeChanges } = await recipe<Recipe>('merge-changes.ts');
  const to = createMemoryStore();
  const came = await mergeChanges(sampleExport, to, new Date('2026-01-01'));
  expect(came.length).toBeGreaterThan(10);
  expect(came).toContain('add harbour.png');
  expect(await mergeChanges(sampleExport, to, new Date('2026-01-01'))).toEqual([]);
});

describe('transfer-routes.ts', () => {
  async function app(options: TransferOptions) {
    const { transferRoutes } = await recipe<{ transferRoutes(options: TransferOptions): Router }>(
      'transfer-routes.ts',
    );
    const listening = express().use('/transfers', transferRoutes(options)).listen(0, '127.0.0.1');
    await once(listening, 'listening');
    const url = `http://127.0.0.1:${(listening.address() as AddressInfo).port}/transfers`;
    const begun = await fetch(url, { method: 'POST' });
    expect(begun.status).toBe(202);
    const { id } = (await begun.json()) as { id: string };
    return { url: `${url}/${id}`, close: () => listening.close() };
  }

  /** The events of a stream that ends, as `event data`. */
  const eventsIn = (text: string) =>
    [...text.matchAll(/^event: (.*)\ndata: (.*)$/gm)].map(([, event = '', data = '']) => ({
      event,
      data: JSON.parse(data) as Readonly<Record<string, unknown>>,
    }));

  test('starts a transfer and tells its progress until it is completed', async () => {
    const { options, moved } = memories();
    const { url, close } = await app(options);
    const response = await fetch(`${url}/events`);
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    const events = eventsIn(await response.text());
    expect(events[0]?.event).toBe('progress');
    expect(events.at(-1)).toMatchObject({ event: 'completed', data: { entities: { items: travelling } } });
    expect(moved()).toBe(travelling);
    // Who comes late hears the same.
    expect(eventsIn(await (await fetch(`${url}/events`)).text()).at(-1)?.event).toBe('completed');
    close();
  });

  test('aborts it', async () => {
    const { url, close } = await app({ from: endlessSource(), to: createMemoryStore().destination() });
    const events = await fetch(`${url}/events`);
    expect((await fetch(url, { method: 'DELETE' })).status).toBe(204);
    const { event, data } = eventsIn(await events.text()).at(-1) ?? {};
    expect([event, data?.['code'], data?.['message']]).toEqual([
      'failed',
      'ABORTED',
      expect.stringMatching(/^The transfer was aborted by the user\.\n.*memory/),
    ]);
    expect((await fetch(`${url}0/events`)).status).toBe(404);
    close();
  });
});

test('transfer-progress.tsx draws what has moved, before and after', async () => {
  const { TransferProgress } = await recipe<{ TransferProgress: FunctionComponent<{ actor: unknown }> }>(
    'transfer-progress.tsx',
  );
  const { actor, done } = createTransfer(memories().options);
  const drawn = () => renderToStaticMarkup(createElement(TransferProgress, { actor }));
  expect(drawn()).toContain('<section aria-busy="true"><ul><li>entities: 0</li>');
  await done;
  expect(drawn()).toContain(
    `<section aria-busy="false"><ul><li>entities: ${travelling}</li><li>assets: 3</li>`,
  );
  expect(drawn()).toContain('<p role="status">completed</p>');
});

describe('retrying-machine.ts', () => {
  /** An error of the built package: what it did not make itself it does not know. */
  async function sourceIsGone(): Promise<never> {
    const built = (await import(join(root, 'dist/index.js'))) as { TransferError: typeof TransferError };
    throw new built.TransferError('SOURCE_GONE', { path: 'x', file: 'y' });
  }

  interface Retrying {
    readonly retryingMachine: AnyStateMachine;
  }
  async function started(options: object, retries = 0) {
    const { retryingMachine } = await recipe<Retrying>('retrying-machine.ts');
    const { watchChild } = await recipe<{ watchChild(actor: unknown, say: (line: string) => void): void }>(
      'watch-child.ts',
    );
    const clock = new SimulatedClock();
    const actor = createActor(retryingMachine, { clock, input: { options, retries } });
    const lines: string[] = [];
    watchChild(actor, (line) => lines.push(line));
    actor.start();
    const in_ = (state: string) => waitFor(actor, ({ value }) => value === state);
    return { actor, clock, lines, in: in_ };
  }

  test('is less than 50 lines, and casts nothing but types that are declared', () => {
    const { text } = blocks.find(({ file }) => file === 'retrying-machine.ts') as Block;
    expect(text.trimEnd().split('\n').length).toBeLessThan(50);
    expect(text.match(/ as (?!\{)/g)).toBeNull();
  });

  test('moves, and says what its transfer emits', async () => {
    const { options, moved } = memories();
    const run = await started(options);
    await run.in('moved');
    expect(moved()).toBe(travelling);
    expect(run.lines).toContain(`entities: ${travelling}`);
  });

  test('tries again after a while where that can help, with the options of its context', async () => {
    const { options, moved } = memories();
    const whole = options.from as TransferSource;
    let opened = 0;
    const from: TransferSource = {
      ...whole,
      async open() {
        opened += 1;
        await (opened === 1 ? sourceIsGone() : whole.open());
      },
    };
    const run = await started({ ...options, from }, 1);
    await run.in('waiting');
    run.clock.increment(5000);
    await run.in('moved');
    expect([opened, moved()]).toEqual([2, travelling]);
    expect(run.lines).toContain(`entities: ${travelling}`);
  });

  test('fails where no retry is left, and where an option is wrong', async () => {
    const { options } = memories();
    await (await started({ ...options, throttle: -1 }, 3)).in('failed');
    const from: TransferSource = {
      ...(options.from as TransferSource),
      open: sourceIsGone,
    };
    await (await started({ ...options, from })).in('failed');
  });

  test('aborts its transfer, and stops it', async () => {
    for (const type of ['abort', 'cancel']) {
      const run = await started({ from: endlessSource(), to: createMemoryStore().destination() }, 3);
      run.actor.send({ type });
      await run.in('failed');
    }
  });
});

describe('json-file-store.ts', () => {
  test('passes the contract suite, as json-file-store.test.ts runs it', async () => {
    const file = fileOf('json-file-store.test.ts').replace(/ts$/, 'js');
    const said = await runWell(process.execPath, ['--test', '--test-reporter=tap', file], {
      cwd: kitchen.folder,
    });
    const count = (what: string) => Number(new RegExp(`^# ${what} (\\d+)$`, 'm').exec(said)?.[1]);
    expect(count('pass')).toBe(storeContract(() => createMemoryStore()).length);
    expect(count('fail') + count('skipped') + count('todo')).toBe(0);
  });

  test('takes a transfer and gives it again', async () => {
    const { createJsonFileStore } = await recipe<{
      createJsonFileStore(path: string): Pick<MemoryStore, 'source' | 'destination'>;
    }>('json-file-store.ts');
    const path = join(kitchen.folder, 'content.json');
    const store = createJsonFileStore(path);
    await createTransfer({ from: createMemoryStore(smallContent).source(), to: store.destination() }).done;
    expect(JSON.parse(await readFile(path, 'utf8')).rows.entities).toHaveLength(travelling);
    const again = createMemoryStore();
    await createTransfer({ from: store.source(), to: again.destination() }).done;
    expect(again.content().assets).toHaveLength(smallContent.assets.length);
  });
});

test('content.yml is YAML whose command lines pull the content', async () => {
  const workflow = parse(await readFile(fileOf('content.yml'), 'utf8')) as {
    readonly jobs: {
      readonly pull: {
        readonly env: Readonly<Record<string, string>>;
        readonly steps: readonly { readonly run?: string; readonly uses?: string }[];
      };
    };
  };
  const { env, steps } = workflow.jobs.pull;
  expect(env).toEqual({
    STRAPI_URL: '$' + '{{ vars.STRAPI_URL }}',
    STRAPI_TRANSFER_FROM_TOKEN: '$' + '{{ secrets.STRAPI_TRANSFER_FROM_TOKEN }}',
  });
  const settings = {
    cwd: kitchen.folder,
    env: { STRAPI_URL: server.admin, STRAPI_TRANSFER_FROM_TOKEN: server.token },
  };
  const [install, ...lines] = steps.flatMap((step) => step.run ?? []);
  // The command comes from the lock file, never from a name that a stranger could own.
  expect([install, lines.length]).toEqual(['npm ci', 2]);
  const said = [];
  for (const line of lines) said.push(await runWell('bash', ['-euo', 'pipefail', '-c', line], settings));
  expect(JSON.parse(said[1] ?? '')).toMatchObject({ event: 'result', ok: true, exitCode: 0 });
  expect(await readdir(join(kitchen.folder, 'content/assets/uploads'))).toHaveLength(4);
});

describe('nightly-backup.mjs', () => {
  const backUp = (today: string, token: string) =>
    run(process.execPath, [fileOf('nightly-backup.mjs')], {
      cwd: kitchen.folder,
      env: { STRAPI_URL: server.admin, STRAPI_TRANSFER_FROM_TOKEN: token, TODAY: today, KEEP: '3' },
    });
  const kept = async () => (await readdir(join(kitchen.folder, 'backups'))).sort();

  test('keeps the newest, and all of them where it fails', async () => {
    const days = ['2026-01-30', '2026-01-31', '2026-02-01', '2026-02-02', '2026-02-03'];
    for (const day of days)
      expect(await backUp(day, server.token)).toMatchObject({ exitCode: 0, stderr: '' });
    const newest = days.slice(-3);
    expect(await kept()).toEqual(newest);
    expect(await readdir(join(kitchen.folder, 'backups/2026-02-03/assets/uploads'))).toHaveLength(4);

    expect((await backUp('2026-02-04', 'wrong')).exitCode).toBe(1);
    expect(await kept()).toEqual(newest);
  });

  test('keeps seven where nothing else is said', () => {
    const { text } = blocks.find(({ file }) => file === 'nightly-backup.mjs') as Block;
    expect(text).toContain("KEEP = '7'");
  });
});

test('every block of the page is run here', () => {
  expect([...tried].sort()).toEqual(blocks.map(({ file }) => file).sort());
});
