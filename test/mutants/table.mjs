// npm run test:mutants:table: writes the results of the last `npm run test:mutants` into docs/mutants.md, a row a file.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';

const page = new URL('../../docs/mutants.md', import.meta.url);
const report = new URL('../../.stryker/mutants.json', import.meta.url);
const [begins, ends] = [
  '| file | tests | mistakes | noticed | score | of |\n|---|---|---|---|---|---|\n',
  '\n\nAll of them: ',
];

/** Mutants that do not compile, or are left out, are no mistakes. A mistake that makes a test wait for ever is noticed. */
const noticed = ['Killed', 'Timeout'];
const unnoticed = ['Survived', 'NoCoverage'];

const score = (found, planted) => (found === planted ? '100 %' : `${((100 * found) / planted).toFixed(1)} %`);

function rowOf([file, { mutants }], tests, of) {
  const count = (statuses) => mutants.filter(({ status }) => statuses.includes(status)).length;
  const found = count(noticed);
  const planted = found + count(unnoticed);
  return [`\`${file}\``, `\`${tests}\``, planted, found, score(found, planted), of];
}

const commit = execFileSync('git', ['describe', '--always', '--dirty'], { encoding: 'utf8' }).trim();
const date = new Date().toISOString().slice(0, 10);
const tests = process.env.FERRY_MUTANT_TESTS ?? 'all that reach it';
const { files } = JSON.parse(readFileSync(report, 'utf8'));

const text = readFileSync(page, 'utf8');
const from = text.indexOf(begins) + begins.length;
const to = text.indexOf(ends);
if (from < begins.length || to === -1) throw new Error('docs/mutants.md has no table to write');
const known = text
  .slice(from, to)
  .split('\n')
  .map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
const rows = new Map(known.map((row) => [row[0], row]));
for (const entry of Object.entries(files)) {
  const row = rowOf(entry, tests, `${date}, ${commit}`);
  if (row[2] > 0) rows.set(row[0], row);
}
const sorted = [...rows.values()].sort(([a], [b]) => (a < b ? -1 : 1));
const sum = (column) => sorted.reduce((total, row) => total + Number(row[column]), 0);
const total = `${ends}${sum(2)} mistakes, ${sum(3)} noticed, ${score(sum(3), sum(2))}.`;
const rest = text.slice(to + ends.length).replace(/^.*? %\./, '');
const table = sorted.map((row) => `| ${row.join(' | ')} |`).join('\n');
writeFileSync(page, `${text.slice(0, from)}${table}${total}${rest}`);
