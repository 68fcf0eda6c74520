import { type LinkGroups, type Member, readName } from './link-groups.js';
import { type Findings, valuesOf } from './side.js';

/**
 * Links that one side lacks, that lead elsewhere, or that stand in another order. `pos` is no content in itself: the
 * numbers may have gaps and begin anywhere, and the draft and the published row of a document share theirs.
 */
export function compareLinks(
  left: LinkGroups,
  right: LinkGroups,
  rowNames: readonly string[],
  findings: Findings,
): void {
  const tell = (name: string) => {
    const { where, path } = readName(name, rowNames);
    return path === '' ? where : `${where} · ${path}`;
  };
  const add = (key: string, change: 'missing' | 'extra' | 'changed', values: object) => {
    const { where, path } = readName(key, rowNames);
    findings.add({ kind: 'link', where, ...(path === '' ? {} : { path }), ...valuesOf(values), change });
  };
  const addOrder = (key: string, [ours, theirs]: readonly [readonly Member[], readonly Member[]]) => {
    const [one, other] = [shared(ours, theirs), shared(theirs, ours)];
    if (orderOf(one) === orderOf(other)) return;
    const names = (members: readonly Member[]) => members.map(({ target }) => tell(target));
    add(key, 'changed', { left: names(one), right: names(other) });
  };

  for (const key of keysOf(left.byLeft, right.byLeft)) {
    const [ours, theirs] = [inOrder(left.byLeft.get(key)), inOrder(right.byLeft.get(key))];
    const [lost, found] = [without(ours, theirs), without(theirs, ours)];
    for (let at = 0; at < Math.max(lost.length, found.length); at += 1) {
      const [from, to] = [lost[at], found[at]];
      const change = to === undefined ? 'missing' : from === undefined ? 'extra' : 'changed';
      add(key, change, { left: from && tell(from.target), right: to && tell(to.target) });
    }
    addOrder(key, [ours, theirs]);
  }
  // Which links there are is told; here only the order counts that the other ends see.
  for (const key of keysOf(left.byRight, right.byRight)) {
    addOrder(key, [inOrder(left.byRight.get(key)), inOrder(right.byRight.get(key))]);
  }
}

function keysOf(left: ReadonlyMap<string, unknown>, right: ReadonlyMap<string, unknown>): Set<string> {
  return new Set([...left.keys(), ...right.keys()]);
}

const placeOf = ({ pos }: Member) => pos ?? Number.POSITIVE_INFINITY;

function inOrder(members: readonly Member[] = []): readonly Member[] {
  if (members.length < 2) return members;
  // Infinity minus itself is no number.
  const byPlace = (a: Member, b: Member) => (placeOf(a) === placeOf(b) ? 0 : placeOf(a) - placeOf(b));
  return [...members].sort((a, b) => byPlace(a, b) || (a.target < b.target ? -1 : 1));
}

/** The first list without what the second one has too, as often as it has it. */
function without(members: readonly Member[], others: readonly Member[]): readonly Member[] {
  const left = count(others);
  return members.filter(({ target }) => !take(left, target));
}

/** The first list without what only it has. */
function shared(members: readonly Member[], others: readonly Member[]): readonly Member[] {
  const left = count(others);
  return members.filter(({ target }) => take(left, target));
}

function count(members: readonly Member[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { target } of members) counts.set(target, (counts.get(target) ?? 0) + 1);
  return counts;
}

function take(counts: Map<string, number>, target: string): boolean {
  const rest = counts.get(target) ?? 0;
  if (rest > 0) counts.set(target, rest - 1);
  return rest > 0;
}

/** The members with their ranks: those of one `pos` share one. */
function orderOf(members: readonly Member[]): string {
  if (members.length < 2) return '';
  let rank = 0;
  let last: number | undefined;
  return JSON.stringify(
    members.map((member) => {
      if (placeOf(member) !== last) rank += 1;
      last = placeOf(member);
      return [rank, member.target];
    }),
  );
}
