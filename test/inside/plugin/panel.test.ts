import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startChromium } from '../../support/chromium.js';
import { openRaw, say } from '../../support/raw-client.js';
import { isSoak } from '../../support/soak.js';
import { type StrapiWithPlugin, startStrapiWithPlugin } from '../support/strapi-with-plugin.js';

// Strapi's build of its panel takes half a minute.
describe.runIf(isSoak)('the page in the admin panel', () => {
  let strapi: StrapiWithPlugin;
  let browser: Browser;
  beforeAll(async () => {
    [strapi, browser] = await Promise.all([startStrapiWithPlugin({ panelToo: true }), startChromium()]);
  }, 240_000);
  afterAll(async () => {
    await browser?.close();
    await strapi?.stop();
  });

  async function openAs(email: string, actions?: readonly string[]): Promise<Page> {
    const password = 'Password-of-a-test-1';
    await strapi.inside('createAdmin', { email, password, actions });
    const context = await browser.newContext({ viewport: { width: 1400, height: 800 } });
    const page = await context.newPage();
    await page.goto(`http://127.0.0.1:${strapi.port}/admin/auth/login`);
    await page.getByLabel(/Email/).fill(email);
    await page.getByLabel(/^Password/).fill(password);
    await page.getByRole('button', { name: 'Login' }).click();
    await page.waitForURL(/\/admin\/?$/);
    return page;
  }

  /** Once nothing moves any more. */
  const shown = (page: Page) =>
    page.evaluate(() => Promise.all(document.getAnimations().map(({ finished }) => finished)));

  test('shows what runs and what ended, and stops what runs once that is confirmed', async () => {
    const page = await openAs('ada@example.com');
    const url = `ws://127.0.0.1:${strapi.port}/admin/transfer/runner`;
    const pull = await openRaw(`${url}/pull`, strapi.tokens.full);
    await pull.ask(say.command('init', { transfer: 'pull' }));
    await pull.ask(say.command('end', { transferID: pull.transferID }));
    pull.socket.close();
    await pull.closed;
    const push = await openRaw(`${url}/push`, strapi.tokens.push);
    await push.ask(say.command('init', { transfer: 'push' }));
    await push.ask(say.action('bootstrap'));

    await page.goto(`http://127.0.0.1:${strapi.port}/admin/settings/ferry`);
    await page.getByText('Running').waitFor();
    await page.getByRole('button', { name: 'Stop' }).click();
    await page.getByText('Stop this transfer?').waitFor();
    await shown(page);
    await page.getByRole('button', { name: 'Confirm' }).click();
    expect((await push.closed).reason).toContain('an administrator stopped it');
    await page.getByText('Stopped by Ada Lovelace').waitFor();
    const reader = await openAs('reader@example.com', ['plugin::ferry.read']);
    await reader.goto(`http://127.0.0.1:${strapi.port}/admin/settings/ferry`);
    await reader.getByText('Stopped by Ada Lovelace').waitFor();
    expect(await reader.getByRole('button', { name: 'Stop' }).count()).toBe(0);
    const other = await openAs('other@example.com', ['admin::webhooks.read']);
    await other.goto(`http://127.0.0.1:${strapi.port}/admin/settings/webhooks`);
    await other.getByRole('link', { name: 'Webhooks' }).waitFor();
    expect(await other.getByRole('link', { name: 'Ferry' }).count()).toBe(0);
    await page.evaluate(() => localStorage.setItem('STRAPI_THEME', 'dark'));
    await page.reload();
    await page.getByText('Stopped by Ada Lovelace').waitFor();
  });
});
