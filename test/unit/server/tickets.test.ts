import { expect, test } from 'vitest';
import { isTicket } from '../../../src/protocol/ticket.js';
import { createTickets } from '../../../src/server/tickets.js';
import { TestClock } from '../../support/test-clock.js';

const lifetime = 30_000;
function setUp() {
  const clock = new TestClock();
  return { clock, tickets: createTickets({ clock, lifetime }) };
}
const pull = { direction: 'pull', token: 'secret' } as const;

test('a ticket stands for its token once', () => {
  const { tickets } = setUp();
  const ticket = tickets.issue(pull);
  expect(isTicket(ticket)).toBe(true);
  expect(ticket).not.toContain('secret');
  expect([tickets.redeem(ticket, 'pull'), tickets.redeem(ticket, 'pull')]).toEqual(['secret', undefined]);
});

test('a ticket of one direction is no good for the other, and is used up by the attempt', () => {
  const { tickets } = setUp();
  const ticket = tickets.issue(pull);
  expect([tickets.redeem(ticket, 'push'), tickets.redeem(ticket, 'pull')]).toEqual([undefined, undefined]);
});

test.each([
  [lifetime - 1, 'secret'],
  [lifetime, undefined],
])('after %i ms a ticket is worth %s', async (ms, worth) => {
  const { clock, tickets } = setUp();
  const ticket = tickets.issue(pull);
  await clock.pass(ms);
  expect(tickets.redeem(ticket, 'pull')).toBe(worth);
});

test('tickets that are not used leave no timer, and do not pile up', () => {
  const { clock, tickets } = setUp();
  const first = tickets.issue(pull);
  const second = tickets.issue(pull);
  for (let count = 0; count < 9_999; count += 1) tickets.issue(pull);
  expect(clock.pending).toEqual([]);
  expect([tickets.redeem(first, 'pull'), tickets.redeem(second, 'pull')]).toEqual([undefined, 'secret']);
});

test('an unknown ticket is worth nothing', () => {
  expect(setUp().tickets.redeem('x'.repeat(43), 'pull')).toBeUndefined();
});
