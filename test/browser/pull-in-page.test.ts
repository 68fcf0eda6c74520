import { type ChildProcess, spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startChromium } from '../support/chromium.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'ferry-page-'));
const sample = join(root, 'test/fixtures/sample-export');
let child: ChildProcess;
let browser: Browser;
let url: string;

/** `npm start`, as its README says, beside the packages that it names. */
async function start(): Promise<string> {
  cpSync(join(root, 'docs/examples/browser'), folder, { recursive: true });
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(root, join(folder, 'node_modules/strapi-ferry'));
  symlinkSync(join(root, 'node_modules/vite'), join(folder, 'node_modules/vite'));
  const env = { ...process.env, PORT: '0' };
  child = spawn(process.execPath, ['server.mjs', sample], {
    cwd: folder,
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  for await (const line of createInterface({ input: child.stdout as NodeJS.ReadableStream })) {
    const [, address] = /^The page: (http:\S+)/.exec(line) ?? [];
    if (address !== undefined) return address;
  }
  throw new Error('the example has ended, and said no address');
}

beforeAll(async () => {
  [url, browser] = await Promise.all([start(), startChromium()]);
});
afterAll(async () => {
  await browser.close();
  child.kill();
  rmSync(folder, { recursive: true });
});

test('the page of the example pulls with a ticket, and watches the charts that do it', async () => {
  const page = await browser.newPage();
  const wrong: string[] = [];
  const asked: string[] = [];
  page.on('pageerror', (error) => wrong.push(String(error)));
  page.on('console', (message) => message.type() === 'error' && wrong.push(message.text()));
  page.on('websocket', (socket) => asked.push(socket.url()));
  await page.goto(url);
  await page.getByText(/^\d+ articles, \d+ records of the charts$/).waitFor();
  expect(await page.getByRole('listitem').allTextContents()).toContain('Under the Galata bridge');
  // The ticket is not in the URL.
  expect(asked).toEqual([`${url.replace('http', 'ws')}/admin/transfer/runner/pull`]);
  expect(wrong).toEqual([]);
  await page.close();
});

const otherSite = 'data:text/html,<title>of another site</title>';

test.each([
  ['the page of the example', undefined, 'open'],
  ['a page of another site', otherSite, 'closed'],
])('%s: a ticket lets in no page but that of a named origin', async (_, address, expected) => {
  const response = await fetch(`${url}/ticket`, { method: 'POST', headers: { cookie: 'user=visitor' } });
  const { ticket } = (await response.json()) as { readonly ticket: string };
  const page = await browser.newPage();
  await page.goto(address ?? url);
  const opens = (protocols: readonly string[]) =>
    page.evaluate(
      ([server, names]) =>
        new Promise<string>((resolve) => {
          const socket = new WebSocket(`${server}/admin/transfer/runner/pull`, [...names]);
          socket.onopen = () => resolve('open');
          socket.onclose = () => resolve('closed');
        }),
      [url.replace('http', 'ws'), protocols] as const,
    );
  expect(await opens([])).toBe('closed');
  const shown = ['strapi-ferry', `strapi-ferry.ticket.${ticket}`];
  expect(await opens(shown)).toBe(expected);
  // A ticket opens one connection.
  expect(await opens(shown)).toBe('closed');
  await page.close();
});
