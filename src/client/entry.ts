import type { Direction } from '../../machines/lifecycle.machine.js';
import { toTransferError } from '../protocol/errors.js';
import { checkRemoteOptions, type RemoteOptions } from './options.js';
import { createRemote, type Remote } from './remote.js';

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
  await whileLetIn(checkRemoteOptions(options, direction), direction, signal, async () => {});
}

/**
 * Works with a server that has let a transfer in, and leaves it afterwards, also where the work fails or is aborted.
 * @throws TransferError of the refused upgrade, of the connection, or of the work
 */
export async function whileLetIn<T>(
  checked: ReturnType<typeof checkRemoteOptions>,
  direction: Direction,
  signal: AbortSignal,
  work: (remote: Remote) => Promise<T>,
): Promise<T> {
  const remote = createRemote({
    ...checked,
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
    return await work(remote);
  } finally {
    signal.removeEventListener('abort', onAbort);
    await remote.leave();
  }
}
