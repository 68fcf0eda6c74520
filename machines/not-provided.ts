import { TransferError } from '../src/protocol/errors.js';

/** What an actor of a bare chart does: it says which functions provide it. */
export const notProvided = (chart: string, provider: string) => () =>
  Promise.reject(new TransferError('NOT_PROVIDED', { chart, provider }));
