import type { ExchangeEvent, LifecycleEvent } from './lifecycle-types.js';

/** An answer with an error is an answer, and so the end of an exchange. */
export const wasAccepted = (event: LifecycleEvent | ExchangeEvent): boolean =>
  'output' in event && event.output.accepted;

/** What `exchange.done` tells of the answer. */
export function outcomeOf(event: LifecycleEvent | ExchangeEvent): { accepted: boolean; code?: string } {
  const code = 'output' in event ? event.output.code : undefined;
  return { accepted: wasAccepted(event), ...(code === undefined ? {} : { code }) };
}
