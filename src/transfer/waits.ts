import type { AnyActorRef } from 'xstate';
import { countExchanges } from '../../machines/concurrent-exchanges.js';
import type { LifecycleContext, LifecycleTag } from '../../machines/lifecycle.machine.js';
import type { LifecycleRequest } from '../../machines/refusals.js';
import type { RemoteTag } from '../../machines/remote.machine.js';
import type { StageTag } from '../../machines/stage.machine.js';

/** What a transfer waits for, read off the charts of its remote ends. */
export interface Wait {
  readonly end: 'source' | 'destination';
  /** The request whose answer is due, as the protocol names it, or `connect`. */
  readonly request: string;
  /** Differs from one wait to the next, so that a report can tell how long this one takes. */
  readonly key: string;
  /** `the server to clear its content`: completes "waiting for". */
  readonly subject: string;
}

/** What is looked at of the snapshot of a transfer's chart; a chart of another kind has none of it. */
export interface WaitingTransfer {
  readonly children?: Readonly<Record<string, Pick<AnyActorRef, 'getSnapshot'> | undefined>>;
}
interface LookedSnapshot extends WaitingTransfer {
  readonly context?: unknown;
  hasTag?(tag: LifecycleTag | RemoteTag | StageTag): boolean;
}
type LifecycleLook = Pick<LifecycleContext, 'direction' | 'request' | 'step' | 'concurrent' | 'batches'>;

const tasks = {
  'request.init': () => 'to begin a transfer',
  'request.bootstrap': () => 'to get ready',
  'request.getMetadata': () => 'to send its metadata',
  'request.getSchemas': () => 'to send its schemas',
  'request.beforeTransfer': () => 'to clear its content',
  'request.stepStart': ({ direction, step }) =>
    direction === 'pull' && step === 'assets' ? 'to count its files' : `to begin with ${words(step)}`,
  'request.stepStream': ({ direction, step }) =>
    direction === 'pull' ? `to send more ${words(step)}` : `to take the ${words(step)} that were sent`,
  'request.stepEnd': ({ direction, step }) =>
    direction === 'pull' ? `to end its ${words(step)}` : `to finish its ${words(step)}`,
  'request.close': ({ direction }) =>
    direction === 'push' ? 'to put the new content in place' : 'to close the transfer',
  'request.end': () => 'to end the transfer',
  'request.rollback': () => 'to restore what was there before',
  'request.status': () => 'to tell its status',
} satisfies Record<LifecycleRequest['type'], (look: LifecycleLook) => string>;

const words = (step: LifecycleContext['step']) => (step === 'assets' ? 'files' : (step ?? 'rows'));

/**
 * What a transfer waits for at this moment: null while no server owes an answer. Of two, the destination's: it is
 * what holds up the source.
 * @param transfer - the snapshot of its chart, such as `transfer.actor.getSnapshot()`
 */
export function waitOf(transfer: WaitingTransfer): Wait | null {
  const { children = {} } = transfer;
  // During the rest of --throttle no server owes anything.
  const stage = children['stage']?.getSnapshot() as LookedSnapshot | undefined;
  if (stage?.hasTag?.('throttled')) return null;
  const remotes = (['destination', 'source'] as const).flatMap((end) => {
    const remote = children[end]?.getSnapshot() as LookedSnapshot | undefined;
    // A folder or an archive runs no charts, so there is nothing to wait for.
    return remote?.children?.['lifecycle'] === undefined ? [] : [{ end, remote }];
  });
  const waits = remotes.flatMap(({ end, remote }) => {
    const found = dueOf(remote);
    if (found === null) return [];
    const server = remotes.length === 1 ? 'the server' : `the ${end}`;
    return [{ end, request: found.request, key: `${end} ${found.key}`, subject: `${server} ${found.task}` }];
  });
  return waits[0] ?? null;
}

interface Due {
  readonly request: string;
  readonly key: string;
  readonly task: string;
}

function dueOf(remote: LookedSnapshot): Due | null {
  if (remote.hasTag?.('connecting')) return { request: 'connect', key: 'connect', task: 'to answer' };
  if (!remote.hasTag?.('working')) return null;
  const lifecycle = remote.children?.['lifecycle']?.getSnapshot() as LookedSnapshot;
  const look = lifecycle.context as LifecycleLook;
  const { request, direction, batches } = look;
  const inFlight = countExchanges(look.concurrent);
  if (lifecycle.hasTag?.('exchanging') && request !== null) {
    return { request: nameOf(request.type), key: request.uuid, task: tasks[request.type](look) };
  }
  // A server that pushes out batches owes the next one; one that takes them owes an answer while any is in flight.
  if (lifecycle.hasTag?.('streaming') && (direction === 'pull') === (inFlight === 0)) {
    const task = tasks['request.stepStream'](look);
    return { request: 'stepStream', key: `${look.step} ${batches} ${inFlight}`, task };
  }
  return null;
}

const nameOf = (type: LifecycleRequest['type']) => type.slice('request.'.length);
