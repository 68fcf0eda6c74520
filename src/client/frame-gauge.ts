import { type TransferError, transferErrorOf } from '../protocol/errors.js';
import type { Limits } from '../protocol/limits.js';
import type { FrameGauge } from '../transport/socket.actor.js';

/** How long a server's frame may be; a longer one ends the connection. */
export function frameGauge(limits: Limits, breakOff: (error: TransferError) => void): FrameGauge {
  const details = { reason: 'it is too long', limit: 'frameSize', value: limits.frameSize };
  return {
    most: () => limits.frameSize,
    refuse: () => breakOff(transferErrorOf('MESSAGE_LIMIT', details)),
  };
}
