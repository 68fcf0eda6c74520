/** The things to compare, by number: a key that should be unique, and a digest of the content. */
export interface Keyed {
  readonly keys: readonly string[];
  readonly digests: readonly string[];
}

/** Two matching things, one of each side, or one thing without a match. Numbers index the sides' lists. */
export interface Match {
  readonly left?: number;
  readonly right?: number;
  readonly name: string;
}

/**
 * Matches by key. If several things share a key (rows of a type without documents, two webhooks of one name), those of
 * equal content match in any order; the rest match in their stored order.
 */
export function matchByKey(left: Keyed, right: Keyed): readonly Match[] {
  const [ours, theirs] = [byKey(left.keys), byKey(right.keys)];
  const matches: Match[] = [];
  for (const key of new Set([...ours.keys(), ...theirs.keys()])) {
    const [one, other] = [ours.get(key) ?? [], theirs.get(key) ?? []];
    const pairs = one.length < 2 && other.length < 2 ? inOrder(one, other) : pair(one, other, left, right);
    pairs.forEach((each, at) => {
      matches.push({ ...each, name: pairs.length === 1 ? key : `${key} #${at + 1}` });
    });
  }
  return matches;
}

type Pair = Omit<Match, 'name'>;

function pair(one: readonly number[], other: readonly number[], left: Keyed, right: Keyed): readonly Pair[] {
  const waiting = byKey(other.map((number) => right.digests[number] ?? ''));
  const taken = new Set<number>();
  const alone: number[] = [];
  const equal = one.flatMap((number): readonly Pair[] => {
    const at = waiting.get(left.digests[number] ?? '')?.shift();
    const found = at === undefined ? undefined : other[at];
    if (found === undefined) {
      alone.push(number);
      return [];
    }
    taken.add(found);
    return [{ left: number, right: found }];
  });
  const rest = inOrder(
    alone,
    other.filter((number) => !taken.has(number)),
  );
  return [...equal, ...rest];
}

function inOrder(one: readonly number[], other: readonly number[]): readonly Pair[] {
  return Array.from({ length: Math.max(one.length, other.length) }, (_, at): Pair => {
    const [left, right] = [one[at], other[at]];
    return { ...(left === undefined ? {} : { left }), ...(right === undefined ? {} : { right }) };
  });
}

function byKey(keys: readonly string[]): Map<string, number[]> {
  const numbers = new Map<string, number[]>();
  keys.forEach((key, number) => {
    const sharing = numbers.get(key);
    if (sharing === undefined) numbers.set(key, [number]);
    else sharing.push(number);
  });
  return numbers;
}
