import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const folder = '.github/workflows';
const uses = readdirSync(folder).flatMap((file) =>
  readFileSync(`${folder}/${file}`, 'utf8')
    .split('\n')
    .filter((line) => /\buses:/.test(line))
    .map((line) => [file, line.trim()] as const),
);

test('the workflows use actions at all', () => {
  expect(uses.length).toBeGreaterThan(0);
});

test.each(uses)('%s pins an action by commit, and says its version: %s', (_file, line) => {
  expect(line).toMatch(/uses: [\w-]+\/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
});
