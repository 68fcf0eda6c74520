import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { createActor } from 'xstate';
import { dispatcherMachine } from '../../machines/dispatcher.machine.js';
import { createInspection } from '../../src/inspect/inspection.js';
import type { Inspector } from '../../src/inspector/inspector.js';
import { seriousFaultsInViews } from '../support/browser-page.js';
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
      expect(await seriousFaultsInViews(page)).toEqual([]);
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
