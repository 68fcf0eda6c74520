export type ConnectionStatus = 'connecting' | 'live' | 'lost' | 'off';

/** What the page says of its connection to the inspector: that a run has ended and its process with it is no fault. */
export function connectionOf(
  status: ConnectionStatus,
  isOver: boolean,
): { readonly tone: 'good' | 'bad' | ''; readonly words: string } {
  switch (status) {
    case 'connecting':
      return { tone: '', words: 'connecting …' };
    case 'live':
      return { tone: 'good', words: isOver ? 'connected; the run has ended' : 'connected' };
    case 'lost':
      return isOver
        ? { tone: '', words: 'the run has ended, and its process; the next one on this port appears here' }
        : { tone: 'bad', words: 'the process of the inspector is gone; looking for it again' };
    case 'off':
      return { tone: '', words: 'a recording' };
  }
}
