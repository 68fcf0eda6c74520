import { rmSync } from 'node:fs';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { fullArchiveSizes, measureArchives, quickArchiveSizes } from './archive-measure.js';
import { judgeArchives, reportArchives } from './archive-report.js';
import { fullLargeSizes, measureLarge, quickLargeSizes } from './inside-large-measure.js';
import { judgeLarge, reportLarge } from './inside-large-report.js';
import { fullInsideSizes, measureInside, quickInsideSizes } from './inside-measure.js';
import { judgeInside, reportInside } from './inside-report.js';
import { fullInspectSizes, measureInspect, quickInspectSizes } from './inspect-measure.js';
import { judgeInspect, reportInspect } from './inspect-report.js';
import { measure, type Result } from './measure.js';
import { fullMergeSizes, measureMerges, quickMergeSizes } from './merge-measure.js';
import { judgeMerges, reportMerges } from './merge-report.js';
import { report } from './report.js';
import { fullSizes, quickSizes, scenariosOf } from './scenarios.js';
import { fullServerSizes, measureServer, quickServerSizes } from './server-measure.js';
import { judgeServer, reportServer } from './server-report.js';
import { judgeStart, measureStart, reportStart } from './start.js';
import { judge, titleOf, type Verdict } from './targets.js';

const page = new URL('../../docs/benchmarks.md', import.meta.url);

/** Answers the exit code: 1 where a target is missed. */
export async function bench(args: string[]): Promise<number> {
  const { values: flags } = parseArgs({
    args,
    options: {
      quick: { type: 'boolean', default: false },
      rounds: { type: 'string' },
      only: { type: 'string', default: '' },
      write: { type: 'boolean', default: false },
    },
  });
  const sizes = flags.quick ? quickSizes : fullSizes;
  const rounds = flags.rounds === undefined ? sizes.rounds : Number(flags.rounds);
  if (!Number.isInteger(rounds) || rounds < 1) throw new Error('--rounds takes a whole number from 1');

  const circumstances = {
    date: new Date(),
    command: ['npm run bench', ...(args.length === 0 ? [] : ['--', ...args])].join(' '),
    strapi: strapiVersion(),
    load: loadavg()[0] ?? 0,
  };
  const scratch = await mkdtemp(join(tmpdir(), 'ferry-bench-'));
  process.on('exit', () => rmSync(scratch, { recursive: true, force: true }));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(130));

  const results: Result[] = [];
  const verdicts: Verdict[] = [];
  const log = (text: string) => process.stderr.write(`${text}\n`);
  for (const scenario of scenariosOf({ ...sizes, rounds })) {
    const title = titleOf(scenario);
    if (!title.includes(flags.only)) continue;
    log(title);
    try {
      results.push(await measure(scenario, { scratch, log }));
    } catch (error) {
      // What the others come to is still worth knowing.
      verdicts.push({ target: title, measured: 'not measured', missed: `all: ${error}` });
      log(`  ${error}`);
    }
  }
  const tell = async (name: string, text: string) => {
    process.stdout.write(`${text}\n\n`);
    if (flags.write) await writeResults(name, text);
  };
  if (results.length > 0) {
    await tell('results', report(results, circumstances, verdicts));
    verdicts.push(...judge(results));
  }
  if (['', 'server'].includes(flags.only)) {
    const serverSizes = flags.quick ? quickServerSizes : fullServerSizes;
    const given = flags.rounds === undefined ? {} : { rounds };
    const result = await measureServer({ ...serverSizes, ...given }, { scratch, log });
    verdicts.push(...judgeServer(result));
    await tell('server', reportServer(result, circumstances));
  }
  if (['', 'archives'].includes(flags.only)) {
    const archiveSizes = flags.quick ? quickArchiveSizes : fullArchiveSizes;
    const given = flags.rounds === undefined ? {} : { rounds };
    const result = await measureArchives({ ...archiveSizes, ...given }, { scratch, log });
    verdicts.push(...judgeArchives(result));
    await tell('archives', reportArchives(result, circumstances));
  }
  if (['', 'inspect'].includes(flags.only)) {
    const inspectSizes = flags.quick ? quickInspectSizes : fullInspectSizes;
    const given = flags.rounds === undefined ? {} : { rounds };
    const result = await measureInspect({ ...inspectSizes, ...given }, { scratch, log });
    verdicts.push(...judgeInspect(result));
    await tell('inspect', reportInspect(result, circumstances));
  }
  // Both take as long as all others.
  if (['inside', 'inside-large'].includes(flags.only)) {
    const result = await measureLarge(flags.quick ? quickLargeSizes : fullLargeSizes, { scratch, log });
    verdicts.push(...judgeLarge(result));
    await tell('inside-large', reportLarge(result, circumstances));
  }
  if (['inside', 'inside-times'].includes(flags.only)) {
    const insideSizes = flags.quick ? quickInsideSizes : fullInsideSizes;
    const given = flags.rounds === undefined ? {} : { rounds };
    const result = await measureInside({ ...insideSizes, ...given }, { scratch, log });
    verdicts.push(...judgeInside(result));
    await tell('inside', reportInside(result, circumstances));
  }
  if (['', 'merge'].includes(flags.only)) {
    const mergeSizes = flags.quick ? quickMergeSizes : fullMergeSizes;
    const given = flags.rounds === undefined ? {} : { rounds };
    const result = await measureMerges({ ...mergeSizes, ...given }, { scratch, log });
    verdicts.push(...judgeMerges(result));
    await tell('merge', reportMerges(result));
  }
  if (['', 'start'].includes(flags.only)) {
    const result = measureStart(Math.max(rounds, 5));
    verdicts.push(...judgeStart(result));
    await tell('start', reportStart(result));
  }
  if (verdicts.length === 0) throw new Error(`no scenario holds "${flags.only}" in its name`);
  return verdicts.some(({ missed }) => missed !== null) ? 1 : 0;
}

async function writeResults(name: string, text: string): Promise<void> {
  const [begin, end] = [`<!-- ${name}: begin -->`, `<!-- ${name}: end -->`];
  const old = await readFile(page, 'utf8');
  const [before, rest] = old.split(begin);
  const after = rest?.split(end)[1];
  if (before === undefined || after === undefined)
    throw new Error(`no ${begin} … ${end} in ${page.pathname}`);
  await writeFile(page, `${before}${begin}\n\n${text}\n\n${end}${after}`);
}

function strapiVersion(): string {
  const packages = createRequire(new URL('../strapi/package.json', import.meta.url));
  return (packages('@strapi/strapi/package.json') as { version: string }).version;
}
