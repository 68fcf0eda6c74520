import type { IncomingMessage } from 'node:http';
import { describe, expect, test } from 'vitest';
import { ticketProtocols } from '../../../src/protocol/ticket.js';
import { type CredentialsOptions, createCredentials } from '../../../src/server/credentials.js';
import { createTickets } from '../../../src/server/tickets.js';
import { TestClock } from '../../support/test-clock.js';

const site = 'https://app.example.com';
const refused = { code: 'ORIGIN_REFUSED' };

function setUp(options: CredentialsOptions) {
  const errors: unknown[] = [];
  const tickets = createTickets({ clock: new TestClock(), lifetime: 1000 });
  const look = createCredentials(options, tickets, (error) => errors.push(error));
  const ticketed = () => {
    const ticket = tickets.issue({ direction: 'pull', token: 'secret' });
    return { 'sec-websocket-protocol': ticketProtocols(ticket).join(', ') };
  };
  const show = (headers: IncomingMessage['headers']) => look({ headers } as IncomingMessage, 'pull');
  return { show, ticketed, errors };
}

describe('a browser whose page is not one of those that are named gets in with nothing', () => {
  test.each([
    'null',
    'https://app.example.com:8443',
    'https://app.example.com:443',
    'http://app.example.com',
    'https://app.example.com.evil.com',
    'https://evil-app.example.com',
    'https://evilapp.example.com',
    'https://app.example.com@evil.com',
    'https://app.example.comevil.com',
    'https://example.com',
    'https://sub.app.example.com',
    'https://APP.example.com',
    'HTTPS://app.example.com',
    'https://app.example.com/',
    'https://app.example.com.',
    ' https://app.example.com',
    'https://app.example.com, https://app.example.com',
    'https://app.example.com https://evil.com',
    'app.example.com',
    '//app.example.com',
    'file://',
    '',
  ])('%j', (origin) => {
    const { show, ticketed } = setUp({ origins: [site, 'http://localhost:3000'] });
    expect(show({ origin, ...ticketed() })).toEqual(refused);
    expect(show({ origin, authorization: 'Bearer key' })).toEqual(refused);
  });

  test('and the page that is named gets in with its ticket', () => {
    const { show, ticketed } = setUp({ origins: [site, 'http://localhost:3000'] });
    for (const origin of [site, 'http://localhost:3000'])
      expect(show({ origin, ...ticketed() })).toEqual({ secret: 'secret' });
  });
});

describe('an origin is given as browsers write it', () => {
  test.each([
    ['https://app.example.com/', /a browser writes it as https:\/\/app\.example\.com\.$/],
    ['https://APP.example.com', /https:\/\/app\.example\.com\.$/],
    ['https://app.example.com:443', /https:\/\/app\.example\.com\.$/],
    ['https://app.example.com/path', /https:\/\/app\.example\.com\.$/],
    ['null', /it is no origin/],
    ['*', /it is no origin/],
    ['wss://app.example.com', /it is no origin/],
    ['app.example.com', /it is no origin/],
    ['file:///srv/page.html', /it is no origin/],
    ['', /it is no origin/],
  ])('%j is told', (origin, message) => {
    expect(() => setUp({ origins: [origin] })).toThrow(message);
  });
});

describe('a client', () => {
  test('that is no browser shows its bearer token, and a ticket where pages may', () => {
    const { show, ticketed } = setUp({ origins: [site] });
    expect(show({ authorization: 'Bearer key' })).toEqual({ secret: 'key' });
    expect(show(ticketed())).toEqual({ secret: 'secret' });
    expect(show({})).toEqual({ secret: undefined });
  });

  test('keeps its ticket where it shows a bearer token too', () => {
    const { show, ticketed } = setUp({ origins: [site] });
    const headers = ticketed();
    expect(show({ ...headers, authorization: 'Bearer key' })).toEqual({ secret: 'key' });
    expect(show(headers)).toEqual({ secret: 'secret' });
  });

  test('shows no ticket where no pages are named', () => {
    const { show, ticketed } = setUp({});
    expect(show(ticketed())).toEqual({ secret: undefined });
    // A page can set no Authorization header: this is a program that names an origin.
    expect(show({ origin: 'https://evil.com', authorization: 'Bearer key' })).toEqual({ secret: 'key' });
  });
});

describe('credentials of an embedder', () => {
  const byCookie = { credentials: ({ headers }: IncomingMessage) => headers.cookie };

  test('take the place of the bearer token', () => {
    const { show } = setUp(byCookie);
    expect(show({ cookie: 'session=1', authorization: 'Bearer key' })).toEqual({ secret: 'session=1' });
  });

  test('let in no browser until its pages are named: it sends cookies for the pages of every site', () => {
    expect(setUp(byCookie).show({ cookie: 'session=1', origin: site })).toEqual(refused);
    const { show } = setUp({ ...byCookie, origins: [site] });
    expect(show({ cookie: 'session=1', origin: 'https://evil.com' })).toEqual(refused);
    expect(show({ cookie: 'session=1', origin: site })).toEqual({ secret: 'session=1' });
  });

  test('give way to the ticket that a page shows: its browser adds the cookie by itself', () => {
    const { show, ticketed } = setUp({ ...byCookie, origins: [site] });
    expect(show({ ...ticketed(), cookie: 'session=1', origin: site })).toEqual({ secret: 'secret' });
  });

  test('an authenticate of theirs may read cookies too: it lets in no browser either', () => {
    const look = createCredentials(
      { authenticate: () => ({ name: 'anyone' }) },
      createTickets({ clock: new TestClock(), lifetime: 1000 }),
      () => {},
    );
    const show = (headers: IncomingMessage['headers']) => look({ headers } as IncomingMessage, 'pull');
    expect(show({ authorization: 'Bearer key', origin: site })).toEqual(refused);
    expect(show({ authorization: 'Bearer key' })).toEqual({ secret: 'key' });
  });

  test('that throw, or answer what is no text, refuse with 500, and the operator hears why', () => {
    const boom = new Error('boom');
    for (const credentials of [
      () => Promise.resolve('key') as never,
      // It must not end the process, either.
      () => Promise.reject(boom) as never,
      () => 7 as never,
      () => null as never,
    ])
      expect(setUp({ credentials }).show({})).toEqual({ code: 'SERVER_FAILED' });
    const thrown = setUp({
      credentials: () => {
        throw boom;
      },
    });
    expect(thrown.show({})).toEqual({ code: 'SERVER_FAILED' });
    expect(thrown.errors).toEqual([boom]);
  });
});
