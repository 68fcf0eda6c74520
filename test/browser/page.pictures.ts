import { afterAll, beforeAll, expect, test } from 'vitest';
import { startChromium } from '../support/chromium.js';
import { watchTransfer } from '../support/watched-transfer.js';

// `npm run pictures` takes those of the docs anew: look at them before you commit them.
const folder = process.env['FERRY_PICTURES'] ?? 'docs/images';
let watched: Awaited<ReturnType<typeof watchTransfer>>;
let browser: Awaited<ReturnType<typeof startChromium>>;

beforeAll(async () => {
  [watched, browser] = await Promise.all([watchTransfer(), startChromium()]);
});
afterAll(async () => {
  await watched.end();
  await browser.close();
  await watched.close();
});

test.each([
  { name: 'page-chart', width: 1120, height: 600, colorScheme: 'light', tab: 'Chart' },
  { name: 'page-conversation', width: 360, height: 640, colorScheme: 'dark', tab: 'Talk' },
] as const)('$name, in the middle of a transfer', async ({ name, width, height, colorScheme, tab }) => {
  const page = await browser.newPage({ viewport: { width, height }, colorScheme });
  await page.goto(watched.url);
  const lifecycle = page.locator('[data-path="transfer/destination/lifecycle"]');
  await lifecycle.getByText('transferring.streaming').waitFor();
  await lifecycle.click();
  await page.getByRole('tab', { name: tab }).click();
  await page.locator('[data-active="true"], .arrow').first().waitFor();
  const picture = await page.screenshot({ path: `${folder}/${name}.png` });
  expect(picture.length).toBeLessThan(150_000);
  await page.close();
});
