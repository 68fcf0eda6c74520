import { afterAll, beforeAll, expect, test } from 'vitest';
import { startChromium } from '../support/chromium.js';
import { watchTransfer } from '../support/watched-transfer.js';

// `npm run screenshots` takes the pictures of the docs, and more of them into a folder that FERRY_SCREENSHOTS names.
const folder = process.env['FERRY_SCREENSHOTS'] ?? '';
let watched: Awaited<ReturnType<typeof watchTransfer>>;
let browser: Awaited<ReturnType<typeof startChromium>>;

beforeAll(async () => {
  watched = await watchTransfer();
  browser = await startChromium();
});
afterAll(async () => {
  await watched.end();
  await browser.close();
  await watched.close();
});

test.runIf(folder !== '')(
  'the page in the middle of a transfer',
  async () => {
    for (const colorScheme of ['light', 'dark'] as const) {
      for (const [width, height] of [
        [360, 740],
        [1440, 900],
      ] as const) {
        const page = await browser.newPage({ viewport: { width, height }, colorScheme });
        page.on('console', (message) => console.log(message.text()));
        page.on('pageerror', (error) => console.log(error));
        await page.goto(watched.url);
        const name = `${folder}/${width}-${colorScheme}`;
        const tabs =
          width === 360
            ? ['Actors', 'Chart', 'Talk', 'Log', 'Context', 'Progress']
            : ['Chart', 'Conversation', 'Progress'];
        await page.waitForSelector('[data-path="transfer/destination/lifecycle"]');
        await page.click('[data-path="transfer/destination/lifecycle"]');
        for (const tab of tabs) {
          await page.getByRole('tab', { name: tab }).click();
          if (tab === 'Chart') await page.waitForSelector('[data-active="true"]');
          await page.waitForTimeout(400);
          await page.screenshot({ path: `${name}-${tab}.png` });
        }
        expect(await page.title()).toContain('Ferry');
        await page.close();
      }
    }
  },
  120_000,
);
