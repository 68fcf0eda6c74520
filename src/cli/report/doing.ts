const doings: Readonly<Record<string, string>> = {
  opening: 'opening both ends',
  comparing: 'comparing the schemas',
  checking: 'looking through the source',
  preparing: 'preparing the destination',
  transferring: 'moving the schemas',
  objecting: 'listing what servers reported',
  committing: 'putting the content in place',
  rollingBack: 'restoring what was there before',
  closing: 'closing both ends',
  over: 'ending',
};

const mergeDoings: Readonly<Record<string, string>> = {
  checking: 'looking at both ends',
  reading: 'reading both ends',
  comparing: 'comparing what comes with what stands',
  planning: 'planning what changes',
  confirming: 'waiting for an answer',
  fetching: 'reading the files that come',
  probing: 'asking the Strapi what it would delete',
  applying: 'changing the destination',
  verifying: 'reading back what was changed',
  closing: 'closing both ends',
};

/** The state of a merge's chart, as reports tell it. */
export const mergeState = (state: string): string => `merge.${state}`;

/** `moving links`: what goes on in a state of the transfer's chart, `transferring.links.moving`. */
export function doingOf(state: string, isPaused: boolean): string {
  const [first = '', stage] = state.split('.');
  if (first === 'merge') return mergeDoings[stage ?? ''] ?? doings['over'] ?? '';
  const isStage = first === 'transferring' && stage !== undefined;
  const doing = isStage ? `moving ${stage}` : (doings[first] ?? first);
  return `${isPaused ? 'paused before ' : ''}${doing}`;
}
