import type { LinkEnds, Links } from './link-ends.js';
import { alongside, type Member } from './link-table.js';
import { type Findings, valuesOf } from './side.js';

/**
 * Links that one side lacks, that lead elsewhere, or that stand in another order. `pos` is no content in itself: the
 * numbers may have gaps and begin anywhere, and the draft and the published row of a document share theirs.
 */
export function compareLinks(left: Links, right: Links, ends: LinkEnds, findings: Findings): void {
  const nameOf = (end: number) => {
    const { where, path } = ends.nameOf(end);
    return path === '' ? where : `${where} · ${path}`;
  };
  const add = (owner: number, change: 'missing' | 'extra' | 'changed', values: object) => {
    const { path, ...row } = ends.nameOf(owner);
    findings.add({ kind: 'link', ...row, ...(path === '' ? {} : { path }), ...valuesOf(values), change });
  };
  const compareOrder = (owner: number, ours: readonly Member[], theirs: readonly Member[]) => {
    if (ours.length < 2 || theirs.length < 2) return;
    // Compares the order of the links that both sides have; a link that only one side has is reported above.
    const [one, other] = [shared(ours, theirs), shared(theirs, ours)];
    if (orderOf(one) === orderOf(other)) return;
    const names = (members: readonly Member[]) => members.map(({ target }) => nameOf(target));
    add(owner, 'changed', { left: names(one), right: names(other) });
  };

  for (const { owner, ours, theirs } of alongside(left.byLeft, right.byLeft)) {
    const [lost, found] = [unshared(ours, theirs), unshared(theirs, ours)];
    for (let at = 0; at < Math.max(lost.length, found.length); at += 1) {
      const [from, to] = [lost[at], found[at]];
      const change = to === undefined ? 'missing' : from === undefined ? 'extra' : 'changed';
      add(owner, change, { left: from && nameOf(from.target), right: to && nameOf(to.target) });
    }
    compareOrder(owner, ours, theirs);
  }
  // The links themselves are compared above; this compares their order as the other ends see it.
  for (const { owner, ours, theirs } of alongside(left.byRight, right.byRight)) {
    compareOrder(owner, ours, theirs);
  }
}

/** The first list without what the second has too, as often as it has it. */
function unshared(members: readonly Member[], others: readonly Member[]): readonly Member[] {
  const rest = count(others);
  return members.filter(({ target }) => !take(rest, target));
}

/** The first list without what it alone has. */
function shared(members: readonly Member[], others: readonly Member[]): readonly Member[] {
  const rest = count(others);
  return members.filter(({ target }) => take(rest, target));
}

function count(members: readonly Member[]): Map<number, number> {
  const counts = new Map<number, number>();
  for (const { target } of members) counts.set(target, (counts.get(target) ?? 0) + 1);
  return counts;
}

function take(counts: Map<number, number>, target: number): boolean {
  const rest = counts.get(target) ?? 0;
  if (rest > 0) counts.set(target, rest - 1);
  return rest > 0;
}

function orderOf(members: readonly Member[]): string {
  let rank = 0;
  let last: number | undefined;
  const ranked = members.map(({ target, pos }) => {
    if (pos !== last) rank += 1;
    last = pos;
    return `${rank}:${target}`;
  });
  return ranked.join();
}
