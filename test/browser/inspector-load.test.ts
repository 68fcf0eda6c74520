import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createActor } from 'xstate';
import { type DispatcherEvent, dispatcherMachine } from '../../machines/dispatcher.machine.js';
import { createInspection } from '../../src/inspect/inspection.js';
import type { Inspector } from '../../src/inspect/inspector/inspector.js';
import { headerSays, longTasksSince, noteLongTasks, pageTime, stall } from '../support/browser-page.js';
import { openBeforeEach } from '../support/inspector-page.js';
import { longRecording, longRecordingText } from '../support/long-recording.js';

/** Milliseconds that a task of the page may take in a burst. */
const longest = 200;
/** After a key. */
const longestKey = 500;
/** While a file is read: as one task it took seconds. */
const longestRead = 2000;

let inspector: Inspector;
let page: Page;
openBeforeEach((opened) => {
  ({ inspector, page } = opened);
  page.setDefaultTimeout(90_000);
  return noteLongTasks(page);
});

const log = () => page.getByRole('listbox', { name: 'What happened' });

/** `connection.opened`, then request after request, each sent and answered. */
function dispatcherEvents(count: number): readonly DispatcherEvent[] {
  const opened: DispatcherEvent = { type: 'connection.opened' };
  const rest = Array.from({ length: count - 1 }, (_, index): DispatcherEvent => {
    const uuid = `request-${Math.floor(index / 3)}`;
    if (index % 3 === 0) return { type: 'request', uuid, kind: 'entities.stream', bytes: 65_536 };
    return index % 3 === 1 ? { type: 'frame.sent', uuid } : { type: 'answer.received', uuid, bytes: 60 };
  });
  return [opened, ...rest];
}

describe('a page that is attached', { timeout: 120_000 }, () => {
  test('paints a burst of 10,000 events without keeping the browser longer than 200 ms at once', async () => {
    const inspection = createInspection({ waiting: 100_000 });
    inspection.attach(inspector.sink());
    const input = { retryMessageOptions: { retryMessageTimeout: 30_000, retryMessageMaxRetries: 5 } };
    const dispatcher = createActor(dispatcherMachine, { input, inspect: inspection.inspect }).start();
    await page.locator('[data-state="dispatcher.init"][data-active="true"]').waitFor();

    const began = await pageTime(page);
    for (const event of dispatcherEvents(10_000)) dispatcher.send(event);
    await inspection.flush();
    // 10,000 events, as many steps, and what they say of 3,333 messages.
    await headerSays(page, '30,003 records');
    await page.locator('[data-state="dispatcher.ready"][data-active="true"]').waitFor();
    const tasks = await longTasksSince(page, began);
    expect(Math.max(0, ...tasks)).toBeLessThan(longest);

    // What is measured with sees a page that hangs.
    await stall(page, longest + 50);
    expect(Math.max(...(await longTasksSince(page, began)))).toBeGreaterThan(longest);
    dispatcher.stop();
    await inspection.close();
  });

  test('shows hundreds of actors, and walks through them by keyboard without a wait', async () => {
    const { header, records } = longRecording(20_000);
    const sink = inspector.sink();
    sink.begin?.(header);
    await sink.write(records);
    await headerSays(page, '20,000 records');
    const tree = page.getByRole('tree', { name: 'client' });
    const items = tree.getByRole('treeitem');
    await items.first().click();
    const all = await items.count();
    expect(all).toBeGreaterThan(100);

    const began = await pageTime(page);
    for (let row = 0; row < 45; row += 1) await page.keyboard.press('ArrowDown');
    expect(await items.nth(45).getAttribute('aria-selected')).toBe('true');
    await page.keyboard.press('End');
    await tree.locator('[role=treeitem][aria-selected="true"]:focus:last-child').waitFor();
    expect(Math.max(0, ...(await longTasksSince(page, began)))).toBeLessThan(longestKey);
  });
});

describe('a recording of 100,000 records', { timeout: 120_000 }, () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ferry-long-recording-'));
    await writeFile(join(folder, '100000.jsonl'), longRecordingText(100_000));
  });
  afterAll(() => rm(folder, { recursive: true }));

  test('opens whole, and is scrolled from its end to its beginning', async () => {
    const began = await pageTime(page);
    await page.locator('input[type=file]').setInputFiles(join(folder, '100000.jsonl'));
    await headerSays(page, 'Ferry100000.jsonl');
    await headerSays(page, '100,000 records');
    await page.getByText(/^\d[\d,]* lines$/).waitFor();
    await log().getByRole('option').last().waitFor();
    expect(Math.max(0, ...(await longTasksSince(page, began)))).toBeLessThan(longestRead);

    const scrolls = await pageTime(page);
    await log().hover();
    for (const part of [0.75, 0.5, 0.25, 0]) {
      await log().evaluate((list, at) => list.scrollTo({ top: list.scrollHeight * at }), part);
      // Of the lines only those in sight are in the page, and those are there.
      await log().evaluate(() => new Promise((painted) => requestAnimationFrame(() => setTimeout(painted))));
      expect(await log().getByRole('option').count()).toBeLessThan(60);
    }
    await log().locator('[role=option][aria-posinset="1"]').waitFor();
    expect(Math.max(0, ...(await longTasksSince(page, scrolls)))).toBeLessThan(longestKey);
  });
});
