import { createHash, randomBytes as nodeRandomBytes } from 'node:crypto';
import type { Clock } from '../ports/clock.js';
import type { TokenScope } from './tokens.js';

/** What a ticket stands for. */
export interface NewTicket {
  /** What it opens a connection for. */
  readonly direction: TokenScope;
  /** The secret in whose place the client shows it: a transfer token, or what `authenticate` takes. */
  readonly token: string;
}

/** Tickets: each opens one connection, soon after it was issued. They are gone with the process. */
export interface Tickets {
  issue(about: NewTicket): string;
  /** The secret that the ticket stands for, once; undefined for a ticket that is unknown, used, late or of the other direction. */
  redeem(ticket: string, direction: TokenScope): string | undefined;
}

export interface TicketsOptions {
  readonly clock: Clock;
  /** Milliseconds in which a ticket must be used. */
  readonly lifetime: number;
  /** Must not be predictable. @default that of node:crypto */
  readonly randomBytes?: ((size: number) => Buffer) | undefined;
}

/** Tickets that wait at one time; one more drops the oldest. */
const mostWaiting = 10_000;

interface Waiting extends NewTicket {
  readonly issuedAt: number;
}

export function createTickets({ clock, lifetime, randomBytes = nodeRandomBytes }: TicketsOptions): Tickets {
  /** By the hash of the ticket, the oldest first: the time of a lookup shows nothing of a ticket. */
  const waiting = new Map<string, Waiting>();

  function forgetOld(): void {
    for (const [name, { issuedAt }] of waiting) {
      if (clock.now() - issuedAt < lifetime && waiting.size <= mostWaiting) return;
      waiting.delete(name);
    }
  }

  return {
    issue(about) {
      const ticket = randomBytes(32).toString('base64url');
      waiting.set(hashOf(ticket), { ...about, issuedAt: clock.now() });
      forgetOld();
      return ticket;
    },
    redeem(ticket, direction) {
      forgetOld();
      const name = hashOf(ticket);
      const found = waiting.get(name);
      // One that is shown for the other direction is used up as well.
      waiting.delete(name);
      return found?.direction === direction ? found.token : undefined;
    },
  };
}

const hashOf = (ticket: string): string => createHash('sha256').update(ticket).digest('hex');
