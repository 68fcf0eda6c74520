import { createPreparedFolders } from '../../simulation/folders.js';
import { describeSchedule, type Schedule, schedule } from '../../simulation/schedule.js';
import { addUp, findingsOf, noFindings, tally } from '../findings.js';
import { runForReal, type TriedForReal } from './run-schedule.js';
import { mayMount, runWithMounts } from './small-disk.js';

interface RealOptions {
  readonly from: number;
  readonly seeds: number;
  /** At a time. */
  readonly jobs: number;
}

/** Answers the exit code: 1 where something was violated. */
export async function testForReal({ from, seeds, jobs }: RealOptions): Promise<number> {
  const elsewhere = mayMount() ? null : await runWithMounts();
  if (elsewhere !== null) return elsewhere;

  const began = performance.now();
  const all = Array.from({ length: seeds }, (_, index) => schedule(from + index));
  const planned = all.filter(canBeHad);
  const prepared = createPreparedFolders();
  let findings = noFindings;
  let busy = 0;
  // Each job takes what is next.
  const rest = planned.values();
  const work = async () => {
    for (const each of rest) {
      const tried = await runForReal(each, prepared);
      tell(tried);
      if (tried.wasBusy) busy += 1;
      findings = addUp(findings, findingsOf(tried));
    }
  };
  await Promise.all(Array.from({ length: jobs }, work));

  const seconds = (performance.now() - began) / 1000;
  console.log(`\nseeds ${from} to ${from + seeds - 1} for real, ${jobs} at a time`);
  if (planned.length < all.length)
    console.log(`left out, since no disk can be mounted here: fullDisk ${all.length - planned.length}`);
  console.log(`the longest took ${(findings.longest / 1000).toFixed(1)} s, all ${seconds.toFixed(0)} s`);
  if (busy > 0) console.log(`the machine was too busy to say whether ${busy} should have completed`);
  console.log(tally(findings));
  return findings.violated.length === 0 ? 0 : 1;
}

const canBeHad = ({ fault }: Schedule) => fault.kind !== 'fullDisk' || mayMount();

function tell({ schedule: tried, outcome, violations, ms, hasStruck, wasBusy }: TriedForReal): void {
  const struck = hasStruck ? '' : ', and it did not come to the fault';
  const busy = wasBusy ? ', on a machine that was busy' : '';
  console.log(
    `seed ${tried.seed}: ${describeSchedule(tried)}: ${outcome} after ${Math.round(ms)} ms${struck}${busy}`,
  );
  if (violations.length === 0) return;
  for (const violation of violations) console.log(`  VIOLATION ${violation.slice(0, 2000)}`);
  console.log(`  again: npm run test:faults -- --real --seed ${tried.seed}`);
}
