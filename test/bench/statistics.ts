export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const [low = Number.NaN, high = Number.NaN] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]];
  return (low + high) / 2;
}

/** One round of a scenario: Strapi's client twice, ours once, in an order that turns from round to round. */
export interface Round<Run> {
  readonly strapi: readonly [Run, Run];
  readonly ferry: Run;
}

export interface Comparison {
  readonly strapi: number;
  readonly ferry: number;
  /** Median over the rounds of ours to the mean of the round's two runs of Strapi's client. */
  readonly ratio: number;
  /** Median over the rounds of the slower to the faster of these two: the spread of that client against itself. */
  readonly spread: number;
}

export function compare<Run>(rounds: readonly Round<Run>[], of: (run: Run) => number): Comparison {
  const pairs = rounds.map(({ strapi: [a, b], ferry }) => ({ a: of(a), b: of(b), ours: of(ferry) }));
  return {
    strapi: median(pairs.flatMap(({ a, b }) => [a, b])),
    ferry: median(pairs.map(({ ours }) => ours)),
    ratio: median(pairs.map(({ a, b, ours }) => ours / ((a + b) / 2))),
    spread: median(pairs.map(({ a, b }) => Math.max(a, b) / Math.min(a, b))),
  };
}
