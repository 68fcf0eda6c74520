/** Chance, for jitter: a number in [0, 1). */
export type Random = () => number;

export const realRandom: Random = () => Math.random();
