import type { ExchangeInput, LifecycleContext } from './lifecycle-types.js';

export function requestOf({ context: { request } }: { readonly context: LifecycleContext }): ExchangeInput {
  if (request === null) throw new Error('an exchange needs its request');
  return { request };
}

export const closeOf = ({ context }: { readonly context: LifecycleContext }): ExchangeInput => ({
  ...requestOf({ context }),
  commits: context.fate === 'begun',
});
