/**
 * Exchanges that run beside a state: the uuid of each at the number of its actor, null where a number is free.
 * Numbers are reused: XState caches its lookup of each event type for as long as the chart lives, and every actor id
 * adds the type `xstate.done.actor.<id>`.
 */
export type Beside = readonly (string | null)[];

/** The id of the actor at a number. */
export type IdBeside = `beside.${number}`;

const prefix = 'beside.';

export const idBeside = (place: number): IdBeside => `beside.${place}`;

/** The uuid of the exchange whose actor has this id. */
export const uuidBeside = (beside: Beside, id: string): string | undefined =>
  (id.startsWith(prefix) && beside[Number(id.slice(prefix.length))]) || undefined;

/** Gives the exchange of `uuid` the lowest number that is free. */
export function placeBeside(
  beside: Beside,
  uuid: string,
): { readonly id: IdBeside; readonly beside: Beside } {
  const free = beside.indexOf(null);
  const place = free === -1 ? beside.length : free;
  return { id: idBeside(place), beside: Object.assign([...beside], { [place]: uuid }) };
}

/** Removes the exchange of `uuid` and frees its number. */
export const withoutBeside = (beside: Beside, uuid: string): Beside =>
  beside.map((one) => (one === uuid ? null : one));

/** The number of exchanges that run. */
export const countBeside = (beside: Beside): number => beside.filter((one) => one !== null).length;
