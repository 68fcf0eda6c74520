import type { DoneActorEvent, ErrorActorEvent } from 'xstate';
import type { ErrorCode } from '../src/protocol/errors.js';
import type { InvalidRequest } from '../src/protocol/requests.js';
import type { ConcurrentExchanges, ConcurrentId } from './concurrent-exchanges.js';
import type { Failure } from './failure.js';
import type { FateContext } from './fate.js';
import type { Direction, ExchangeResult, LifecycleMeta, LifecycleRequest, NamedStage } from './refusals.js';

/** A server's lifecycle is sent what its client asks, a message without a request included: no state takes that one. */
export type LifecycleEvent = LifecycleRequest | InvalidRequest | { type: 'abort' };

/** How XState tells that an exchange is over: the one that decides where the chart goes, and those that run at the same time. */
export type ExchangeEvent =
  | DoneActorEvent<ExchangeResult, 'exchange' | ConcurrentId>
  | ErrorActorEvent<unknown, 'exchange' | ConcurrentId>;

/** Tags by which other code asks about a state, so that it need not know the state's name. */
export type LifecycleTag =
  /** No transfer has begun on this connection. */
  | 'unbegun'
  /** Nothing is left undone if the client goes now. */
  | 'settled'
  /** Its `close` is carried out: a push is being committed. */
  | 'settling'
  /** The answer to `context.request` decides where the chart goes. */
  | 'exchanging'
  /** Between two stages, or before the first. */
  | 'resting'
  /** From the start of the first stage to `close`. */
  | 'inStages'
  | 'starting'
  | 'streaming'
  | 'ending'
  /** The transfer is over and forgotten. */
  | 'ended';

/** What an exchange is started with. */
export interface ExchangeInput {
  readonly request: LifecycleRequest;
  /** Of `close`: there is something to commit. A client also closes a transfer that was rolled back. */
  readonly commits?: boolean | undefined;
}

/** What a lifecycle is started with. */
export interface LifecycleInput {
  readonly direction: Direction;
  /** In a pull, milliseconds from one batch of a stage to the next. */
  readonly batchTimeout: number;
}

/** The outcome of each exchange, told once the chart stands where it led. */
export type LifecycleEmitted =
  /** `code`: of the answer with an error, where the exchange named one. */
  | { type: 'exchange.done'; uuid: string; accepted: boolean; code?: string }
  /** The exchange was rejected, and the chart has failed. `failure`: what it was rejected with. */
  | { type: 'exchange.failed'; uuid: string; failure: Failure }
  | { type: 'batch.missed'; step: NamedStage }
  | RequestRefused;

/** A server's lifecycle was sent a request that its state does not take. */
export interface RequestRefused {
  readonly type: 'request.refused';
  readonly uuid: string;
  readonly code: ErrorCode;
}

/** What a lifecycle knows: how far the transfer has come. */
export interface LifecycleContext extends FateContext {
  readonly batchTimeout: number;
  /** The request whose exchange decides where the chart goes. */
  readonly request: LifecycleRequest | null;
  /** `bootstrap` and `beforeTransfer` have their order in a push; this is the last one that was taken. */
  readonly lastAction: 'bootstrap' | 'beforeTransfer' | null;
  readonly concurrent: ConcurrentExchanges;
  readonly batches: number;
}

export interface LifecycleTypes {
  readonly context: LifecycleContext;
  readonly input: LifecycleInput;
  readonly events: LifecycleEvent | ExchangeEvent;
  readonly emitted: LifecycleEmitted;
  readonly meta: LifecycleMeta;
  readonly tags: LifecycleTag;
  readonly children: { readonly [Id in 'exchange' | ConcurrentId]: 'exchange' };
}
