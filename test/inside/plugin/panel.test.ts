import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { seriousFaults } from '../../support/browser-page.js';
import { startChromium } from '../../support/chromium.js';
import { freePort } from '../../support/free-port.js';
import { openRaw, say } from '../../support/raw-client.js';
import { isSoak } from '../../support/soak.js';
import { type StrapiWithPlugin, startStrapiWithPlugin } from '../support/strapi-with-plugin.js';

// Strapi's build of its panel takes half a minute.
describe.runIf(isSoak)('the page in the admin panel', () => {
  let strapi: StrapiWithPlugin;
  let browser: Browser;
  beforeAll(async () => {
    const ferry = { enabled: true, config: { inspect: await freePort() } };
    [strapi, browser] = await Promise.all([
      startStrapiWithPlugin({ panelToo: true, ferry }),
      startChromium(),
    ]);
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

  const settings = () => `http://127.0.0.1:${strapi.port}/admin/settings/ferry`;

  const beginPush = async () => {
    const url = `ws://127.0.0.1:${strapi.port}/admin/transfer/runner/push`;
    const push = await openRaw(url, strapi.tokens.push);
    await push.ask(say.command('init', { transfer: 'push' }));
    await push.ask(say.action('bootstrap'));
    return push;
  };

  test('is whole when empty, when a push has failed, in a narrow window and in the dark; a keyboard stops', async () => {
    const page = await openAs('grace@example.com');
    await page.goto(settings());
    await page.getByText('No transfer has begun since this Strapi started').waitFor();
    const faults = async () => seriousFaults(page, 'main');
    expect(await faults()).toEqual([]);

    const failing = await beginPush();
    await failing.ask(say.action('beforeTransfer'));
    await failing.ask(say.step('start', 'entities'));
    await failing
      .ask(say.step('stream', 'entities', [{ type: 'api::none.none', id: 1, data: {} }]))
      .catch(() => {});
    failing.socket.close();
    await page.getByText(/^Failed: /).waitFor();
    const push = await beginPush();
    const stop = page.getByRole('button', { name: /^Stop the push by test/ });
    await stop.waitFor();
    expect(await faults()).toEqual([]);
    await page.setViewportSize({ width: 420, height: 800 });
    expect(await faults()).toEqual([]);
    await page.setViewportSize({ width: 1400, height: 800 });
    await page.evaluate(() => localStorage.setItem('STRAPI_THEME', 'dark'));
    await page.reload();
    await stop.waitFor();
    expect(await faults()).toEqual([]);

    await stop.focus();
    await page.keyboard.press('Enter');
    await page.getByText('Stop this transfer?').waitFor();
    await shown(page);
    await page.keyboard.press('Escape');
    await expect.poll(() => stop.evaluate((button) => button === document.activeElement)).toBe(true);
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Confirm' }).focus();
    await page.keyboard.press('Enter');
    expect((await push.closed).reason).toContain('an administrator stopped it');
  });

  test('leads to the charts of what runs, and says how from another machine', async () => {
    const push = await beginPush();
    const page = await openAs('joan@example.com');
    await page.goto(settings());
    await page.getByText(/on another one the link works through a tunnel: ssh -L/).waitFor();
    const [charts] = await Promise.all([
      page.context().waitForEvent('page'),
      page.getByRole('link', { name: 'The charts at work' }).click(),
    ]);
    await charts.getByRole('treeitem', { name: 'session serving.idle' }).click();
    await charts.getByRole('tab', { name: 'Chart' }).click();
    await charts.locator('[data-state="session"]').waitFor();
    push.socket.terminate();
    await push.closed;
  });

  test('shows what runs and what ended, and stops what runs once that is confirmed', async () => {
    const page = await openAs('ada@example.com');
    const url = `ws://127.0.0.1:${strapi.port}/admin/transfer/runner`;
    const pull = await openRaw(`${url}/pull`, strapi.tokens.full);
    await pull.ask(say.command('init', { transfer: 'pull' }));
    await pull.ask(say.command('end', { transferID: pull.transferID }));
    pull.socket.close();
    await pull.closed;
    const push = await beginPush();

    await page.goto(settings());
    await page.getByText('Running').waitFor();
    await page.getByRole('button', { name: 'Stop' }).click();
    await page.getByText('Stop this transfer?').waitFor();
    await shown(page);
    await page.getByRole('button', { name: 'Confirm' }).click();
    expect((await push.closed).reason).toContain('an administrator stopped it');
    await page.getByText('Stopped by Ada Lovelace').first().waitFor();
    const reader = await openAs('reader@example.com', ['plugin::ferry.read']);
    await reader.goto(settings());
    await reader.getByText('Stopped by Ada Lovelace').first().waitFor();
    expect(await reader.getByRole('button', { name: 'Stop' }).count()).toBe(0);
    const other = await openAs('other@example.com', ['admin::webhooks.read']);
    await other.goto(`http://127.0.0.1:${strapi.port}/admin/settings/webhooks`);
    await other.getByRole('link', { name: 'Webhooks' }).waitFor();
    expect(await other.getByRole('link', { name: 'Ferry' }).count()).toBe(0);
    await page.evaluate(() => localStorage.setItem('STRAPI_THEME', 'dark'));
    await page.reload();
    await page.getByText('Stopped by Ada Lovelace').first().waitFor();
  });
});
