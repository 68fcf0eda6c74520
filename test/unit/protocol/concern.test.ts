import { expect, test } from 'vitest';
import { type Concern, isSendable, mostSentBytes } from '../../../src/protocol/concern.js';

const named = (documentId: string): Concern => ({ 'api::a.a': { documents: [documentId], values: {} } });
const room = mostSentBytes - JSON.stringify(named('')).length;

test.each([
  ['as long as it may be', 'a'.repeat(room), true],
  ['longer by a byte', 'a'.repeat(room + 1), false],
  ['as long as it may be in UTF-8', 'é'.repeat(Math.floor(room / 2)), true],
  ['longer in UTF-8 only', 'é'.repeat(Math.floor(room / 2) + 1), false],
])('a concern that is %s is sent: or else all is asked for', (_, documentId, isSent) => {
  expect(isSendable(named(documentId))).toBe(isSent);
});
