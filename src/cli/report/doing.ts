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

/** `moving links`: what goes on in a state of the transfer's chart, `transferring.links.moving`. */
export function doingOf(state: string, isPaused: boolean): string {
  const [first = '', stage] = state.split('.');
  const isStage = first === 'transferring' && stage !== undefined;
  const doing = isStage ? `moving ${stage}` : (doings[first] ?? first);
  return `${isPaused ? 'paused before ' : ''}${doing}`;
}
