import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createActor } from 'xstate';
import { type DispatcherEvent, dispatcherMachine } from '../../machines/dispatcher.machine.js';
import { createInspection } from '../../src/inspect/inspection.js';
import type { InspectionRecord, RecordingHeader } from '../../src/inspect/records.js';
import type { Inspector } from '../../src/inspector/inspector.js';
import { createTimeline } from '../../src/inspector/page/model/timeline.js';
import { treeOf } from '../../src/inspector/page/model/tree.js';
import { headerSays, longTasksSince, noteLongTasks, pageTime, stall } from '../support/browser-page.js';
import { openBeforeEach } from '../support/inspector-page.js';
import { longRecording, longRecordingText } from '../support/long-recording.js';

/** Milliseconds that a task of the page may take in a burst. */
const longest = 200;
/** After a key. */
const longestKey = 500;
/** While a file is read: as one task it took seconds. */
const longestRead = 2000;

let browser: Browser;
let inspector: Inspector;
let page: Page;
openBeforeEach((opened) => {
  ({ browser, inspector, page } = opened);
  page.setDefaultTimeout(90_000);
  return noteLongTasks(page);
});

const log = () => page.getByRole('listbox', { name: 'What happened' });

/** The actors of the client's tree in its order, `reporter/actor`. */
function actorsOf(header: RecordingHeader, records: readonly InspectionRecord[]): readonly string[] {
  const timeline = createTimeline();
  timeline.open('p1', header);
  timeline.add('p1', records);
  const [client] = treeOf(timeline.viewsAt(null), true);
  return client?.items.map(({ key }) => key) ?? [];
}

/** Waits for a row to be in the part of its panel that is seen. */
async function inSight(row: Locator): Promise<void> {
  const element = await row.elementHandle();
  await page.waitForFunction((one) => {
    const [inner, outer] = [one?.getBoundingClientRect(), one?.closest('.panel')?.getBoundingClientRect()];
    return (
      inner !== undefined && outer !== undefined && inner.top >= outer.top && inner.bottom <= outer.bottom
    );
  }, element);
}

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
    await page.getByRole('tab', { name: 'Chart' }).click();
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
    const { header, records } = longRecording(30_000);
    const sink = inspector.sink();
    sink.begin?.(header);
    await sink.write(records);
    await headerSays(page, '30,000 records');
    const all = actorsOf(header, records);
    // Lanes that carry nothing are one line.
    expect(all.length).toBeGreaterThan(200);
    const tree = page.getByRole('tree', { name: 'client' });
    const chosen = tree.locator('[aria-selected="true"]');
    // What the header counts is in the tree.
    expect(await tree.getByRole('treeitem').first().getAttribute('id')).toBe(`actor-${all[0]}`);
    await tree.getByRole('treeitem').first().click();
    // Of the actors only those in sight are in the page, and those around them.
    expect(await tree.getByRole('treeitem').count()).toBeLessThan(100);

    const began = await pageTime(page);
    for (let row = 0; row < 20; row += 1) await page.keyboard.press('ArrowDown');
    expect(await chosen.getAttribute('id')).toBe(`actor-${all[20]}`);
    await inSight(chosen);
    await page.keyboard.press('End');
    await tree.locator(`[id="actor-${all.at(-1)}"][aria-selected="true"]`).waitFor();
    await inSight(chosen);
    expect(await tree.getAttribute('aria-activedescendant')).toBe(`actor-${all.at(-1)}`);
    expect(Math.max(0, ...(await longTasksSince(page, began)))).toBeLessThan(longestKey);
  });
});

describe('a recording of 100,000 records', { timeout: 240_000 }, () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ferry-long-recording-'));
    for (const count of [100_000, 150_000]) {
      await writeFile(join(folder, `${count}.jsonl`), longRecordingText(count));
    }
  });
  afterAll(() => rm(folder, { recursive: true }));

  async function openRecording(count: number, on: Page = page): Promise<void> {
    await on.locator('input[type=file]').setInputFiles(join(folder, `${count}.jsonl`));
    await on.locator('header').getByText(`${count}.jsonl`, { exact: true }).waitFor();
    // The newest are those that are kept.
    await on.locator('.line.end').waitFor();
  }

  /** MiB of JavaScript that are in use after what is garbage was collected. */
  async function heapOf(on: Page): Promise<number> {
    await longTasksSince(on, 0);
    const session = await on.context().newCDPSession(on);
    await session.send('HeapProfiler.collectGarbage');
    const { usedSize } = await session.send('Runtime.getHeapUsage');
    await session.detach();
    return usedSize / 1024 ** 2;
  }

  test('opens whole, is scrolled from its end to its beginning, and is the most that is kept', async () => {
    const began = await pageTime(page);
    await openRecording(100_000);
    await headerSays(page, '100,000 records');
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

    // It is the most that is kept: of a longer one the page says how much is not, and takes no more memory.
    const small = await heapOf(page);
    // What a page had open before is not to be weighed with the next.
    const other = await browser.newPage({ viewport: { width: 1440, height: 900 } });
    other.setDefaultTimeout(90_000);
    await noteLongTasks(other);
    await other.goto(inspector.url);
    await openRecording(150_000, other);
    const said = await other.locator('header').textContent();
    const [, records = '', dropped = ''] = /([\d,]+) records · ([\d,]+) not kept/.exec(said ?? '') ?? [];
    const [kept, gone] = [records, dropped].map((text) => Number(text.replaceAll(',', '')));
    expect(kept).toBeLessThanOrEqual(100_000);
    expect((kept ?? 0) + (gone ?? 0)).toBe(150_000);
    expect(Math.max(0, ...(await longTasksSince(other, 0)))).toBeLessThan(longestRead);
    expect(await heapOf(other)).toBeLessThan(1.25 * small);
    await other.close();
  });
});
