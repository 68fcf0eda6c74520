/** The subprotocol of Ferry's server, for clients that name one. */
const subprotocol = 'strapi-ferry';

const prefix = `${subprotocol}.ticket.`;
/** What a server makes: 32 random bytes as base64url. */
const form = /^[\w-]{43}$/;

/** Whether a text can be a ticket. */
export const isTicket = (text: string): boolean => form.test(text);

/**
 * The subprotocols that a client with a ticket names. A browser lets a page set no other header of a WebSocket. The
 * server agrees to the first; the second is never sent back.
 */
export const ticketProtocols = (ticket: string): string[] => [subprotocol, prefix + ticket];

/** The ticket in a Sec-WebSocket-Protocol header; undefined where there is none, or more than one. */
export function ticketIn(header: string | undefined): string | undefined {
  const named = (header ?? '').split(',').map((name) => name.trim());
  const tickets = named.filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length));
  const [ticket] = tickets;
  return tickets.length === 1 && ticket !== undefined && isTicket(ticket) ? ticket : undefined;
}

/** The subprotocol that a server agrees to: the first that a client names and that holds no ticket. */
export const agreedOf = (named: Iterable<string>): string | false =>
  [...named].find((name) => !name.startsWith(prefix)) ?? false;
