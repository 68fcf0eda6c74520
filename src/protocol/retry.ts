import { TransferError } from './errors.js';
import { type Given, withDefaults } from './given.js';

/** How long to wait for an answer, and how often to ask again. Names and defaults are Strapi's. */
export interface RetryMessageOptions {
  /** Milliseconds from the moment that a message has left until it is sent again. @defaultValue 30000 */
  readonly retryMessageTimeout: number;
  /** How many times a message is sent again, at most. @defaultValue 5 */
  readonly retryMessageMaxRetries: number;
}

/** Strapi's: 30000 ms, 5 retries. */
export const defaultRetryMessageOptions: RetryMessageOptions = {
  retryMessageTimeout: 30_000,
  retryMessageMaxRetries: 5,
};

/** A timer of 2^31 ms and more fires at once, in Node, in browsers and so in XState. */
const longestDelay = 2 ** 31 - 1;

/** @throws TransferError INVALID_OPTION where no timer can hold it */
export function checkDelay(option: string, value: number): number {
  if (typeof value !== 'number' || !Number.isFinite(value) || value < 0 || value > longestDelay) {
    throw new TransferError('INVALID_OPTION', {
      option,
      value: String(value),
      reason: `it must be a number of milliseconds from 0 to ${longestDelay}`,
    });
  }
  return value;
}

/** @throws TransferError INVALID_OPTION where it is no whole number, 0 or more */
export function checkCount(option: string, value: number): number {
  if (!Number.isSafeInteger(value) || value < 0) {
    throw new TransferError('INVALID_OPTION', {
      option,
      value: String(value),
      reason: 'it must be a whole number, 0 or more',
    });
  }
  return value;
}

/**
 * The given options over the defaults.
 * @throws TransferError INVALID_OPTION where a timer cannot hold the value, or a count is no whole number
 */
export function checkRetryMessageOptions(given?: Given<RetryMessageOptions>): RetryMessageOptions {
  const { retryMessageTimeout, retryMessageMaxRetries } = withDefaults(defaultRetryMessageOptions, given);
  checkDelay('retryMessageTimeout', retryMessageTimeout);
  checkCount('retryMessageMaxRetries', retryMessageMaxRetries);
  return { retryMessageTimeout, retryMessageMaxRetries };
}
