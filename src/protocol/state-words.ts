/** What a transfer was at, by the first part of a state of its lifecycle: completes "while". */
const words: Readonly<Record<string, string>> = {
  connected: 'the transfer had not begun',
  initializing: 'the transfer was beginning',
  preparing: 'the destination was being prepared',
  transferring: 'content was moving',
  closing: 'the transfer was being closed',
  ended: 'the transfer was over',
  aborting: 'the transfer was being aborted',
  rolledBack: 'the transfer was rolled back',
  failed: 'the transfer was ending after a failure',
};

/** `transferring.streaming` in words; what is in words already stays. */
export function stateWords(state: string): string {
  const [first = ''] = state.split('.');
  return Object.hasOwn(words, first) ? (words[first] ?? state) : state;
}
