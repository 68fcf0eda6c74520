import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { createInspector, type Inspector } from '../../src/inspector/inspector.js';
import { startChromium } from './chromium.js';

/** An inspector, and its page in a browser. */
export interface InspectorPage {
  readonly browser: Browser;
  readonly inspector: Inspector;
  readonly page: Page;
}

/** Opens a page before each test, and closes it behind it. `prepare` is called with what there is, before it is opened. */
export function openBeforeEach(prepare: (opened: InspectorPage) => unknown): void {
  let browser: Browser;
  let inspector: Inspector;
  let page: Page;
  beforeAll(async () => {
    browser = await startChromium();
  });
  afterAll(() => browser.close());
  beforeEach(async () => {
    inspector = await createInspector({ port: 0 });
    page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
    await prepare({ browser, inspector, page });
    await page.goto(inspector.url);
  });
  afterEach(async () => {
    await page.close();
    await inspector.close();
  });
}

/** Opens one page for all tests of a file: to open one takes longer than most tests. */
export function openOnce(use: (opened: InspectorPage) => unknown): void {
  let close = async () => {};
  beforeAll(async () => {
    const browser = await startChromium();
    const inspector = await createInspector({ port: 0 });
    const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
    close = async () => {
      await browser.close();
      await inspector.close();
    };
    await use({ browser, inspector, page });
    await page.goto(inspector.url);
  });
  afterAll(() => close());
}
