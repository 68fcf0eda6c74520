import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createInspector } from '../../src/inspector/inspector.js';
import { startChromium } from '../support/chromium.js';
import { situations } from '../support/page-scenes.js';
import { watchTransfer } from '../support/watched-transfer.js';

// `npm run pictures` takes those of the docs again, and one of every screen to look at: look at them before you commit.
const docs = fileURLToPath(new URL('../../docs/images', import.meta.url));
const screens = process.env['FERRY_PICTURES'] ?? 'coverage/pictures';
const recording = (name: string) => `test/fixtures/inspections/${name}.jsonl`;
let browser: Browser;

beforeAll(async () => {
  browser = await startChromium();
  await mkdir(screens, { recursive: true });
});
afterAll(() => browser.close());

const sizes = [
  [1440, 900],
  [1024, 768],
  [768, 1024],
  [390, 844],
] as const;

describe.each([...Object.keys(situations), 'recording'])('%s', (situation) => {
  test.each(sizes)('%i by %i, every screen, light and dark', { timeout: 120_000 }, async (width, height) => {
    const inspector = await createInspector({ port: 0, control: true, onControl: () => {} });
    const page = await browser.newPage({ viewport: { width, height }, reducedMotion: 'reduce' });
    await page.goto(inspector.url);
    if (situation === 'recording') {
      await page.locator('input[type=file]').setInputFiles(recording('retry'));
    } else {
      const { header, records } = situations[situation as keyof typeof situations]();
      const sink = inspector.sink();
      sink.begin?.(header);
      await sink.write(records);
    }
    for (const name of await tabs(page)) {
      await page.getByRole('tab', { name, exact: true }).click();
      if (name === 'Chart') await page.locator('[data-state]').first().waitFor();
      if (name === 'Compare') {
        await page
          .getByLabel('Compare with another recording')
          .setInputFiles(recording(situation === 'recording' ? 'push' : 'retry'));
        await page.locator('.pairs').waitFor();
      }
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme });
        await page.screenshot({
          path: `${screens}/${situation}-${width}-${name.toLowerCase()}-${colorScheme}.png`,
        });
      }
    }
    await page.close();
    await inspector.close();
  });
});

async function tabs(page: Page): Promise<readonly string[]> {
  await page.getByRole('tab').first().waitFor();
  return page.getByRole('tablist', { name: 'Views' }).getByRole('tab').allTextContents();
}

describe('for the docs', () => {
  test('page-stalled, the first screen of a push whose server hangs', async () => {
    const inspector = await createInspector({ port: 0 });
    const page = await browser.newPage({ viewport: { width: 1120, height: 600 } });
    await page.goto(inspector.url);
    const { header, records } = situations.stalled();
    const sink = inspector.sink();
    sink.begin?.(header);
    await sink.write(records);
    await page
      .getByText(/no bytes from/)
      .first()
      .waitFor();
    const picture = await page.screenshot({ path: `${docs}/page-stalled.png` });
    expect(picture.length).toBeLessThan(150_000);
    await page.close();
    await inspector.close();
  });
});

describe('of a transfer for the docs', () => {
  let watched: Awaited<ReturnType<typeof watchTransfer>>;
  beforeAll(async () => {
    watched = await watchTransfer();
  });
  afterAll(async () => {
    await watched.end();
    await watched.close();
  });

  test.each([
    { name: 'page-chart', width: 1120, height: 600, colorScheme: 'light', tab: 'Chart' },
    { name: 'page-conversation', width: 360, height: 640, colorScheme: 'dark', tab: 'Talk' },
  ] as const)('$name, in the middle of a transfer', async ({ name, width, height, colorScheme, tab }) => {
    const page = await browser.newPage({ viewport: { width, height }, colorScheme });
    await page.goto(watched.url);
    if (tab === 'Talk') await page.getByRole('tab', { name: 'Actors' }).click();
    const lifecycle = page.locator('[data-path="transfer/destination/lifecycle"]');
    await lifecycle.getByText('transferring.streaming').waitFor();
    await lifecycle.click();
    await page.getByRole('tab', { name: tab }).click();
    await page.locator('[data-active="true"], .arrow').first().waitFor();
    const picture = await page.screenshot({ path: `${docs}/${name}.png` });
    expect(picture.length).toBeLessThan(150_000);
    await page.close();
  });
});
