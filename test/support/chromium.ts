import { type Browser, chromium } from 'playwright-core';

/** Debian's; another one where this says so. */
const executablePath = process.env['FERRY_CHROMIUM'] ?? '/usr/bin/chromium';

/** A browser that asks nobody for anything but the page. */
export const startChromium = (): Promise<Browser> =>
  chromium.launch({
    executablePath,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
