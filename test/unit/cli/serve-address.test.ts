import { expect, it } from 'vitest';
import { readAddress } from '../../../src/cli/commands/serve.command.js';
import { describeSession } from '../../../src/server/session-words.js';
import type { SessionSummary } from '../../../src/server/transfer-server.js';

it.each([
  [undefined, '127.0.0.1'],
  ['127.0.0.1', '127.0.0.1'],
  ['0.0.0.0', '0.0.0.0'],
  ['localhost', 'localhost'],
  ['::1', '::1'],
  ['[::1]', '::1'],
  ['[::]', '::'],
  ['[::ffff:127.0.0.1]', '::ffff:127.0.0.1'],
])('--host %s is the address %s', (given, address) => {
  expect(readAddress(given)).toBe(address);
});

const looked: SessionSummary = {
  ...{ id: 's', direction: 'push', name: 'nightly', address: '127.0.0.1', startedAt: 0, ms: 300 },
  ...{ counts: {}, fate: 'rolledBack', failure: null, exceeded: null },
};

it.each<readonly [SessionSummary, string]>([
  [looked, 'nothing was changed (a dry run, or given up at a question)'],
  [{ ...looked, fate: 'begun' }, 'nothing was changed (a dry run, or given up at a question)'],
  [{ ...looked, fate: 'none' }, 'nothing was begun'],
  [{ ...looked, counts: { entities: { items: 1, bytes: 0 } } }, 'rolled back'],
  [{ ...looked, failure: 'ABORTED' }, 'rolled back: ABORTED'],
])('%# tells of a push that only looked as such', (summary, ending) => {
  expect(describeSession(summary).endsWith(`, ${ending}`)).toBe(true);
});
