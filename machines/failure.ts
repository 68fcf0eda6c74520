import {
  type ErrorCode,
  type ErrorDetails,
  type TransferError,
  toTransferError,
  transferErrorOf,
} from '../src/protocol/errors.js';

/** A failure as charts keep it: plain data, so that a snapshot can be stored and sent. Holds no row and no secret. */
export interface Failure {
  readonly code: ErrorCode;
  readonly details?: ErrorDetails;
}

/** The failure in an actor's error event. */
export function failureOf(event: object): Failure {
  const { code, details } = toTransferError('error' in event ? event.error : undefined);
  return { code, details };
}

/** The error that a failure stands for. */
export function errorOf(failure: Failure): TransferError {
  return transferErrorOf(failure.code, failure.details);
}
