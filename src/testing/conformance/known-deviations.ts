/** A known difference between an implementation and the charts. */
export interface KnownDeviation<Difference> {
  readonly name: string;
  /** Whether a difference is this one. */
  readonly fits: (difference: Difference) => boolean;
}

/** The cases of a suite that have met a known deviation, by its name. */
export type Deviated = ReadonlyMap<string, readonly string[]>;

/** Tells known deviations from new differences, and remembers which cases met them. */
export function createDeviations<Difference>(known: readonly KnownDeviation<Difference>[] = []) {
  const deviated = new Map<string, string[]>();
  const find = (difference: Difference) => known.find(({ fits }) => fits(difference));
  const meets = (caseName: string, difference: Difference) => {
    const deviation = find(difference);
    if (deviation === undefined) return false;
    const cases = deviated.get(deviation.name) ?? [];
    if (!cases.includes(caseName)) deviated.set(deviation.name, [...cases, caseName]);
    return true;
  };
  return {
    deviated: deviated as Deviated,
    isKnown: (difference: Difference) => find(difference) !== undefined,
    /** The first unknown difference of a case; remembers the known ones before it. */
    firstUnknown: (caseName: string, differences: readonly Difference[]): Difference | undefined =>
      differences.find((difference) => !meets(caseName, difference)),
  };
}
