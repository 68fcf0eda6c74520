import type { IncomingMessage } from 'node:http';
import { TransferError } from '../protocol/errors.js';
import { ticketIn } from '../protocol/ticket.js';
import type { Tickets } from './tickets.js';
import type { TokenScope } from './tokens.js';

/** How a client shows its secret, and the pages of which a browser may connect. */
export interface CredentialsOptions {
  /**
   * The secret that an upgrade shows; undefined where it shows none. What it throws refuses the client with 500, and goes
   * to `onError`. A browser adds a site's cookies to a connection that a page of *another* site opens: where this reads
   * any, or `authenticate` does, name the pages in `origins`. Without them a browser is refused. @defaultValue the bearer token
   */
  readonly credentials?:
    | ((request: IncomingMessage, direction: TokenScope) => string | undefined)
    | undefined;
  /**
   * The origins of the pages that may connect, as browsers write them: `https://app.example.com`. Their pages can show a
   * ticket of `issueTicket`; a browser's connection from any other page is refused with 403, even with a ticket. Clients
   * that are no browsers name no origin, and are let through. @defaultValue no page can show a ticket
   */
  readonly origins?: readonly string[] | undefined;
}

/** What an upgrade shows, or why nothing of it counts. */
type Shown = { readonly secret: string | undefined } | { readonly code: 'ORIGIN_REFUSED' | 'SERVER_FAILED' };

/** Looks at an upgrade. It uses up a ticket. */
export type LookAtCredentials = (request: IncomingMessage, direction: TokenScope) => Shown;

/** @throws TransferError INVALID_OPTION where an origin is not written as browsers write it */
export function createCredentials(
  { credentials, origins, authenticate }: CredentialsOptions & { readonly authenticate?: unknown },
  tickets: Tickets,
  onError: (error: unknown) => void,
): LookAtCredentials {
  origins?.forEach(checkOrigin);

  function mayConnect({ headers: { origin } }: IncomingMessage): boolean {
    if (origin === undefined) return true;
    if (origins !== undefined) return origins.includes(origin);
    // No page can set an Authorization header; what else there is, a browser may send for any page.
    return credentials === undefined && authenticate === undefined;
  }

  function secretOf(request: IncomingMessage, direction: TokenScope): string | undefined {
    // A browser adds cookies by itself: a ticket is what its page has chosen to show.
    const ticket = origins === undefined ? undefined : ticketIn(request.headers['sec-websocket-protocol']);
    if (ticket !== undefined && credentials !== undefined) return tickets.redeem(ticket, direction);
    const secret: unknown = (credentials ?? bearerOf)(request, direction);
    // An async function may reject later, when nothing waits for it.
    if (secret instanceof Promise) secret.catch(() => {});
    if (secret !== undefined && typeof secret !== 'string')
      throw new TypeError('credentials answered neither a text nor undefined');
    return secret ?? (ticket === undefined ? undefined : tickets.redeem(ticket, direction));
  }

  return (request, direction) => {
    if (!mayConnect(request)) return { code: 'ORIGIN_REFUSED' };
    try {
      return { secret: secretOf(request, direction) };
    } catch (error) {
      onError(error);
      return { code: 'SERVER_FAILED' };
    }
  };
}

/** `Bearer <token>`, read as Strapi reads it. */
function bearerOf({ headers }: IncomingMessage): string | undefined {
  const [kind, token, ...more] = (headers.authorization ?? '').split(/\s+/);
  return kind?.toLowerCase() === 'bearer' && more.length === 0 ? token || undefined : undefined;
}

function checkOrigin(given: string): void {
  const { origin, protocol } = URL.canParse(given) ? new URL(given) : { origin: 'null', protocol: '' };
  const isOfPage = protocol === 'https:' || protocol === 'http:';
  if (origin === given && isOfPage) return;
  const reason = !isOfPage
    ? 'it is no origin; write one like https://app.example.com'
    : `a browser writes it as ${origin}`;
  throw new TransferError('INVALID_OPTION', { option: 'origins', value: given, reason });
}
