/**
 * Exchanges that run at the same time as a state: the uuid of each at the number of its actor, null where a number is free.
 * Numbers are reused: XState caches its lookup of each event type for as long as the chart lives, and every actor id
 * adds the type `xstate.done.actor.<id>`.
 */
export type ConcurrentExchanges = readonly (string | null)[];

/** The id of the actor at a number. */
export type ConcurrentId = `concurrent.${number}`;

const prefix = 'concurrent.';

export const concurrentId = (place: number): ConcurrentId => `concurrent.${place}`;

export const uuidOfExchange = (exchanges: ConcurrentExchanges, id: string): string | undefined =>
  (id.startsWith(prefix) && exchanges[Number(id.slice(prefix.length))]) || undefined;

export function addExchange(
  exchanges: ConcurrentExchanges,
  uuid: string,
): { readonly id: ConcurrentId; readonly concurrent: ConcurrentExchanges } {
  const free = exchanges.indexOf(null);
  const place = free === -1 ? exchanges.length : free;
  return { id: concurrentId(place), concurrent: Object.assign([...exchanges], { [place]: uuid }) };
}

export const removeExchange = (exchanges: ConcurrentExchanges, uuid: string): ConcurrentExchanges =>
  exchanges.map((one) => (one === uuid ? null : one));

export const countExchanges = (exchanges: ConcurrentExchanges): number =>
  exchanges.filter((one) => one !== null).length;
