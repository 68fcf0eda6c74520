import { isProtectedType } from './protected-types.js';

/** Which content types a user moves. */
export interface TypeChoice {
  /** Only these; empty where all are meant. */
  readonly only: readonly string[];
  /** Not these. */
  readonly exclude: readonly string[];
}

/** What happens to a row. `dropped`: of a type that may not be transferred. `excluded`: the user left it out. */
export type Verdict = 'kept' | 'dropped' | 'excluded';

export function verdictOfType(type: string, { only, exclude }: TypeChoice): Verdict {
  if (isProtectedType(type)) return 'dropped';
  if (exclude.includes(type)) return 'excluded';
  return only.length === 0 || only.includes(type) ? 'kept' : 'excluded';
}
