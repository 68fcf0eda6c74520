import type { ActorRefFrom, DoneActorEvent } from 'xstate';
import type { ConnectionOptions } from '../src/protocol/connection-options.js';
import type { ErrorCode } from '../src/protocol/errors.js';
import type { InvalidRequest, SessionRequest } from '../src/protocol/requests.js';
import type { RetryMessageOptions } from '../src/protocol/retry.js';
import type { ConnectionEmitted, ConnectionEnd } from './connection.machine.js';
import type { Direction, lifecycleMachine, RequestRefused } from './lifecycle.machine.js';
import type { LifecycleMoved, Standing } from './lifecycle-moved.js';

/** How long a session may be silent. Milliseconds. */
export interface SessionLimits {
  /** From the handshake to `init`. */
  readonly initTimeout: number;
  /** From one message to the next. */
  readonly idleTimeout: number;
  /** Messages that may wait for their turn. */
  readonly queue: number;
  /** Bytes of messages that may wait for their turn. */
  readonly queueBytes: number;
}

/** What a session is given when its socket was accepted. */
export interface SessionInput {
  readonly direction: Direction;
  readonly connectionOptions: ConnectionOptions;
  readonly retryMessageOptions: RetryMessageOptions;
  readonly limits: SessionLimits;
}

export type { InvalidRequest, SessionRequest };

/** A message that waits. */
export interface Queued {
  readonly request: SessionRequest;
  readonly bytes: number;
}

/** Events that move a session: messages, its socket, the server that stops, and the commands of an operator. */
export type SessionEvent =
  | ConnectionEmitted
  | LifecycleMoved
  /** A message has arrived; its content waits beside the charts. */
  | { type: 'message.received'; request: SessionRequest; bytes: number }
  /** The peer has confirmed a batch of a pull. */
  | { type: 'confirmation.received' }
  /** A message that cannot even be answered. */
  | { type: 'message.broken'; code: ErrorCode }
  /** `transferID`: of the transfer that is in progress now, or null; absent where the exchange has failed. */
  | { type: 'exchange.settled'; uuid: string; accepted: boolean; transferID?: string | null }
  | RequestRefused
  /** The session ends, since the server stops or for the reason in `code`; the client is told, with the operator's words. */
  | { type: 'leave'; code?: ErrorCode; words?: string }
  | { type: 'abort'; code?: ErrorCode }
  /** As if the line were cut. */
  | { type: 'connection.cut' }
  /** A client whose transfer is settled had its time to end it. */
  | { type: 'farewell.over' };

/** What a session tells. */
export type SessionEmitted =
  /** A message was answered with an error before anything was done for it. `state`: where the lifecycle stood. */
  { type: 'request.refused'; uuid: string; request: SessionRequest['type']; code: ErrorCode; state: string };

/** Why the session ended; null where its client ended it. */
export type SessionOutput = ErrorCode | null;

/** How XState tells of the session's own actors. */
export type SessionActorEvent =
  | DoneActorEvent<ErrorCode | null, 'authorize'>
  | DoneActorEvent<ConnectionEnd | null, 'connection'>;

/** What a session knows: the messages that wait, and the one in work. Never a row or a token. */
export interface SessionContext {
  readonly input: SessionInput;
  readonly lifecycle: ActorRefFrom<typeof lifecycleMachine>;
  /** Where the lifecycle stands, as it was told. */
  readonly state: string;
  readonly standing: Standing;
  /** Every message of a transfer names the id that `init` answered. */
  readonly transferID: string | null;
  /** First in, first out. */
  readonly queue: readonly Queued[];
  readonly current: SessionRequest | null;
  /** Why the current message is refused. */
  readonly refusal: ErrorCode | null;
  /** Why the session ends; null where its client ended it. */
  readonly failure: ErrorCode | null;
  /** What the operator who ends it says of that; empty where there is nothing. */
  readonly words: string;
}
