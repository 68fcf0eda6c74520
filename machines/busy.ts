import type { SnapshotFrom } from 'xstate';
import { countExchanges } from './concurrent-exchanges.js';
import type { lifecycleMachine } from './lifecycle.machine.js';
import type { LifecycleRequest } from './refusals.js';

/** Whether a Strapi may answer no pings while it works on this request: `start` of assets scans all its files. */
export function keepsPeerBusy(request: LifecycleRequest): boolean {
  switch (request.type) {
    case 'request.beforeTransfer':
    case 'request.stepEnd':
    case 'request.rollback':
    case 'request.close':
      return true;
    case 'request.stepStart':
      return request.step === 'assets';
    default:
      return false;
  }
}

export const awaitsBatch = (lifecycle: SnapshotFrom<typeof lifecycleMachine>): boolean =>
  lifecycle.context.direction === 'pull' &&
  lifecycle.matches({ transferring: 'streaming' }) &&
  countExchanges(lifecycle.context.concurrent) === 0;
