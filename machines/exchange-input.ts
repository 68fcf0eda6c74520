import type { ExchangeInput, LifecycleContext } from './lifecycle-types.js';

/** The input of the exchange that decides where the chart goes. */
export function requestOf({ context: { request } }: { readonly context: LifecycleContext }): ExchangeInput {
  if (request === null) throw new Error('an exchange needs its request');
  return { request };
}

/** The input of the exchange of `close`. */
export const closeOf = ({ context }: { readonly context: LifecycleContext }): ExchangeInput => ({
  ...requestOf({ context }),
  commits: context.fate === 'begun',
});
