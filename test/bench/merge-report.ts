import type { MergeResult } from './merge-measure.js';
import { median } from './statistics.js';
import type { Verdict } from './targets.js';

/** How much longer than reading a folder once a merge of ten documents into it may take, as medians of processor time. */
const allowed = 2;

/** Milliseconds of a merge of ten documents into a Strapi with the plugin, at any size. */
const allowedInside = 300;

const ratioOf = ({ folder: { read, merge } }: MergeResult) => median(merge) / median(read);

export function judgeMerges(result: MergeResult): readonly Verdict[] {
  const ratio = ratioOf(result);
  const [small, large] = [result.adds.at(0), result.adds.at(-1)];
  const folder: Verdict = {
    target: `a merge of 10 documents into ${result.rows} rows takes ${allowed} times reading them at most`,
    measured: ratio.toFixed(2),
    missed: ratio <= allowed ? null : `${(ratio - allowed).toFixed(2)}`,
  };
  const inside = result.inside.map(({ articles, whole }): Verdict => {
    const took = median(whole) * 1_000;
    return {
      target: `a merge of 10 documents into a Strapi of ${articles} articles with the plugin takes ${allowedInside} ms at most`,
      measured: `${took.toFixed(0)} ms`,
      missed: took <= allowedInside ? null : `${(took - allowedInside).toFixed(0)} ms`,
    };
  });
  if (small === undefined || large === undefined || small === large) return [folder, ...inside];
  const growth = large.whole / small.whole;
  const missed = growth <= 1.5 ? null : `it grows with what stands: ${growth.toFixed(1)} times`;
  const target = `add to a Strapi costs what comes, at ${large.entities} entities as at ${small.entities}`;
  return [folder, ...inside, { target, measured: `${growth.toFixed(1)} times`, missed }];
}

export function reportMerges(result: MergeResult): string {
  const { rows, folder, adds, inside } = result;
  const thousandths = (values: readonly number[]) => (median(values) * 1_000).toFixed(0);
  const seconds = (value: number) => value.toFixed(1);
  return [
    `| a folder of ${rows} rows, processor time, median of ${folder.read.length} rounds | s |`,
    '|---|---|',
    `| reading it once | ${median(folder.read).toFixed(2)} |`,
    `| merging 10 documents into it | ${median(folder.merge).toFixed(2)} |`,
    `| ratio | ${ratioOf(result).toFixed(2)} |`,
    '',
    '| `add` of two articles with pictures and a category to a Strapi of | whole, s | its pulls, s | its push, s | processor time of Ferry, s |',
    '|---|---|---|---|---|',
    ...adds.map(
      ({ entities, whole, pulls, push, own }) =>
        `| ${entities} entities | ${seconds(whole)} | ${seconds(pulls)} | ${seconds(push)} | ${seconds(own)} |`,
    ),
    '',
    '| a merge of 10 documents into a Strapi with the plugin, which holds | whole, ms | the pull that plans it, ms | the push, ms |',
    '|---|---|---|---|',
    ...inside.map(
      ({ articles, whole, pull, push }) =>
        `| ${articles} articles | ${thousandths(whole)} | ${thousandths(pull)} | ${thousandths(push)} |`,
    ),
  ].join('\n');
}
