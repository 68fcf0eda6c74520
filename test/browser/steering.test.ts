import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startChromium } from '../support/chromium.js';
import { cleanUps } from '../support/clean-ups.js';
import { type CommandEvent, outcomeOf, startProcess } from '../support/command.js';
import { runHeldServer } from '../support/held-server.js';

const sample = fileURLToPath(new URL('../fixtures/sample-export', import.meta.url));

let browser: Browser;
beforeAll(async () => {
  browser = await startChromium();
});
afterAll(() => browser.close());

/** A push by the built command that waits where its entities begin, and its page. */
async function pushHeld(follow: (link: string) => string = (link) => link) {
  const server = await runHeldServer();
  cleanUps.push(() => server.close());
  const command = startProcess([
    ...['transfer', '--from', sample, '--to', server.admin, '--to-token', server.token],
    ...['--json', '--force', '--inspect', '0', '--inspect-control'],
  ]);
  cleanUps.push(() => command.kill('SIGKILL'));
  const noted = (await command.event(({ event }) => event === 'note')) as CommandEvent & { text: string };
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  cleanUps.push(() => page.close());
  await page.goto(follow(/http:\/\/\S+/.exec(noted.text)?.[0] ?? ''));
  await stands(page, 'transferring.entities.moving');
  return { server, command, page };
}

const stands = (page: Page, state: string) =>
  page.locator('[data-path="transfer"]').first().getByText(state).waitFor();
const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });
const press = (page: Page, name: string) => button(page, name).click();

test('the buttons pause a transfer between its stages, let it go on, and abort it', async () => {
  const { server, command, page } = await pushHeld();
  expect(await button(page, 'Resume').isDisabled()).toBe(true);
  expect(await button(page, 'Pause').getAttribute('title')).toBe('Pauses after entities.');
  await press(page, 'Pause');
  await page.getByText('pausing after entities').waitFor();
  expect(await button(page, 'Pause').isDisabled()).toBe(true);
  server.letGo();
  await stands(page, 'transferring.assets.paused');
  await page.getByRole('region', { name: 'Outcome' }).getByText('before assets').waitFor();
  await page.getByRole('tab', { name: 'Chart' }).click();
  await page.locator('[data-path="transfer"]').first().click();
  await page.locator('[data-state="transfer.transferring.assets.paused"][data-active="true"]').waitFor();
  await press(page, 'Abort');
  await page.getByRole('dialog').getByText('becomes it again').waitFor();
  await press(page, 'Leave it');
  await page.getByRole('dialog').waitFor({ state: 'hidden' });
  await stands(page, 'transferring.assets.paused');
  await press(page, 'Abort');
  await press(page, 'Yes: abort');
  expect(outcomeOf(await command.done)).toMatchObject({ exitCode: 130, error: { code: 'ABORTED' } });
});

test('one of them lets it go on to its end', async () => {
  const { server, command, page } = await pushHeld();
  await press(page, 'Pause');
  await page.getByText('pausing after entities').waitFor();
  server.letGo();
  await stands(page, 'transferring.assets.paused');
  await press(page, 'Resume');
  expect(outcomeOf(await command.done)).toMatchObject({ exitCode: 0 });
});

test('one of them cuts its socket', async () => {
  const { command, page } = await pushHeld();
  await press(page, 'Cut the socket');
  await press(page, 'Yes: cut the socket');
  expect(outcomeOf(await command.done)).toMatchObject({ exitCode: 4, error: { code: 'CONNECTION_CLOSED' } });
});

test('a page that was opened without the token has none', async () => {
  const { server, command, page } = await pushHeld((link) => link.replace(/#.*/, ''));
  expect(await page.getByRole('button', { name: 'Cut the socket' }).count()).toBe(0);
  server.letGo();
  expect(outcomeOf(await command.done)).toMatchObject({ exitCode: 0 });
});
