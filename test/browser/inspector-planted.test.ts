import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { recordFault } from '../../src/inspect/check-record.js';
import { openBeforeEach } from '../support/inspector-page.js';
import { actor, header, machine, step } from '../support/lamp-records.js';
import { plantedRecords } from '../support/record-samples.js';

let page: Page;
const thrown: string[] = [];
openBeforeEach((opened) => {
  ({ page } = opened);
  thrown.length = 0;
  page.on('pageerror', (error) => thrown.push(String(error)));
});

async function open(records: readonly unknown[]): Promise<void> {
  const lines = [header(), ...records].map((one) => `${JSON.stringify(one)}\n`).join('');
  await page
    .locator('input[type=file]')
    .setInputFiles({ name: 'planted.jsonl', mimeType: 'text/plain', buffer: Buffer.from(lines) });
}

const lamp = [machine, actor(2), step(3, 1, 'off', 'xstate.init')];
const stands = () => page.getByText('planted.jsonl', { exact: false }).waitFor();

describe('a recording with planted values', () => {
  test('of every field that is refused is refused by its line and its field, and the page stands', async () => {
    const refused = plantedRecords().filter(({ record }) => recordFault(record) !== null);
    expect(refused.length).toBeGreaterThan(200);
    // One of each field; all of them are held in test/unit/inspect/check-record.test.ts.
    const [byNull] = [refused.filter(({ intruder }) => intruder === null)];
    for (const { record } of byNull.filter((_, index) => index % 16 === 0)) {
      await open([...lamp, record]);
      await page.getByText(`line 5 is no record: look at ${recordFault(record)?.slice(1)}`).waitFor();
      await page.getByRole('tab', { name: 'Chart' }).waitFor();
    }
    expect(thrown).toEqual([]);
  });

  test('of every field that is let through is shown whole, each part of the page', async () => {
    const shown = plantedRecords().filter(({ record }) => recordFault(record) === null);
    expect(shown.length).toBeGreaterThan(50);
    const numbered = shown.map(({ record }, index) => ({
      ...(record as object),
      seq: 10 + index,
      ms: 10 + index,
    }));
    await open([...lamp, ...numbered.filter((one) => (one as { type?: unknown }).type !== 'machine')]);
    await stands();
    await page.getByRole('treeitem').first().click();
    for (const name of ['Conversation', 'Progress', 'Compare', 'Chart'])
      await page.getByRole('tab', { name }).click();
    await page.locator('[data-state="lamp"]').waitFor();
    expect(await page.getByRole('alert').count()).toBe(0);
    expect(thrown).toEqual([]);
  });

  test('whose chart leads nowhere says so in the chart’s place; the rest of the page stands', async () => {
    const nowhere = { label: 'press', event: 'press', targets: ['elsewhere'] };
    const broken = { ...machine, definition: { ...machine.definition, transitions: [nowhere] } };
    await open([broken, ...lamp.slice(1)]);
    await page.getByRole('tab', { name: 'Chart' }).click();
    await page.getByRole('alert').filter({ hasText: 'The chart cannot be shown' }).waitFor();
    await page.getByRole('treeitem').first().waitFor();
    await page.getByRole('checkbox', { name: 'steps' }).check();
    await page.getByRole('listbox', { name: 'What happened' }).getByRole('option').first().waitFor();
    await open(lamp);
    await page.locator('[data-state="lamp.off"]').waitFor();
    expect(await page.getByRole('alert').count()).toBe(0);
    expect(thrown).toEqual([]);
  });
});
