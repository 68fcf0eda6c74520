import { expect, test } from 'vitest';
import { agreedOf, isTicket, ticketIn, ticketProtocols } from '../../../src/protocol/ticket.js';

const ticket = 'aZ09_-'.padEnd(43, 'x');
const [agreed, shown] = ticketProtocols(ticket) as [string, string];

test('a ticket is shown as a subprotocol, beside the one that the server agrees to', () => {
  // RFC 6455: each is a token of HTTP.
  for (const name of [agreed, shown]) expect(name).toMatch(/^[!#$%&'*+\-.^_`|~\w]+$/);
  expect(ticketIn([agreed, shown].join(', '))).toBe(ticket);
  expect(ticketIn([shown, agreed].join(','))).toBe(ticket);
  expect(agreedOf([agreed, shown])).toBe(agreed);
});

test.each([
  ['no header', undefined],
  ['an empty header', ''],
  ['another subprotocol', 'graphql-ws'],
  ['a ticket without its name', ticket],
  ['two tickets', `${shown}, ${shown}`],
  ['a ticket that is cut', shown.slice(0, -1)],
  ['a ticket that is too long', `${shown}x`],
  ['a ticket with other characters', `${shown.slice(0, -1)}+`],
])('there is no ticket in %s', (_, header) => {
  expect(ticketIn(header)).toBeUndefined();
});

test.each(['', 'x', `${ticket}\n`, ` ${ticket}`, ticket.replace('_', '/')])('%j is no ticket', (text) => {
  expect(isTicket(text)).toBe(false);
});

test('a server never agrees to the subprotocol that holds a ticket', () => {
  expect(agreedOf([shown, agreed])).toBe(agreed);
  expect(agreedOf([shown])).toBe(false);
  expect(agreedOf([shown, 'graphql-ws'])).toBe('graphql-ws');
});
