// npm run test:mutants:table: writes the results of the last `npm run test:mutants` into docs/mutants.md, a row a file.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';

const root = new URL('../../', import.meta.url);
const page = new URL('docs/mutants.md', root);
const report = new URL('.stryker/mutants.json', root);
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

const git = (...args) => execFileSync('git', args, { encoding: 'utf8', cwd: root });

/** The report knows no commit: what it holds of a file must be what the commit holds, or the row would be of neither. */
function assertCommitted([file, { source }]) {
  if (git('show', `HEAD:${file}`) === source) return;
  throw new Error(`${file} is not as HEAD has it: commit it, and run npm run test:mutants again`);
}

/** The tests of the run; of many only that they were all. */
function testsOf(testFiles) {
  const names = Object.keys(testFiles).flatMap(
    (file) => /^test\/unit\/(.*)\.test\.ts$/.exec(file)?.[1] ?? [],
  );
  return names.length > 4 ? 'all that reach it' : names.join(',');
}

const { files, testFiles } = JSON.parse(readFileSync(report, 'utf8'));
for (const entry of Object.entries(files)) assertCommitted(entry);
const tests = testsOf(testFiles);
const date = new Date().toISOString().slice(0, 10);
const commit = git('rev-parse', '--short', 'HEAD').trim();

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
const stands = ([file]) => existsSync(new URL(file.replaceAll('`', ''), root));
const rows = new Map(known.filter(stands).map((row) => [row[0], row]));
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
