/**
 * Links as numbers, since there are many of them: a link's owner, its target, and its place among the owner's links.
 */
export interface LinkTable {
  add(owner: number, target: number, pos: number | undefined): void;
  groups(): Generator<LinkGroup>;
}

interface LinkGroup {
  readonly owner: number;
  readonly members: readonly Member[];
}

export interface Member {
  readonly target: number;
  /** Infinity where the link has no place. */
  readonly pos: number;
}

export function createLinkTable(): LinkTable {
  // Lists of numbers only, which an engine stores as such: 24 bytes a link.
  const owners: number[] = [];
  const targets: number[] = [];
  const places: number[] = [];
  const at = (list: readonly number[], link: number) => list[link] ?? 0;
  // Infinity minus itself is no number.
  const order = (list: readonly number[], a: number, b: number) =>
    at(list, a) === at(list, b) ? 0 : at(list, a) - at(list, b);

  return {
    add(owner, target, pos) {
      owners.push(owner);
      targets.push(target);
      places.push(pos ?? Number.POSITIVE_INFINITY);
    },
    *groups() {
      const links = Uint32Array.from(owners.keys()).sort(
        (a, b) => order(owners, a, b) || order(places, a, b) || order(targets, a, b),
      );
      let members: Member[] = [];
      for (const [index, link] of links.entries()) {
        members.push({ target: at(targets, link), pos: at(places, link) });
        const next = links[index + 1];
        if (next !== undefined && at(owners, next) === at(owners, link)) continue;
        yield { owner: at(owners, link), members };
        members = [];
      }
    },
  };
}

/** The groups of two tables, side by side; a side that has no such group has no members there. */
export function* alongside(
  left: LinkTable,
  right: LinkTable,
): Generator<{ owner: number; ours: readonly Member[]; theirs: readonly Member[] }> {
  const [one, other] = [left.groups(), right.groups()];
  let [a, b] = [one.next(), other.next()];
  while (a.done !== true || b.done !== true) {
    const owner = Math.min(
      a.done === true ? Number.POSITIVE_INFINITY : a.value.owner,
      b.done === true ? Number.POSITIVE_INFINITY : b.value.owner,
    );
    const ours = a.done !== true && a.value.owner === owner ? a.value.members : [];
    const theirs = b.done !== true && b.value.owner === owner ? b.value.members : [];
    yield { owner, ours, theirs };
    if (ours.length > 0) a = one.next();
    if (theirs.length > 0) b = other.next();
  }
}
