import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { plain } from '../../src/cli/report/paint.js';
import { sumLine, tableHead } from '../../src/cli/report/table.js';
import { stages } from '../../src/protocol/content.js';
import { createFilters } from '../../src/transfer/filters.js';

it('shows in its picture the table that the command prints: npm run pictures makes it again', () => {
  const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
  const picture = /!\[[^\]]+\]\((.+\.svg)\)/.exec(readme)?.[1] ?? '';
  const lines = [
    ...readFileSync(new URL(`../../${picture}`, import.meta.url), 'utf8').matchAll(/>([^<]+)<\/text>/g),
  ].map(([, words = '']) => words);
  // The table of the backup, and that of the push.
  expect(lines.filter((line) => line === tableHead(80))).toHaveLength(2);
  const [done = ''] = sumLine({ rows: [], ms: 1000, isDryRun: false, reservations: [] }, plain).split('1.0');
  expect(lines.filter((line) => line.startsWith(done))).toHaveLength(1);
  const items = (stage: string) => lines.filter((line) => new RegExp(`^${stage} +[1-9]`).test(line)).length;
  expect(stages.map(items)).toEqual([2, 2, 2, 2, 2]);
});

it('what the README says of secrets is what the filters do', () => {
  const filters = createFilters();
  const fates = [
    filters.verdictOf('entities', { type: 'admin::user', id: 1, data: {} }),
    filters.verdictOf('entities', { type: 'admin::transfer-token', id: 1, data: {} }),
    filters.verdictOf('entities', { type: 'plugin::users-permissions.user', id: 1, data: {} }),
    filters.verdictOf('configuration', { type: 'webhook', value: { id: 1, headers: {} } }),
  ];
  expect(fates).toEqual(['dropped', 'dropped', 'kept', 'kept']);
});
