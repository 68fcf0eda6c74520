import axe from 'axe-core';
import type { Page } from 'playwright-core';

interface Watched {
  readonly longTasks: { readonly start: number; readonly ms: number }[];
}

/** Before the page is opened: from then on the browser notes every task that keeps it longer than 50 ms. */
export async function noteLongTasks(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const longTasks: Watched['longTasks'] = [];
    Object.assign(window, { longTasks });
    new PerformanceObserver((list) => {
      for (const { startTime, duration } of list.getEntries()) {
        longTasks.push({ start: startTime, ms: duration });
      }
    }).observe({ type: 'longtask', buffered: true });
  });
}

/** The page's own time, from which on to look. */
export const pageTime = (page: Page): Promise<number> => page.evaluate(() => performance.now());

/** Milliseconds of the long tasks since then, once everything is painted. */
export function longTasksSince(page: Page, since: number): Promise<readonly number[]> {
  return page.evaluate(async (from) => {
    // The observer is told after the task, and a task after a frame.
    for (let frame = 0; frame < 5; frame += 1) {
      await new Promise((painted) => requestAnimationFrame(() => setTimeout(painted)));
    }
    const { longTasks } = window as unknown as Watched;
    return longTasks.filter(({ start }) => start >= from).map(({ ms }) => Math.round(ms));
  }, since);
}

/** Waits for the page's first line to say so; asking for a text anywhere would itself keep a full page busy. */
export async function headerSays(page: Page, text: string): Promise<void> {
  await page.waitForFunction(
    (wanted) => document.querySelector('header')?.textContent?.includes(wanted) === true,
    text,
    { polling: 100 },
  );
}

/** Keeps the page busy for so long, as a bad page would. */
export function stall(page: Page, ms: number): Promise<void> {
  return page.evaluate(
    (duration) =>
      new Promise<void>((over) => {
        setTimeout(() => {
          const until = performance.now() + duration;
          while (performance.now() < until);
          over();
        });
      }),
    ms,
  );
}

/** What axe finds serious on the page as it is shown now, or in a part of it. */
export async function seriousFaults(page: Page, part = 'html'): Promise<readonly object[]> {
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axe.source);
  const found = await page.evaluate(async (within) => {
    const { axe: checks } = window as unknown as {
      axe: {
        run(
          context: string,
          options: object,
        ): Promise<{ violations: { id: string; impact: string; nodes: { html: string }[] }[] }>;
      };
    };
    const { violations } = await checks.run(within, { resultTypes: ['violations'] });
    return violations.map(({ id, impact, nodes }) => ({ id, impact, html: nodes[0]?.html }));
  }, part);
  return found.filter(({ impact }) => impact === 'serious' || impact === 'critical');
}

/** What axe finds serious in each view of the page: the first with all that stands around it, of the others themselves. */
export async function seriousFaultsInViews(page: Page): Promise<readonly object[]> {
  const faults: object[] = [];
  for (const [index, tab] of (await page.getByRole('tab').all()).entries()) {
    await tab.click();
    if ((await tab.textContent()) === 'Chart') await page.locator('.react-flow__edge').first().waitFor();
    faults.push(...(await seriousFaults(page, index === 0 ? 'html' : '[role=tabpanel]')));
  }
  return faults;
}
