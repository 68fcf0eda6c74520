import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { AnyTransitionDefinition, InspectionEvent } from 'xstate';
import { wordsOf } from '../charts/coverage.js';
import { explored } from '../charts/explored.js';
import { transitionsIn } from '../charts/mermaid.js';
import { schedule, severalFaults } from '../simulation/schedule.js';
import { createSimulator } from '../simulation/simulate.js';

const page = fileURLToPath(new URL('../../docs/simulation.md', import.meta.url));
const [begin, end] = ['<!-- unreached: npm run test:faults -- --unreached -->', '<!-- /unreached -->'];

/** Writes into docs/simulation.md which transitions of the charts no seed takes, of so many seeds of each grade. */
export async function writeUnreached(seeds: number): Promise<void> {
  const taken = await transitionsTaken(seeds);
  const sections = explored.map(({ machine }) => {
    const all = [...transitionsIn(machine.root)].map(wordsOf);
    const missed = [...new Set(all)].filter((words) => !taken.has(`${machine.id} ${words}`));
    const rows = missed.map((words) => `\`${words}\``).join('<br>');
    return `| ${machine.id} | ${all.length} | ${missed.length} | ${rows} |`;
  });
  const table = ['| chart | transitions | not taken | which |', '|---|---|---|---|', ...sections].join('\n');
  const words = `Seeds 0 to ${seeds - 1} of both grades take all transitions of the charts but these:`;
  const text = await readFile(page, 'utf8');
  const [before = '', rest = ''] = text.split(begin);
  const [, after = ''] = rest.split(end);
  await writeFile(page, `${before}${begin}\n${words}\n\n${table}\n${end}${after}`);
}

async function transitionsTaken(seeds: number): Promise<ReadonlySet<string>> {
  const taken = new Set<string>();
  const known = new Set<AnyTransitionDefinition>();
  const inspect = (event: InspectionEvent) => {
    if (event.type !== '@xstate.microstep') return;
    for (const one of event._transitions as readonly AnyTransitionDefinition[]) {
      if (known.has(one)) continue;
      known.add(one);
      taken.add(`${one.source.machine.id} ${wordsOf(one)}`);
    }
  };
  const simulator = createSimulator();
  for (let seed = 0; seed < seeds; seed += 1) {
    await simulator.simulate(schedule(seed), { inspectBy: () => inspect });
    await simulator.simulate(severalFaults(seed), { inspectBy: () => inspect });
  }
  return taken;
}
