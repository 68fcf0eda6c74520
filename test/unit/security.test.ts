import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const lines = readFileSync('SECURITY.md', 'utf8').split('\n');
const promises = lines.flatMap((line) => {
  const [, promise = '', file = '', name = ''] = /^\| (.+?) \| `(test\/\S+)` › (.+) \|$/.exec(line) ?? [];
  return file === '' ? [] : [{ promise, file, name }];
});

/** A name as it stands in the source, where an apostrophe is written as in the text. */
const quoted = (name: string) => ["'", '"', '`'].map((mark) => `${mark}${name}${mark}`);

test('every promise names a test', () => {
  const from = lines.findIndex((line) => line.startsWith('## Promises'));
  const rows = lines.slice(from).filter((line) => /^\| (?!promise \|)[^-]/.test(line));
  expect(rows.length).toBeGreaterThan(15);
  expect(promises.length).toBe(rows.length);
});

test.each(promises)('“$promise” is held by a test that exists: $file › $name', ({ file, name }) => {
  expect(existsSync(file)).toBe(true);
  const source = readFileSync(file, 'utf8');
  expect(quoted(name).some((one) => source.includes(one))).toBe(true);
});
