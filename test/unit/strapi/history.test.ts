import { describe, expect, test } from 'vitest';
import type { Session } from '../../../src/server/session.js';
import type { SessionSummary } from '../../../src/server/transfer-server.js';
import { createHistory } from '../../../src/strapi/plugin/history.js';

const info = (id: string) => ({
  ...{ id, direction: 'push' as const, name: 'nightly', address: '10.0.0.9', startedAt: 1000 },
  tenant: undefined,
});
const moved = { entities: { items: 2, bytes: 0 } };
const session = (id: string) => ({ ...info(id), counts: () => moved }) as unknown as Session;
const summary = (id: string, more: Partial<SessionSummary> = {}): SessionSummary => ({
  ...info(id),
  ...{ ms: 5, counts: moved, fate: 'completed', failure: null, exceeded: null },
  ...more,
});

test('those that run come first, the newest of each first, and the oldest that ended is forgotten', () => {
  const history = createHistory(2);
  for (const id of ['a', 'b', 'c', 'd', 'e']) history.begin(session(id));
  for (const id of ['a', 'b', 'd']) history.end(summary(id));
  expect(history.rows().map(({ id, ended }) => [id, ended === null])).toEqual([
    ['e', true],
    ['c', true],
    ['d', false],
    ['b', false],
  ]);
});

test('a row has no more than what is shown', () => {
  const history = createHistory();
  history.begin(session('a'));
  expect(history.rows()).toEqual([
    {
      ...{ id: 'a', direction: 'push', token: 'nightly', address: '10.0.0.9', startedAt: 1000 },
      ...{ moved, ended: null },
    },
  ]);
});

describe('how it ended', () => {
  test.each<readonly [string, Partial<SessionSummary>, string]>([
    ['committed', {}, 'completed'],
    ['committed, and the connection was lost after it', { failure: 'CONNECTION_CLOSED' }, 'completed'],
    ['a push that only looked', { fate: 'rolledBack', counts: {} }, 'unchanged'],
    ['a pull that its client left', { direction: 'pull', fate: 'begun' }, 'brokenOff'],
    ['a connection without a transfer', { fate: 'none', counts: {} }, 'brokenOff'],
    ['an error', { fate: 'begun', failure: 'NO_SPACE' }, 'failed'],
  ])('%s', (_, more, outcome) => {
    expect(createHistory().end(summary('a', more)).ended).toMatchObject({ outcome, stoppedBy: null });
  });

  test('who stopped it is named, unless it was complete by then', () => {
    const history = createHistory();
    history.stopping('a', 'Ada');
    history.stopping('b', 'Ada');
    expect(history.end(summary('a', { fate: 'begun', failure: 'ABORTED' })).ended?.stoppedBy).toBe('Ada');
    expect(history.end(summary('b')).ended?.stoppedBy).toBeNull();
    expect(history.end(summary('a')).ended?.stoppedBy).toBeNull();
    history.stopping('c', 'Ada');
    expect(history.end(summary('c', { fate: 'begun' })).ended?.stoppedBy).toBeNull();
  });
});
