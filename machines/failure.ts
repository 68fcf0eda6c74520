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

/**
 * The error that a failure stands for.
 * @param thrown What it was thrown as, if it was: its cause is no plain data.
 */
export function errorOf({ code, details }: Failure, thrown: TransferError | null = null): TransferError {
  return transferErrorOf(code, details, thrown?.code === code ? thrown.cause : undefined);
}
