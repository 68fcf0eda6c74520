import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createInspector, type Inspector } from '../../src/inspector/inspector.js';
import type { ControlCommand } from '../../src/inspector/live-messages.js';
import { startChromium } from '../support/chromium.js';
import { endedAgo, recordedScene, slowed, untilState } from '../support/page-scenes.js';

let inspector: Inspector;
let page: Page;
let end: () => Promise<unknown>;
const steered: ControlCommand[] = [];

/** Nothing in this file uses a mouse. One page serves all tests, at its first view. */
beforeAll(async () => {
  const browser = await startChromium();
  const onControl = (command: ControlCommand) => {
    steered.push(command);
  };
  inspector = await createInspector({ port: 0, control: true, onControl });
  page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  end = async () => {
    await browser.close();
    await inspector.close();
  };
  await page.goto(inspector.url);
  // Something to steer, and something that went wrong.
  const scene = untilState(slowed(recordedScene('retry'), 30), 'transferring.links.moving');
  const { header, records } = endedAgo(scene, 50);
  const sink = inspector.sink();
  sink.begin?.(header);
  await sink.write(records);
  await page.getByRole('button', { name: 'Next problem' }).first().waitFor();
});
afterAll(() => end());

const press = (key: string) => page.keyboard.press(key);

/** What has the focus: its role and name, roughly; and whether an eye sees it there. */
interface Stop {
  readonly name: string;
  readonly isSeen: boolean;
}

/** Functions of the page that name its stops. */
const inPage = () => {
  const nameOf = (element: Element) => {
    const label = element.closest('label')?.textContent ?? '';
    // The text of a panel changes while it is walked through.
    const text = element.role === 'tabpanel' ? element.id : element.textContent;
    const own = element.getAttribute('aria-label') ?? (label || text || '');
    return `${element.getAttribute('role') ?? element.tagName.toLowerCase()}: ${own.trim().slice(0, 40)}`;
  };
  const isShown = (element: Element) => element.getClientRects().length > 0;
  /** Everything that takes the focus now. */
  const reachable = () =>
    [...document.querySelectorAll('a[href], button, input, select, summary, [tabindex]')]
      .filter((one) => isShown(one) && !one.matches(':disabled, [tabindex="-1"]'))
      .map(nameOf);
  const focused = () => {
    const element = document.activeElement;
    if (element === null || element === document.body) return null;
    // What is drawn for the eye around a file's button is its label; in a tree, its chosen row.
    const drawn = [
      element,
      element.closest('.file'),
      element.querySelector('[role=treeitem][aria-selected=true]'),
    ].find(
      (one) =>
        one !== null &&
        Number.parseFloat(getComputedStyle(one).outlineWidth) > 0 &&
        getComputedStyle(one).outlineStyle !== 'none',
    );
    if (drawn == null) return { name: nameOf(element), isSeen: false };
    const { outlineWidth, outlineOffset } = getComputedStyle(drawn);
    const out = Number.parseFloat(outlineWidth) + Number.parseFloat(outlineOffset);
    const box = drawn.getBoundingClientRect();
    let [left, top, right, bottom] = [0, 0, innerWidth, innerHeight];
    for (let outer = drawn.parentElement; outer !== null; outer = outer.parentElement) {
      if (getComputedStyle(outer).overflow === 'visible') continue;
      const frame = outer.getBoundingClientRect();
      [left, top] = [Math.max(left, frame.left), Math.max(top, frame.top)];
      [right, bottom] = [Math.min(right, frame.right), Math.min(bottom, frame.bottom)];
    }
    const sides = [
      box.left - out >= left - 1,
      box.right + out <= right + 1,
      box.top - out >= top - 1,
      box.bottom + out <= bottom + 1,
    ];
    return { name: nameOf(element), isSeen: sides.filter(Boolean).length >= 3 };
  };
  Object.assign(window, { reachable, focused });
};

const ask = <T>(what: 'reachable' | 'focused') =>
  page.evaluate((name) => (window as unknown as Record<string, () => unknown>)[name]?.(), what) as Promise<T>;

beforeEach(() => page.evaluate(inPage));

/** All stops of one round of Tab: from the beginning of the page to where the page loses the focus. */
async function round(): Promise<readonly Stop[]> {
  await page.evaluate(() => {
    document.body.tabIndex = -1;
    document.body.focus();
    document.body.removeAttribute('tabindex');
  });
  const stops: Stop[] = [];
  for (let stop = 0; stop < 100; stop += 1) {
    await press('Tab');
    const found = await ask<Stop | null>('focused');
    if (found === null || found.name === stops[0]?.name) return stops;
    stops.push(found);
  }
  throw new Error('Tab comes to no end');
}

/** To a tab of the views, by the arrows. */
async function view(title: string): Promise<void> {
  await page.getByRole('tab', { selected: true }).focus();
  await press('Home');
  for (let step = 0; step < 10; step += 1) {
    if ((await ask<Stop | null>('focused'))?.name === `tab: ${title}`) return;
    await press('ArrowRight');
  }
  throw new Error(`the arrows never come to ${title}`);
}

/** Tab reaches each control: after that a test may begin at one. */
describe('by keys alone', () => {
  test.each([
    [1440, 'Progress'],
    [1440, 'Conversation'],
    [1440, 'Chart'],
    [1440, 'Compare'],
    [390, 'Log'],
    [390, 'Actors'],
    [390, 'Context'],
  ])(
    'at %i pixels, Tab reaches each control of %s, and each shows that it has the focus',
    async (width, title) => {
      await page.setViewportSize({ width, height: 900 });
      await view(title);
      if (title === 'Chart') await page.locator('.react-flow__edge').first().waitFor();
      const stops = await round();
      expect(stops.filter(({ isSeen }) => !isSeen)).toEqual([]);
      const all = await ask<readonly string[]>('reachable');
      expect(stops.map(({ name }) => name).sort()).toEqual([...all].sort());
    },
  );

  test('the playhead moves, and goes back to now', async () => {
    await page.setViewportSize({ width: 1440, height: 900 });
    await page.getByRole('slider', { name: 'Moment' }).focus();
    const value = () => page.getByRole('slider', { name: 'Moment' }).getAttribute('aria-valuetext');
    const now = await value();
    await press('ArrowLeft');
    await expect.poll(value).not.toBe(now);
    await press('Home');
    await expect.poll(value).toContain('record 1 of');
    await page.getByRole('button', { name: 'Next problem' }).focus();
    await press('Enter');
    await expect.poll(value).not.toContain('record 1 of');
    await page.getByRole('button', { name: 'Now' }).focus();
    await press('Space');
    await page.getByRole('button', { name: 'Now', pressed: true }).waitFor();
  });

  test('the log is filtered, searched, and read from end to end', async () => {
    const lines = page.getByRole('listbox', { name: 'What happened' });
    const chosen = lines.getByRole('option', { selected: true });
    const size = async () => Number(await lines.getByRole('option').first().getAttribute('aria-setsize'));
    const before = await size();
    await page.getByRole('checkbox', { name: 'steps' }).focus();
    await press('Space');
    await expect.poll(size).toBeGreaterThan(before);
    await press('Space');
    await expect.poll(size).toBe(before);
    await page.getByRole('listbox', { name: 'What happened' }).focus();
    await press('Home');
    await expect.poll(() => chosen.getAttribute('aria-posinset')).toBe('1');
    await press('ArrowDown');
    await expect.poll(() => chosen.getAttribute('aria-posinset')).toBe('2');
    await press('End');
    await expect.poll(() => chosen.getAttribute('aria-posinset')).toBe(String(before));
    await page.getByRole('button', { name: 'Now' }).focus();
    await press('Enter');
    await page.getByRole('button', { name: 'Now', pressed: true }).waitFor();
  });

  test('an actor is chosen, and its chart is moved and cut down to what was visited', async () => {
    await view('Chart');
    await page.getByRole('tree', { name: 'Actors, client' }).focus();
    await press('End');
    const last = await page.getByRole('treeitem', { selected: true }).getAttribute('data-path');
    await press('Home');
    await page.locator('[role=treeitem][data-path="transfer"][aria-selected="true"]').waitFor();
    expect(last).not.toBe('transfer');
    await page.locator('[data-state="transfer"]').waitFor();
    await page.getByLabel('only what was visited').focus();
    const unvisited = page.locator('[data-state="transfer.aborted"]');
    await unvisited.waitFor();
    await press('Space');
    await unvisited.waitFor({ state: 'detached' });
    await page.locator('details.refusals summary').focus();
    await press('Enter');
    await page.locator('details.refusals[open]').waitFor();
    await page.getByRole('application').focus();
    const left = () =>
      page.locator('[data-state="transfer"]').evaluate((one) => one.getBoundingClientRect().left);
    const from = await left();
    await press('ArrowLeft');
    await expect.poll(left).toBeCloseTo(from + 80, 0);
    // The playhead stays where it was: these arrows are the chart's.
    await page.getByRole('button', { name: 'Now', pressed: true }).waitFor();
  });

  test('a recording is opened and compared, and one is saved', async () => {
    await view('Compare');
    let opened = 0;
    // One listener for both: Chromium is told at the first, and asked for nothing in between.
    page.on('filechooser', () => {
      opened += 1;
    });
    for (const [index, name] of ['Open a recording', 'Compare with another recording'].entries()) {
      await page.getByLabel(name).focus();
      await press('Enter');
      await expect.poll(() => opened).toBe(index + 1);
    }
    await page.getByRole('button', { name: 'Save the recording' }).focus();
    const saved = page.waitForEvent('download');
    await press('Enter');
    expect((await saved).suggestedFilename()).toMatch(/\.jsonl$/);
  });

  test('a cut is asked for: the question begins at the answer that changes nothing, and Escape is that answer', async () => {
    const dialog = page.getByRole('dialog');
    await page.getByRole('button', { name: 'Cut the socket', exact: true }).focus();
    for (const way of ['Escape', 'Enter']) {
      await press('Enter');
      await dialog.waitFor();
      expect(await ask<Stop>('focused')).toEqual({ name: 'button: Leave it', isSeen: true });
      await press(way);
      await dialog.waitFor({ state: 'hidden' });
      expect((await ask<Stop>('focused')).name).toBe('button: Cut the socket');
    }
    expect(steered).toEqual([]);
    await press('Enter');
    await page.getByRole('button', { name: 'Yes: cut the socket' }).focus();
    await press('Enter');
    await expect.poll(() => steered).toEqual(['cut']);
  });
});

test('beside a recording there is nothing to steer', async () => {
  await page.getByRole('button', { name: 'Pause', exact: true }).waitFor();
  await page.getByLabel('Open a recording').setInputFiles('test/fixtures/inspections/push.jsonl');
  await page.getByRole('button', { name: 'Pause', exact: true }).waitFor({ state: 'detached' });
});
