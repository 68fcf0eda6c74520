import type { Direction } from '../../machines/lifecycle.machine.js';
import { toTransferError } from '../protocol/errors.js';
import { checkRemoteOptions, type RemoteOptions } from './options.js';
import { createRemote } from './remote.js';

export type { Direction };

/**
 * Asks a server to let a transfer in, and leaves again: nothing begins there.
 * @throws TransferError of the refused upgrade, or of the connection
 */
export async function tryToEnter(
  options: RemoteOptions,
  direction: Direction,
  signal: AbortSignal,
): Promise<void> {
  signal.throwIfAborted();
  const remote = createRemote({
    ...checkRemoteOptions(options, direction),
    ...{ direction, lanes: 1 },
    onDiagnostic: () => {},
    onRetry: () => {},
    // No stage is ever started.
    onBatch: async () => {},
  });
  const onAbort = () => remote.abort(toTransferError(signal.reason));
  signal.addEventListener('abort', onAbort);
  try {
    await remote.open();
  } finally {
    signal.removeEventListener('abort', onAbort);
    await remote.leave();
  }
}
