import type { Direction } from '../../../machines/lifecycle.machine.js';
import { type ClientPlan, type Disturbance, inWords, mayEnd } from './client-plans.js';
import { draw, type FastCheck } from './drawing.js';
import type { SequenceId } from './sequences.js';

/** What a client did wrong in a plan. */
export interface FailedPlan {
  readonly plan: ClientPlan;
  /** In words. */
  readonly came: string;
}

interface ClientSequence {
  readonly direction: Direction;
  readonly disturbances: readonly Disturbance[];
  readonly id: SequenceId;
  readonly shrinks: boolean;
  /** Plays a plan; resolves with null where the client keeps to the charts. */
  readonly attempt: (plan: ClientPlan) => Promise<FailedPlan | null>;
}

const mostDisturbances = 8;

/**
 * Draws several disturbances of one transfer, each of another request, and plays them; resolves with the failure, the
 * smallest one if it shrinks, or with null.
 */
export function playDrawn(fastCheck: FastCheck, sequence: ClientSequence): Promise<FailedPlan | null> {
  const { direction, disturbances, id, shrinks, attempt } = sequence;
  const anyOf = (some: readonly Disturbance[]) =>
    // Shrinks to those that come earlier in the list, with fewer reactions.
    fastCheck.nat(some.length - 1).map((place) => some[place] as Disturbance);
  const sorted = disturbances.toSorted((one, other) => one.reactions.length - other.reactions.length);
  const survived = sorted.filter((disturbance) => !mayEnd(disturbance));
  const others = sorted.filter(mayEnd);
  const disturbance = fastCheck.oneof(
    { weight: 6, arbitrary: anyOf(survived) },
    { weight: 1, arbitrary: anyOf(others) },
  );
  const several = fastCheck.uniqueArray(disturbance, {
    selector: ({ request }) => request,
    minLength: 1,
    maxLength: mostDisturbances,
    size: 'max',
  });
  const planOf = (drawn: readonly Disturbance[]): ClientPlan => ({
    name: `${direction}: ${drawn.map(inWords).join('; ')}`,
    direction,
    disturbances: drawn,
  });
  return draw(fastCheck, {
    arbitrary: several,
    id,
    shrinks,
    attempt: (drawn) => attempt(planOf(drawn)),
  });
}
