import { TransferError } from '../protocol/errors.js';
import { byOf, endingSignals, type Host } from './host.js';

type SignalHost = Pick<Host, 'on' | 'off' | 'exit'>;

export interface SignalHandlers {
  /** Ends what runs and cleans up; false where nothing runs that could be waited for. */
  readonly first: (aborted: TransferError, by: string) => boolean;
  /** Reports the abort at once, before the process exits with its work undone. */
  readonly last: (aborted: TransferError) => void;
}

/** The first of {@link endingSignals} ends a command in order; a second one does not wait for that. */
export function onEndingSignals(host: SignalHost, { first, last }: SignalHandlers): () => void {
  let isAsked = false;
  const handlers = endingSignals.map((signal) => {
    const listener = () => {
      const by = byOf(signal);
      const isSecond = isAsked;
      isAsked = true;
      if (!isSecond && first(new TransferError('ABORTED', { by }), by)) return;
      const early = `a second ${by}, which did not wait until it had cleaned up`;
      last(new TransferError('ABORTED', { by: isSecond ? early : by }));
      host.exit(130);
    };
    host.on(signal, listener);
    return () => host.off(signal, listener);
  });
  return () => {
    for (const off of handlers) off();
  };
}
