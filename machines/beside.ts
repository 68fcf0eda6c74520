/**
 * Exchanges that go on beside a state: the uuid of each at the number of its actor, null where a number is free.
 * Numbers are used again: XState keeps what it once looked up for a type of event as long as the chart lives, and
 * `xstate.done.actor.<id>` is one more for each id.
 */
export type Beside = readonly (string | null)[];

/** Gives the exchange of `uuid` the lowest number that is free. */
export function placeBeside(beside: Beside, uuid: string): { readonly id: string; readonly beside: Beside } {
  const free = beside.indexOf(null);
  const place = free === -1 ? beside.length : free;
  return { id: `beside.${place}`, beside: Object.assign([...beside], { [place]: uuid }) };
}

/** The uuid of the exchange that an event of its actor ends. */
export const uuidBeside = (beside: Beside, actorId: string): string =>
  beside[Number(actorId.slice('beside.'.length))] ?? '';

/** Its number is free again. */
export const withoutBeside = (beside: Beside, uuid: string): Beside =>
  beside.map((one) => (one === uuid ? null : one));
