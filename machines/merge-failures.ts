import type { EventObject } from 'xstate';
import type { Failure } from './failure.js';
import type { MergeContext } from './merge-types.js';

export function abortOf(event: EventObject & { readonly by?: string }): Failure {
  return { code: 'ABORTED', details: event.by === undefined ? {} : { by: event.by } };
}

/** Of a merge in several phases it says which one ended: what those before it have brought stands. */
export function inPhase(
  failure: Failure | null,
  { phase, phases }: Pick<MergeContext, 'phase' | 'phases'>,
): Failure | null {
  if (failure === null || phases < 2) return failure;
  return { ...failure, details: { ...failure.details, mergePhase: phase + 1, mergePhases: phases } };
}

export function ofPull(failure: Failure | null): Failure | null {
  if (failure?.details === undefined) return failure;
  const { at: _, stands: __, ...details } = failure.details;
  return { ...failure, details };
}

export function unverified(failure: Failure | null): Failure | null {
  if (failure === null || failure.code === 'MERGE_DIFFERS') return failure;
  return { ...failure, details: { ...failure.details, isUnverified: true } };
}
