import type { TransferError } from '../protocol/errors.js';
import type { Host } from './host.js';
import { onEndingSignals } from './signals.js';

/** The first signal stops gracefully; a second one does not wait for that, and is told. */
export function untilStopped(host: Host, last: (aborted: TransferError) => void): Promise<void> {
  return new Promise((done) => {
    onEndingSignals(host, {
      first() {
        done();
        return true;
      },
      last,
    });
  });
}
