import { expect, test } from 'vitest';
import { gathered } from '../../../../src/strapi/destination/gathered.js';

async function sizesOf(batches: readonly (readonly unknown[])[]): Promise<readonly number[]> {
  const sizes: number[] = [];
  for await (const rows of gathered(streamOf(batches))) sizes.push(rows.length);
  return sizes;
}

async function* streamOf<T>(items: readonly T[]) {
  yield* items;
}

const row = (characters: number) => ({ data: { blocks: [{ text: 'x'.repeat(characters) }] } });
const MiB = 1024 * 1024;

test('rows are gathered up to a thousand', async () => {
  const batches = Array.from({ length: 25 }, () => Array.from({ length: 100 }, () => row(10)));
  expect(await sizesOf(batches)).toEqual([1000, 1000, 500]);
});

test('long rows are gathered up to a MiB, wherever in them their text stands', async () => {
  expect(await sizesOf([[row(MiB / 2)], [row(MiB / 2)], [row(5 * MiB)], [row(1)]])).toEqual([2, 1, 1]);
});
