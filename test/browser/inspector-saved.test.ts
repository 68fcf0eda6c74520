import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, expect, test } from 'vitest';
import { savePage } from '../../src/inspector/save-page.js';
import { seriousFaults } from '../support/browser-page.js';
import { openBeforeEach } from '../support/inspector-page.js';

const fixture = (name: string) => fileURLToPath(new URL(`../fixtures/inspections/${name}`, import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), 'ferry-saved-'));
afterAll(() => rmSync(scratch, { recursive: true }));

let browser: Browser;
let page: Page;
openBeforeEach((opened) => {
  ({ browser, page } = opened);
});

/** Opens a file from the disk in a browser without a network. */
async function openFile(path: string) {
  const context = await browser.newContext({ offline: true, viewport: { width: 1440, height: 900 } });
  const opened = await context.newPage();
  const wrong: string[] = [];
  opened.on('pageerror', (error) => wrong.push(error.message));
  opened.on('console', (message) => message.type() === 'error' && wrong.push(message.text()));
  opened.on('request', (request) => {
    if (!/^(file|data|blob):/.test(request.url())) wrong.push(request.url());
  });
  await opened.goto(pathToFileURL(path).href);
  return { opened, wrong, close: () => context.close() };
}

test('a recording and its page are one file, which opens without a network and draws its charts', async () => {
  const recording = join(scratch, 'planted.jsonl');
  const planted = '</script><script>document.title="planted"</script><img src=x onerror="document.title=1">';
  const text = readFileSync(fixture('push.jsonl'), 'utf8');
  writeFileSync(recording, text.replace('"version":"0.1.0"', `"version":${JSON.stringify(planted)}`));
  const html = join(scratch, 'planted.html');
  expect(await savePage({ recording, html })).toBe('complete');
  await expect(savePage({ recording, html })).rejects.toMatchObject({ code: 'RECORDING_UNWRITABLE' });

  const { opened, wrong, close } = await openFile(html);
  await opened.locator('[data-path="transfer"]').getByText('completed').waitFor();
  await opened.getByRole('tab', { name: 'Chart' }).click();
  await opened.locator('[data-path="transfer"]').click();
  await opened.locator('[data-state="transfer.transferring.entities"]').waitFor();
  expect(await opened.title()).toContain('Push to');
  expect(wrong).toEqual([]);
  await close();
});

test('the page lays a run beside another up to their first divergence, and saves what it shows', async () => {
  await page.locator('header input[type=file]').setInputFiles(fixture('push.jsonl'));
  await page.locator('[data-path="transfer"]').getByText('completed').waitFor();
  await page.getByRole('tab', { name: 'Compare' }).click();
  const other = page.getByLabel('Compare with another recording');
  await other.setInputFiles(fixture('push.jsonl'));
  await page.getByText(/^Both runs did the same/).waitFor();
  await other.setInputFiles(fixture('lost.jsonl'));
  await page.getByText(/^The first divergence/).waitFor();
  await page.locator('.pairs tr.first').waitFor();
  await page.getByRole('table', { name: /^Time in each state/ }).waitFor();
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    expect(await seriousFaults(page, '[role=tabpanel]')).toEqual([]);
  }

  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Save as one page to mail' }).click();
  const html = join(scratch, 'from-page.html');
  await (await download).saveAs(html);
  const { opened, wrong, close } = await openFile(html);
  await opened.locator('[data-path="transfer"]').getByText('completed').waitFor();
  expect(wrong).toEqual([]);
  await close();
});
