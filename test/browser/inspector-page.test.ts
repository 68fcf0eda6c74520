import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { stateText } from '../../src/inspector/page/model/text.js';
import { seriousFaultsInViews } from '../support/browser-page.js';
import { startChromium } from '../support/chromium.js';
import { watchTransfer } from '../support/watched-transfer.js';

let watched: Awaited<ReturnType<typeof watchTransfer>>;
let browser: Browser;
const asked = new Set<string>();
const wrong: string[] = [];

async function open(hash = '', viewport = { width: 1440, height: 900 }): Promise<Page> {
  const page = await browser.newPage({ viewport });
  page.on('request', (request) => asked.add(new URL(request.url()).origin));
  page.on('websocket', (socket) => asked.add(new URL(socket.url()).origin.replace(/^ws/, 'http')));
  page.on('pageerror', (error) => wrong.push(String(error)));
  page.on('console', (message) => message.type() === 'error' && wrong.push(message.text()));
  await page.goto(watched.url + hash);
  return page;
}

const actor = (page: Page, path: string) => page.locator(`[data-path="${path}"]`).first();

beforeAll(async () => {
  [watched, browser] = await Promise.all([watchTransfer(), startChromium()]);
});
afterAll(async () => {
  await browser.close();
  await watched.close();
});

describe('during a transfer over a real socket', () => {
  let page: Page;
  beforeAll(async () => {
    page = await open();
    // It stands before its links.
    await actor(page, 'transfer').getByText('transferring.links.moving').waitFor();
  });
  afterAll(() => page.close());

  test('the lit state of the chart is the state of the actor', async () => {
    await actor(page, 'transfer').click();
    await page.getByRole('tab', { name: 'Chart' }).click();
    const state = stateText(watched.transfer.actor.getSnapshot().value);
    await page.locator(`[data-state="transfer.${state}"][data-active="true"]`).waitFor();
    expect(await page.getByTestId('state').textContent()).toBe(state);
    const lit = await page
      .locator('[data-active="true"]')
      .evaluateAll((boxes) => boxes.map((box) => box.getAttribute('data-state')));
    const path = ['transfer', ...state.split('.')];
    expect(lit).toEqual(path.map((_, depth) => path.slice(0, depth + 1).join('.')));
  });

  test('client and server stand side by side', async () => {
    expect(await page.getByRole('tree').count()).toBe(2);
    await page.getByRole('tree', { name: 'server' }).getByText('serving').waitFor();
  });

  test('the conversation shows each message with its answer', async () => {
    await page.getByRole('tab', { name: 'Conversation' }).click();
    await page.getByRole('option', { name: /client to server: links\.start/ }).waitFor();
    await page.getByRole('option', { name: /server to client: answer to links\.start .*ms/ }).waitFor();
    await page.getByRole('tab', { name: 'Chart' }).click();
  });

  test('a search finds', async () => {
    await page.getByRole('searchbox').fill('request.stepStart entities');
    const lines = page.getByRole('listbox', { name: 'What happened' }).getByRole('option');
    await page.getByLabel('events').check();
    await lines.first().waitFor();
    for (const text of await lines.allTextContents()) expect(text).toContain('stepStart');
    await page.getByRole('searchbox').fill('nothing has this name');
    await page.getByText('0 lines').waitFor();
    await page.getByRole('searchbox').fill('');
  });

  test('going back shows the earlier state, a link leads there again, and now is now', async () => {
    await page.getByRole('slider', { name: 'Moment' }).press('Home');
    await actor(page, 'transfer').waitFor({ state: 'detached' });
    for (let step = 0; step < 3; step += 1) {
      await page.getByRole('slider', { name: 'Moment' }).press('Shift+ArrowRight');
    }
    const earlier = await actor(page, 'transfer').textContent();
    expect(earlier).not.toContain('transferring');
    await page.waitForFunction(() => location.hash.includes('at='));
    const linked = await open(new URL(page.url()).hash);
    await actor(linked, 'transfer')
      .getByText(earlier?.replace('transfer ', '') ?? '')
      .waitFor();
    await linked.close();
    await page.getByRole('button', { name: 'Now' }).click();
    await actor(page, 'transfer').getByText('transferring.links.moving').waitFor();
  });

  test('can be read by a screen reader, wide and narrow', async () => {
    for (const width of [1440, 360]) {
      const other = await open('', { width, height: 800 });
      if (width === 360) await other.getByRole('tab', { name: 'Actors' }).click();
      await actor(other, 'transfer').waitFor();
      expect(await seriousFaultsInViews(other)).toEqual([]);
      await other.close();
    }
  }, 60_000);

  test('the end of the transfer is seen', async () => {
    await watched.end();
    await actor(page, 'transfer').getByText('completed').waitFor();
  });

  test('nobody else was asked for anything, and nothing went wrong', () => {
    expect([...asked]).toEqual([new URL(watched.url).origin]);
    expect(wrong).toEqual([]);
  });
});
