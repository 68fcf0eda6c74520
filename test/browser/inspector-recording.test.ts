import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openOnce } from '../support/inspector-page.js';

const recording = (name: string) =>
  fileURLToPath(new URL(`../fixtures/inspections/${name}.jsonl`, import.meta.url));
const push = recording('push');
/** Records of it: each line but for its header. */
const whole = readFileSync(push, 'utf8').trim().split('\n').length - 1;

let page: Page;
openOnce((opened) => {
  ({ page } = opened);
  // The page of this file cannot start the layout engine: Ferry's own charts do without.
  return page.route(/elk-worker/, (route) => route.abort());
});

const transfer = () => page.locator('[data-path="transfer"]');
const slider = () => page.getByRole('slider', { name: 'Moment' });
const record = async () =>
  Number(
    /record ([\d,]+) of/.exec((await slider().getAttribute('aria-valuetext')) ?? '')?.[1]?.replace(',', ''),
  );

/** As somebody who drags it from a folder. */
async function drop(name: string, text: string): Promise<void> {
  const data = await page.evaluateHandle(
    ([fileName, content]) => {
      const transferred = new DataTransfer();
      transferred.items.add(new File([content], fileName));
      return transferred;
    },
    [name, text] as const,
  );
  await page.dispatchEvent('body', 'drop', { dataTransfer: data });
}

beforeAll(async () => {
  await drop('mailed.jsonl', await readFile(push, 'utf8'));
  await transfer().getByText('completed').waitFor();
});

/** As when the recording was opened: at its end, the focus on nothing. */
beforeEach(async () => {
  await page.getByRole('button', { name: 'Now' }).click();
  await page.locator('body').click({ position: { x: 2, y: 2 } });
});

test('a recording that is dropped on the page is shown', async () => {
  await page.getByText('mailed.jsonl', { exact: true }).waitFor();
  await page.getByText(`${whole.toLocaleString('en')} records`).waitFor();
});

test.each([
  ['transfer', 'transfer'],
  ['transfer/destination', 'remote'],
  ['transfer/destination/lifecycle', 'lifecycle'],
  ['transfer/destination/connection', 'connection'],
  ['transfer/destination/lane.0', 'dispatcher'],
  ['transfer/stage', 'stage'],
  ['session', 'session'],
])('the chart of %s is drawn as it was placed when the page was built', async (path, chart) => {
  await page.getByRole('tab', { name: 'Chart' }).click();
  await page.locator(`[data-path="${path}"]`).first().click();
  await page.locator(`[data-state="${chart}"]`).waitFor();
  await page.locator('.react-flow__edge').first().waitFor();
});

test('a chart keeps its arrows once its boxes are measured and nothing moves any more', async () => {
  await transfer().click();
  await page.getByRole('tab', { name: 'Chart' }).click();
  await page.locator('[data-state="transfer.transferring.entities"]').waitFor();
  const painted = () =>
    page.evaluate(() => new Promise((done) => requestAnimationFrame(() => setTimeout(done))));
  for (let frame = 0; frame < 10; frame += 1) await painted();
  expect(await page.locator('.react-flow__edge').count()).toBeGreaterThan(10);
});

describe('keys', () => {
  test('the arrows go a record on and back, with Shift to the next step, Home and End to either end', async () => {
    expect(await record()).toBe(whole);
    await page.keyboard.press('Home');
    await expect.poll(record).toBe(1);
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight');
    await expect.poll(record).toBe(3);
    await page.keyboard.press('ArrowLeft');
    await expect.poll(record).toBe(2);

    // To where the transfer's chart, or one below it, took a transition.
    await page.keyboard.press('Shift+ArrowRight');
    await expect.poll(record).toBeGreaterThan(3);
    const first = await record();
    await page.keyboard.press('Shift+ArrowRight');
    await expect.poll(record).toBeGreaterThan(first);
    await page.keyboard.press('Shift+ArrowLeft');
    await expect.poll(record).toBe(first);
    await page.keyboard.press('End');
    await expect.poll(record).toBe(whole);
    await page.getByRole('button', { name: 'Now', pressed: true }).waitFor();
  });

  test('/ leads into the search, where arrows are letters’ keys again', async () => {
    await page.keyboard.press('/');
    await page.locator('#search:focus').waitFor();
    await page.keyboard.type('links');
    await page.keyboard.press('ArrowLeft');
    expect(await page.getByRole('searchbox').inputValue()).toBe('links');
    expect(await record()).toBe(whole);
    await page.getByRole('searchbox').fill('');
  });
});

describe('play', () => {
  /** Seconds that the recording tells of. */
  async function told(): Promise<number> {
    const lines = (await readFile(push, 'utf8')).trim().split('\n').slice(1);
    const times = lines.map((line) => (JSON.parse(line) as { ms: number }).ms);
    return (Math.max(...times) - Math.min(...times)) / 1000;
  }

  /** Seconds of the page's clock that the recording takes, from its beginning to its end. */
  async function playedIn(speed: string): Promise<number> {
    await page.getByLabel('Speed').selectOption(speed);
    await slider().press('Home');
    const began = await page.evaluate(() => performance.now());
    await page.getByRole('button', { name: 'Play' }).click();
    await page.getByRole('button', { name: 'Now', pressed: true }).waitFor();
    return ((await page.evaluate(() => performance.now())) - began) / 1000;
  }

  test('goes from moment to moment up to the end, as fast as was chosen', async () => {
    const seen = new Set<string>();
    await page.exposeFunction('see', (state: string) => seen.add(state));
    await page.evaluate(() => {
      const { see } = window as unknown as { see(state: string): void };
      new MutationObserver(() => {
        see(document.querySelector('[data-path="transfer"] .state')?.textContent ?? '');
      }).observe(document.body, { subtree: true, childList: true, characterData: true });
    });
    const slow = await playedIn('0.5');
    // Half as fast, but for what is painted together at either end.
    expect(slow).toBeGreaterThan(1.7 * (await told()));
    // How many of them are painted is the machine's; the last one always is.
    const states = [...seen].filter((state) => state !== '');
    expect(states.length).toBeGreaterThan(3);
    expect(states.at(-1)).toBe('completed');
    expect(await playedIn('2')).toBeLessThan(slow);
  });

  test('Space pauses where it is', async () => {
    await page.getByLabel('Speed').selectOption('0.1');
    await slider().press('Home');
    // Where the focus is on nothing, the page has the key.
    await slider().evaluate((element: HTMLElement) => element.blur());
    await page.keyboard.press('Space');
    await page.getByRole('button', { name: 'Pause' }).waitFor();
    await expect.poll(record).toBeGreaterThan(1);
    await page.keyboard.press('Space');
    await page.getByRole('button', { name: 'Play' }).waitFor();
    const here = await record();
    expect(here).toBeLessThan(whole);
    await page.evaluate(() => new Promise((painted) => requestAnimationFrame(() => setTimeout(painted))));
    expect(await record()).toBe(here);
  });
});

test('no name of a state falls out of its box, a final one neither', async () => {
  await transfer().click();
  await page.getByRole('tab', { name: 'Chart' }).click();
  await page.locator('[data-state="transfer.completed"]').waitFor();
  const fallen = await page.locator('.box > .key').evaluateAll((keys) =>
    keys.flatMap((key) => {
      // The state's name alone: what follows is for screen readers.
      const range = document.createRange();
      range.selectNodeContents(key.firstChild ?? key);
      const [inner, outer] = [range.getBoundingClientRect(), key.parentElement?.getBoundingClientRect()];
      const isIn = outer !== undefined && inner.bottom <= outer.bottom && inner.right <= outer.right;
      return isIn && range.getClientRects().length === 1 ? [] : [key.textContent];
    }),
  );
  expect(fallen).toEqual([]);
});

describe('a recording, opened in the page', () => {
  test('shows the resend after a lost answer', async () => {
    await page.locator('input[type=file]').setInputFiles(recording('retry'));
    await page.getByText('retry.jsonl', { exact: true }).waitFor();
    await page.getByRole('tab', { name: 'Conversation' }).click();
    await page.getByRole('searchbox').fill('resending');
    await page.getByRole('listbox', { name: 'What happened' }).getByRole('option').first().click();
    // Every view goes there: the arrow is the last one, and its answer has yet to come.
    await page.getByRole('option', { name: /client to server: \S+ again/, selected: true }).waitFor();
    await page.getByText(/messages, waited for: \S+; \d+ arrows later/).waitFor();
  });

  test('that is none says what is wrong, and what to give', async () => {
    const buffer = Buffer.from('{"hello":1}\n');
    await page.locator('input[type=file]').setInputFiles({ name: 'a.jsonl', mimeType: 'text/plain', buffer });
    await page
      .getByText(
        /a\.jsonl: its first line is not the header of a recording. Give a file that a recorder wrote/,
      )
      .waitFor();
  });
});
