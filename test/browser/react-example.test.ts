import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startChromium } from '../support/chromium.js';

const folder = fileURLToPath(new URL('../../docs/examples/react', import.meta.url));

let child: ChildProcess;
let browser: Browser;
let url: string;
const asked = new Set<string>();
const wrong: string[] = [];

/** `npm start`, as its README says, on ports that are free. */
async function start(): Promise<string> {
  const env = { ...process.env, PORT: '0', INSPECTOR_PORT: '0' };
  // A group of its own: npm, and what it starts.
  child = spawn('npm', ['start'], { cwd: folder, env, detached: true, stdio: ['ignore', 'pipe', 'inherit'] });
  for await (const line of createInterface({ input: child.stdout as NodeJS.ReadableStream })) {
    const [, address] = /^The app: +(http:\S+)/.exec(line) ?? [];
    if (address !== undefined) return address;
  }
  throw new Error('npm start has ended, and said no address');
}

beforeAll(async () => {
  [url, browser] = await Promise.all([start(), startChromium()]);
});
afterAll(async () => {
  await browser.close();
  process.kill(-(child.pid ?? 0), 'SIGTERM');
});

async function open(): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  context.on('request', (request) => asked.add(new URL(request.url()).hostname));
  const page = await context.newPage();
  page.on('pageerror', (error) => wrong.push(String(error)));
  page.on('console', (message) => message.type() === 'error' && wrong.push(message.text()));
  await page.goto(url);
  return page;
}

/** What its progress view has said so far, in order: `Entries 3`, `Moving relations …`. */
function said(page: Page): Promise<readonly string[]> {
  return page.evaluate(() => (window as unknown as { said: readonly string[] }).said);
}

/** Nothing that passes is waited for: it is noted as it passes. */
async function note(page: Page): Promise<void> {
  await page.evaluate(() => {
    const texts: string[] = [];
    Object.assign(window, { said: texts });
    const look = () => {
      for (const element of document.querySelectorAll('li[aria-current], [role=status]')) {
        const text = [...element.childNodes]
          .map(({ textContent }) => textContent?.trim())
          .filter(Boolean)
          .join(' ');
        if (!texts.includes(text)) texts.push(text);
      }
    };
    new MutationObserver(look).observe(document.body, {
      subtree: true,
      childList: true,
      characterData: true,
    });
  });
}

const count = (page: Page, stage: string) =>
  page.getByRole('listitem').filter({ hasText: stage }).locator('.count').textContent();

test('the app shows a transfer up to its end, and the inspector beside it the chart', async () => {
  const page = await open();
  const opened = page.waitForEvent('popup');
  await page.getByRole('link', { name: 'Open the inspector beside it' }).click();
  const inspector = await opened;
  await inspector.getByRole('tab', { name: 'Chart' }).click();

  await note(page);
  await page.getByRole('button', { name: 'Publish' }).click();
  const transfer = inspector.locator('[data-path="transfer"]');
  await transfer.click();
  await page.getByText('Published. Everything has arrived.').waitFor();
  const counts = [];
  for (const stage of ['Entries', 'Files', 'Relations', 'Settings']) counts.push(await count(page, stage));
  expect(counts).toEqual(['24', '4', '74', '8']);
  const all = await said(page);
  expect(all).toEqual(
    expect.arrayContaining([
      'Moving entries …',
      'Moving relations …',
      expect.stringMatching(/^Files \d of 4$/),
      'Published. Everything has arrived.',
    ]),
  );
  // Row after row, not only the first and the last.
  expect(all.filter((text) => /^Relations \d+( of \d+)?$/.test(text)).length).toBeGreaterThan(10);

  await inspector.locator('[data-state="transfer.completed"][data-active="true"]').waitFor();
  expect(await transfer.textContent()).toBe('transfer completed');
  await inspector.getByRole('tree', { name: 'server' }).getByText('session').waitFor();
  await page.context().close();
});

test('a transfer is aborted from the app, and the next one runs to its end', async () => {
  const page = await open();
  await page.getByRole('button', { name: 'Publish' }).click();
  await page.getByRole('button', { name: 'Abort' }).click();
  await page.getByText('The transfer was aborted by the user.').waitFor();
  await page.getByRole('button', { name: 'Try again' }).click();
  await page.getByText('Published. Everything has arrived.').waitFor();
  expect(await page.getByText('aborted').count()).toBe(0);
  await page.context().close();
});

test('a lost connection is told with its reason and its code, and can be tried again', async () => {
  const page = await open();
  await page.getByRole('button', { name: 'Publish' }).click();
  await page.getByText('Moving entries …').waitFor();
  await page.getByRole('button', { name: 'Cut the connection' }).click();
  const alert = page.getByRole('alert');
  await alert.getByText('CONNECTION_CLOSED').waitFor();
  expect(await alert.textContent()).toMatch(/^Not published.{20,}/);
  await page.getByRole('button', { name: 'Try again' }).click();
  await page.getByText('Moving entries …').waitFor();
  expect(await alert.count()).toBe(0);
  await page.context().close();
});

test('nobody else was asked for anything, and nothing went wrong', () => {
  expect([...asked]).toEqual(['127.0.0.1']);
  expect(wrong).toEqual([]);
});
