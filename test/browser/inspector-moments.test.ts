import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { beforeEach, describe, expect, test } from 'vitest';
import { createActor } from 'xstate';
import { dispatcherMachine } from '../../machines/dispatcher.machine.js';
import { createInspection } from '../../src/inspect/inspection.js';
import type { Inspector } from '../../src/inspector/inspector.js';
import { seriousFaults } from '../support/browser-page.js';
import { openBeforeEach } from '../support/inspector-page.js';
import { type PageScene, situations } from '../support/page-scenes.js';

const push = fileURLToPath(new URL('../fixtures/inspections/push.jsonl', import.meta.url));
/** Records of it: each line but for its header. */
const whole = readFileSync(push, 'utf8').trim().split('\n').length - 1;

let browser: Browser;
let inspector: Inspector;
let page: Page;
openBeforeEach((opened) => {
  ({ browser, inspector, page } = opened);
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

async function openPush(): Promise<void> {
  await page.locator('input[type=file]').setInputFiles(push);
  await page.getByText(`${whole.toLocaleString('en')} records`).waitFor();
  await transfer().getByText('completed').waitFor();
  await page.locator('body').click({ position: { x: 2, y: 2 } });
}

test('a recording that is dropped on the page is shown', async () => {
  await drop('mailed.jsonl', await readFile(push, 'utf8'));
  await page.getByText('mailed.jsonl', { exact: true }).waitFor();
  await transfer().getByText('completed').waitFor();
  await page.getByText(`${whole.toLocaleString('en')} records`).waitFor();
});

test('a chart keeps its arrows once its boxes are measured and nothing moves any more', async () => {
  await openPush();
  await transfer().click();
  await page.getByRole('tab', { name: 'Chart' }).click();
  await page.locator('[data-state="transfer.transferring.entities"]').waitFor();
  const painted = () =>
    page.evaluate(() => new Promise((done) => requestAnimationFrame(() => setTimeout(done))));
  for (let frame = 0; frame < 10; frame += 1) await painted();
  expect(await page.locator('.react-flow__edge').count()).toBeGreaterThan(10);
});

describe('keys', () => {
  beforeEach(openPush);

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
  });
});

describe('play', () => {
  beforeEach(openPush);

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
    const slow = await playedIn('0.1');
    // A tenth as fast, but for what is painted together at either end.
    expect(slow).toBeGreaterThan(8.5 * (await told()));
    // How many of them are painted is the machine's; the last one always is.
    const states = [...seen].filter((state) => state !== '');
    expect(states.length).toBeGreaterThan(3);
    expect(states.at(-1)).toBe('completed');
    expect(await playedIn('1')).toBeLessThan(slow);
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

test('a delay that runs counts down, in the chart and beside it', async () => {
  const inspection = createInspection();
  inspection.attach(inspector.sink());
  const input = { retryMessageOptions: { retryMessageTimeout: 60_000, retryMessageMaxRetries: 5 } };
  const dispatcher = createActor(dispatcherMachine, { input, inspect: inspection.inspect }).start();
  dispatcher.send({ type: 'connection.opened' });
  dispatcher.send({ type: 'request', uuid: 'u', kind: 'init', bytes: 100 });
  dispatcher.send({ type: 'frame.sent', uuid: 'u' });
  const drawn = page.locator('[data-state="dispatcher.waitingResponse.counting"] .countdown .left');
  const beside = page.getByRole('meter', { name: 'retryMessageTimeout runs down' });
  const left = async () => Number(await beside.getAttribute('value'));
  await page.getByRole('tab', { name: 'Chart' }).click();
  await drawn.waitFor();
  expect(await drawn.textContent()).toMatch(/^retryMessageTimeout \d\d\.\d s$/);
  const before = await left();
  expect(before).toBeGreaterThan(50_000);
  await expect.poll(left).toBeLessThan(before);

  dispatcher.send({ type: 'answer.received', uuid: 'u', bytes: 60 });
  await drawn.waitFor({ state: 'detached' });
  expect(await beside.count()).toBe(0);
  dispatcher.stop();
  await inspection.close();
});

test('a link leads another page to the moment that this one shows', async () => {
  const { header, records } = JSON.parse(
    `{"header":${(await readFile(push, 'utf8')).trim().replace('\n', ',"records":[').replaceAll('\n', ',')}]}`,
  );
  const sink = inspector.sink();
  sink.begin?.(header);
  await sink.write(records);
  await transfer().getByText('completed').waitFor();
  await slider().press('Home');
  for (let step = 0; step < 12; step += 1) await slider().press('Shift+ArrowRight');
  const [here, state] = [await record(), await transfer().textContent()];
  expect(here).toBeLessThan(whole);
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.getByRole('button', { name: 'Link' }).click();
  await page.getByText('Copied').waitFor();
  const link = await page.evaluate(() => navigator.clipboard.readText());
  expect(link).toMatch(/#at=p1\.\d+/);

  const other = await browser.newPage();
  await other.goto(link);
  await other.locator('[data-path="transfer"]').waitFor();
  expect(await other.locator('[data-path="transfer"]').textContent()).toBe(state);
  const there = await other.getByRole('slider', { name: 'Moment' }).getAttribute('aria-valuetext');
  expect(there).toContain(`record ${here} of ${whole}`);
  await other.close();
});

describe('a server that has gone silent, seen live', () => {
  async function report(scene: PageScene): Promise<void> {
    const sink = inspector.sink();
    sink.begin?.(scene.header);
    await sink.write(scene.records);
  }
  const outcome = () => page.getByRole('region', { name: 'Outcome' });

  test('is understood from the first screen, which ticks though no record comes', async () => {
    await report(situations.stalled());
    await outcome()
      .getByText(/no bytes from 127\.0\.0\.1:1337 for [67]/)
      .waitFor();
    await outcome()
      .getByText(/Waiting for 8 × entities\.stream, the oldest asked 6.* Gives up in [34] s/)
      .waitFor();
    await outcome()
      .getByText(/Check that 127\.0\.0\.1:1337 runs/)
      .waitFor();
    expect(await page.title()).toMatch(/^⚠ Stalled moving entities: .* · Push to 127\.0\.0\.1:1337$/);
    const seconds = async () => Number(/for ([\d.]+) s/.exec((await outcome().textContent()) ?? '')?.[1]);
    const before = await seconds();
    await expect.poll(seconds).toBeGreaterThan(before + 0.3);
    await page.getByRole('tab', { name: 'Conversation' }).click();
    const waits = page.getByRole('option', { name: /entities\.stream .*waits/ }).first();
    const waited = await waits.textContent();
    await expect.poll(() => waits.textContent()).not.toBe(waited);
  });

  test.each(['light', 'dark'] as const)(
    'can be read by a screen reader, and seen, %s',
    { timeout: 90_000 },
    async (colorScheme) => {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await report(colorScheme === 'light' ? situations.stalled() : situations.failed());
      await outcome()
        .getByText(/entities/)
        .first()
        .waitFor();
      for (const tab of await page.getByRole('tab').all()) {
        await tab.click();
        expect(await seriousFaults(page)).toEqual([]);
      }
    },
  );

  test('lets the playhead rest in the silence, where it was put', async () => {
    await report(situations.failed());
    await outcome()
      .getByText(/in entities after 1\d s: CONNECTION_SILENT/)
      .waitFor();
    const box = await slider().boundingBox();
    if (box === null) throw new Error('the slider is not shown');
    await page.mouse.click(box.x + box.width / 2, box.y + 10);
    const value = async () =>
      Number(await slider().inputValue()) / Number(await slider().getAttribute('max'));
    await expect.poll(value).toBeCloseTo(0.5, 2);
    await outcome()
      .getByText(/Stalled|Running/)
      .first()
      .waitFor();
    await page.getByRole('button', { name: 'Next problem' }).click();
    await expect.poll(value).toBeGreaterThan(0.9);
  });

  test('ends without an alarm: that the process of a run that is over is gone is no news', async () => {
    await report(situations.completed());
    await outcome().getByText('Completed').first().waitFor();
    await inspector.close();
    const said = page.locator('header').getByText('the run has ended, and its process');
    await said.waitFor();
    expect(await page.locator('header .dot').getAttribute('class')).toBe('dot ');
  });
});

test('no name of a state falls out of its box, a final one neither', async () => {
  await openPush();
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
