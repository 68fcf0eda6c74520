import type { Arbitrary } from 'fast-check';
import { TransferError } from '../../protocol/errors.js';
import type { SequenceId } from './sequences.js';

/** fast-check, as this package uses it. */
export type FastCheck = typeof import('fast-check');

/**
 * Loads fast-check, an optional peer dependency.
 * @throws TransferError MISSING_PACKAGE
 */
export async function loadFastCheck(
  load: () => Promise<FastCheck> = () => import('fast-check'),
): Promise<FastCheck> {
  try {
    return await load();
  } catch (cause) {
    throw new TransferError('MISSING_PACKAGE', { option: 'sequences', package: 'fast-check' }, cause);
  }
}

interface Drawing<Drawn, Failure> {
  readonly arbitrary: Arbitrary<Drawn>;
  readonly id: SequenceId;
  /** Whether fast-check looks for smaller ones that fail. */
  readonly shrinks: boolean;
  /** Resolves with null where the drawn value holds. */
  readonly attempt: (drawn: Drawn) => Promise<Failure | null>;
}

/** Draws one value and tries it; resolves with the failure of the smallest that fails, or null. */
export async function draw<Drawn, Failure>(
  fastCheck: FastCheck,
  { arbitrary, id, shrinks, attempt }: Drawing<Drawn, Failure>,
): Promise<Failure | null> {
  let smallest: Failure | null = null;
  let thrown: unknown = null;
  const property = fastCheck.asyncProperty(arbitrary, async (drawn) => {
    if (thrown !== null) return true;
    const failure = await attempt(drawn).catch((error: unknown) => {
      thrown = error;
      return null;
    });
    smallest = failure ?? smallest;
    return failure === null;
  });
  const { seed, index } = id;
  await fastCheck.check(property, { seed, path: String(index), numRuns: 1, endOnFailure: !shrinks });
  if (thrown !== null) throw thrown;
  return smallest;
}
