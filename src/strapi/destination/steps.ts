/**
 * The steps of a commit, in their order. Up to `commit` a failure or a kill leaves the old rows and files; from then on the new ones:
 * the next start does what is left (`settle`).
 */
export const commitSteps = [
  'check',
  'planFiles',
  'addFiles',
  'lock',
  'clear',
  'writeRows',
  'writeLinks',
  'writeConfiguration',
  'commit',
  'replaceFiles',
  'removeOldFiles',
  'removeStaging',
  'forgetCommit',
] as const;

/** `takeBackFiles` is the one that undoes. */
export type CommitStep = (typeof commitSteps)[number] | 'takeBackFiles';

/** Told of each step before it is taken. Throwing ends the commit there. */
export type OnStep = (step: CommitStep) => void | Promise<void>;
