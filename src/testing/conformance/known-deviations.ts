/** Where an implementation differs from the charts, and that is known. */
export interface KnownDeviation<Difference> {
  readonly name: string;
  /** Whether a difference is this one. */
  readonly fits: (difference: Difference) => boolean;
}

/** The cases of a suite that have met a known deviation, by its name. */
export type Deviated = ReadonlyMap<string, readonly string[]>;

/** The deviations that are known of what a suite is played to. */
export function createDeviations<Difference>(known: readonly KnownDeviation<Difference>[] = []) {
  const deviated = new Map<string, string[]>();
  const isKnown = (caseName: string, difference: Difference) => {
    const deviation = known.find(({ fits }) => fits(difference));
    if (deviation === undefined) return false;
    const cases = deviated.get(deviation.name) ?? [];
    if (!cases.includes(caseName)) deviated.set(deviation.name, [...cases, caseName]);
    return true;
  };
  return {
    deviated: deviated as Deviated,
    /** The first difference of a case that is not known; those before it are remembered. */
    firstUnknown: (caseName: string, differences: readonly Difference[]): Difference | undefined =>
      differences.find((difference) => !isKnown(caseName, difference)),
  };
}
