import type { Given } from '../../protocol/given.js';
import { checkCount } from '../../protocol/retry.js';

/** Sequences that are drawn, beyond the enumerated paths. They need the package `fast-check`. */
export interface Sequences {
  /** How many for each direction, each a case of its own. @defaultValue 100 */
  readonly count: number;
  /** The same seed gives the same sequences: a whole number, 0 or more. @defaultValue 0 */
  readonly seed: number;
}

/** One of them: the seed and its place give it again. */
export interface SequenceId {
  readonly seed: number;
  readonly index: number;
}

/**
 * The sequences that were asked for; none without options.
 * @throws TransferError INVALID_OPTION where a number is no whole number, 0 or more
 */
export function sequenceIds(given: Given<Sequences> | undefined): readonly SequenceId[] {
  if (given === undefined) return [];
  const { count = 100, seed = 0 } = given;
  checkCount('sequences.count', count);
  checkCount('sequences.seed', seed);
  return Array.from({ length: count }, (_, index) => ({ seed, index }));
}

/** `sequence 17 of seed 3` */
export const sequenceName = ({ seed, index }: SequenceId) => `sequence ${index} of seed ${seed}`;

/** How to have it drawn again, alone or with those before it. */
export const againWith = ({ seed, index }: SequenceId) =>
  `again: sequences: { seed: ${seed}, count: ${index + 1} }`;
