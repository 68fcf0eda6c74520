import type { Stage } from './content.js';
import type { ErrorCode } from './errors.js';

/** Which way content moves, as its client sees it. */
export type Direction = 'push' | 'pull';

/** A stage that a message names: `schemas` has its place in the order and no rows, an unknown one has neither. */
export type NamedStage = Stage | 'unknown';

/** The protocol's requests. In a pull, `request.stepStream` is the server's: there the two roles swap. */
export type LifecycleRequest =
  | { type: 'request.init'; uuid: string }
  | { type: 'request.bootstrap'; uuid: string }
  | { type: 'request.getMetadata'; uuid: string }
  | { type: 'request.getSchemas'; uuid: string }
  | { type: 'request.beforeTransfer'; uuid: string }
  | { type: 'request.stepStart'; uuid: string; step: NamedStage }
  | { type: 'request.stepStream'; uuid: string; step: NamedStage; bytes?: number }
  | { type: 'request.stepEnd'; uuid: string; step: NamedStage }
  | { type: 'request.rollback'; uuid: string }
  | { type: 'request.close'; uuid: string }
  | { type: 'request.end'; uuid: string }
  | { type: 'request.status'; uuid: string };

/** A message that says no request of this direction. It waits its turn like any other, and is refused then. */
export interface InvalidRequest {
  readonly type: 'request.invalid';
  readonly uuid: string;
  readonly code: ErrorCode;
}

/** A message that a session was sent: a request of the protocol, or one that says none. */
export type SessionRequest = (LifecycleRequest | InvalidRequest) & {
  /** The transfer that it names; absent where it names none. */
  readonly transferID?: string;
};
