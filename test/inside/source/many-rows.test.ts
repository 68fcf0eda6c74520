import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import { createPins } from '../../../src/strapi/source/pins.js';
import { strapiSource } from '../../../src/strapi/source/strapi-source.js';
import { loadStrapi } from '../support/strapi-in-process.js';

const isSoak = process.env['FERRY_SOAK'] === '1';
const rows = isSoak ? 200_000 : 20_000;

/** What is held after a full collection, in MiB. */
function heldMiB(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  const { heapUsed, external } = process.memoryUsage();
  return (heapUsed + external) / 2 ** 20;
}

it(`holds no more after ${rows} rows than after the first thousands, and gives others their turn`, async () => {
  const loaded = await loadStrapi({ content: 'none' });
  await loaded.strapi.db.connection.raw(
    `INSERT INTO articles (document_id, title, body, locale)
     WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ?)
     SELECT 'document' || n, 'Article ' || n, printf('%.400c', 'x'), 'en' FROM numbers`,
    [rows],
  );
  const source = strapiSource(loaded.strapi, { pins: createPins(loaded.strapi) });
  await source.open();
  const held: number[] = [];
  let turns = 0;
  const beat = setInterval(() => {
    turns += 1;
  }, 1);
  for (const step of ['entities', 'links'] as const) {
    let count = 0;
    for await (const batch of source.rows(step)) {
      expect(batch.length).toBeLessThanOrEqual(500);
      const before = Math.floor(count / (rows / 10));
      count += batch.length;
      if (Math.floor(count / (rows / 10)) > before) held.push(heldMiB());
    }
    expect(count).toBeGreaterThanOrEqual(rows);
  }
  clearInterval(beat);
  await source.close();
  await loaded.stop();
  expect(Math.max(...held) - (held[0] ?? 0)).toBeLessThan(8);
  expect(turns).toBeGreaterThan(rows / 500);
});
