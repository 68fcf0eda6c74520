import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { median } from './statistics.js';
import type { Verdict } from './targets.js';

/** How long `strapi-ferry --help` takes, and Node itself in the same rounds. Milliseconds. */
export interface StartResult {
  readonly node: readonly number[];
  readonly help: readonly number[];
}

/** Milliseconds that `--help` may take longer than `node -e 0`, as medians. */
const allowed = 100;

const cli = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));

/** One after the other in each round, so that both meet the same load. The first round warms the disk and is not kept. */
export function measureStart(rounds: number): StartResult {
  const node: number[] = [];
  const help: number[] = [];
  for (let round = 0; round <= rounds; round += 1) {
    const times = [timeOf('-e', '0'), timeOf(cli, '--help')] as const;
    if (round === 0) continue;
    node.push(times[0]);
    help.push(times[1]);
  }
  return { node, help };
}

function timeOf(...parameters: readonly string[]): number {
  const began = performance.now();
  const { status, error } = spawnSync(process.execPath, parameters, { stdio: 'ignore' });
  if (status !== 0) throw error ?? new Error(`node ${parameters.join(' ')} ended with ${status}`);
  return performance.now() - began;
}

const differenceOf = ({ node, help }: StartResult) => median(help) - median(node);

export function judgeStart(result: StartResult): readonly Verdict[] {
  const difference = differenceOf(result);
  return [
    {
      target: `--help starts within ${allowed} ms of Node`,
      measured: `${difference.toFixed(0)} ms`,
      missed: difference <= allowed ? null : `${(difference - allowed).toFixed(0)} ms`,
    },
  ];
}

export function reportStart(result: StartResult): string {
  const { node, help } = result;
  return [
    `| start, median of ${node.length} rounds | ms |`,
    '|---|---|',
    `| node -e 0 | ${median(node).toFixed(0)} |`,
    `| strapi-ferry --help | ${median(help).toFixed(0)} |`,
    `| difference | ${differenceOf(result).toFixed(0)} |`,
  ].join('\n');
}
