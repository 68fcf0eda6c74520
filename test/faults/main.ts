import { fork } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { scheduleFromJson, scheduleToJson, shrinkSchedule } from '../simulation/kept-schedule.js';
import { describeSchedule, type Schedule, schedule, severalFaults } from '../simulation/schedule.js';
import { createSimulator } from '../simulation/simulate.js';
import { addUp, type Findings, findingsOf, noFindings, progress, tally } from './findings.js';
import { testForReal } from './real/main.js';
import { recordSchedule } from './record.js';
import { writeUnreached } from './unreached.js';

const usage = `npm run test:faults -- --seeds 10000 [--several] [--from 0] [--jobs n]
npm run test:faults -- --seed 123 [--several] [--recording file]
npm run test:faults -- --schedule test/fixtures/schedules/a.json [--recording file]
npm run test:faults -- --unreached [--seeds 2000]
npm run test:faults -- --real [--seeds 200] [--from 0] [--jobs 4] [--seed 123]`;

/** Answers the exit code: 1 where something was violated. */
export async function testFaults(args: string[]): Promise<number> {
  const { values: flags } = parseArgs({
    args,
    options: {
      seeds: { type: 'string' },
      from: { type: 'string', default: '0' },
      seed: { type: 'string' },
      recording: { type: 'string' },
      // Several faults to a schedule, then none.
      several: { type: 'boolean', default: false },
      schedule: { type: 'string' },
      unreached: { type: 'boolean', default: false },
      jobs: { type: 'string' },
      // Over real sockets and processes.
      real: { type: 'boolean', default: false },
      // For a part of a run, in a process of its own.
      every: { type: 'string' },
    },
  });
  const seed = flags.seed === undefined ? null : wholeNumber('seed', flags.seed);
  const from = wholeNumber('from', flags.from);
  if (flags.real) {
    const seeds = wholeNumber('seeds', flags.seeds ?? '200');
    // They wait more than they work.
    const jobs = Math.max(1, wholeNumber('jobs', flags.jobs ?? '4'));
    return testForReal(seed === null ? { from, seeds, jobs } : { from: seed, seeds: 1, jobs });
  }
  const { several } = flags;
  if (flags.schedule !== undefined) {
    const kept = scheduleFromJson(await readFile(flags.schedule, 'utf8'));
    return show(kept, flags.recording ?? 'faults.jsonl');
  }
  if (seed !== null) return show(scheduleOf(several, seed), flags.recording ?? `faults-${seed}.jsonl`);
  if (flags.unreached) {
    await writeUnreached(wholeNumber('seeds', flags.seeds ?? '2000'));
    return 0;
  }
  const seeds = wholeNumber('seeds', flags.seeds ?? '1000');
  if (flags.every !== undefined) {
    await runSeeds(several, from, from + seeds, wholeNumber('every', flags.every));
    return 0;
  }
  const jobs = Math.max(1, wholeNumber('jobs', flags.jobs ?? String(availableParallelism())));
  return runAll(several, from, seeds, jobs);
}

const scheduleOf = (several: boolean, seed: number) => (several ? severalFaults(seed) : schedule(seed));

function wholeNumber(flag: string, value: string): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number) || number < 0)
    throw new Error(`--${flag} takes a whole number, not ${value}\n${usage}`);
  return number;
}

/** One schedule, with all that happened in it. */
async function show(planned: Schedule, recording: string): Promise<number> {
  const { trace, outcome, violations, ms } = await createSimulator().simulate(planned);
  console.log(trace.map((line) => line.slice(0, 160)).join('\n'));
  console.log(`\nseed ${planned.seed}: ${describeSchedule(planned)}\n${outcome} after ${ms} ms`);
  for (const violation of violations) console.log(`VIOLATION ${violation}`);
  const replayed = await recordSchedule(planned, recording);
  for (const difference of replayed) console.log(`NOT THE CHARTS' PATH ${difference}`);
  console.log(`recording: ${recording} (strapi-ferry inspect ${recording})`);
  return violations.length + replayed.length === 0 ? 0 : 1;
}

/** Tells the process that started this one of each few schedules. */
async function runSeeds(several: boolean, from: number, to: number, every: number): Promise<void> {
  const simulator = createSimulator();
  const tell = (findings: Findings) => new Promise<void>((done) => process.send?.(findings, () => done()));
  let findings = noFindings;
  for (let seed = from; seed < to; seed += every) {
    findings = addUp(findings, findingsOf(await simulator.simulate(scheduleOf(several, seed))));
    if (findings.schedules < 20) continue;
    await tell(findings);
    findings = noFindings;
  }
  await tell(findings);
}

interface Part {
  readonly done: Promise<void>;
  stop(): void;
}

/** Each process takes one seed of so many: they are done at about the same time. */
function runPart(
  several: boolean,
  from: number,
  to: number,
  every: number,
  hear: (found: Findings) => void,
): Part {
  const run = fileURLToPath(new URL('./run.mjs', import.meta.url));
  const grade = several ? ['--several'] : [];
  const part = fork(run, [...grade, '--from', `${from}`, '--seeds', `${to - from}`, '--every', `${every}`]);
  part.on('message', (message) => hear(message as Findings));
  const done = new Promise<void>((resolve, reject) => {
    part.once('close', (code) =>
      code === 0 ? resolve() : reject(new Error(`a part of the run ended with ${code}`)),
    );
  });
  return { done, stop: () => void part.kill() };
}

async function runAll(several: boolean, from: number, seeds: number, jobs: number): Promise<number> {
  const began = performance.now();
  let findings = noFindings;
  const hear = (found: Findings) => {
    const before = findings.schedules;
    findings = addUp(findings, found);
    const line = progress(findings, before, (performance.now() - began) / 1000);
    if (line !== null) console.log(line);
  };
  const parts = Array.from({ length: jobs }, (_, job) =>
    runPart(several, from + job, from + seeds, jobs, hear),
  );
  await Promise.all(parts.map(({ done }) => done)).finally(() => {
    for (const part of parts) part.stop();
  });
  const seconds = (performance.now() - began) / 1000;

  console.log(`seeds ${from} to ${from + seeds - 1}, ${jobs} at a time`);
  console.log(`the longest took ${Math.round(findings.longest / 1000)} s of simulated time`);
  console.log(`${seconds.toFixed(1)} s: ${Math.round(findings.schedules / seconds)} schedules a second`);
  console.log(tally(findings));
  for (const { seed, violations } of findings.violated.slice(0, 20)) {
    console.log(`\nseed ${seed}: ${describeSchedule(scheduleOf(several, seed))}`);
    for (const violation of violations) console.log(`  ${violation.slice(0, 400)}`);
    await keep(scheduleOf(several, seed));
  }
  return findings.violated.length === 0 ? 0 : 1;
}

/** Writes down the smallest schedule that is still violated, and its recording. */
async function keep(failing: Schedule): Promise<void> {
  const simulator = createSimulator();
  const smallest = await shrinkSchedule(
    failing,
    async (simpler) => (await simulator.simulate(simpler)).violations.length > 0,
  );
  const name = `faults-${failing.seed}`;
  await writeFile(`${name}.json`, scheduleToJson(smallest));
  await recordSchedule(smallest, `${name}.jsonl`);
  console.log(`  the smallest that fails: ${describeSchedule(smallest)}`);
  console.log(`  again: npm run test:faults -- --schedule ${name}.json`);
  console.log(`  seen: strapi-ferry inspect ${name}.jsonl`);
  console.log(`  as a test: move ${name}.json to test/fixtures/schedules`);
}
