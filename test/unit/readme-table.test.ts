import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { plain } from '../../src/cli/report/paint.js';
import { leftOutLines, type StageRow, sumLine, tableHead, tableRow } from '../../src/cli/report/table.js';
import { createFilters } from '../../src/transfer/filters.js';

const row = (
  stage: StageRow['stage'],
  items: number,
  ms: number,
  more: Partial<StageRow['counts']> = {},
) => ({
  stage,
  counts: { items, bytes: 0, dropped: 0, excluded: 0, ...more },
  ms,
});

it('shows the table in the README as the command prints it', () => {
  const rows = [
    row('schemas', 42, 20),
    row('entities', 529, 1100, { dropped: 135 }),
    row('assets', 18, 1000, { bytes: 70_746_754 }),
    row('links', 4067, 6466, { dropped: 262 }),
    row('configuration', 34, 38),
  ];
  const left = { type: 'admin::permission', why: 'protected', entities: 135, links: 262 } as const;
  const printed = [
    tableHead(80),
    ...rows.map((each) => tableRow(each, 80)),
    ...leftOutLines(rows, { lostToSchemas: [], leftOut: [left] }, false),
    sumLine({ rows, ms: 8600, isDryRun: false, reservations: [] }, plain),
  ];
  const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
  expect(readme).toContain(`\`\`\`\n${printed.join('\n')}\n\`\`\``);
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
