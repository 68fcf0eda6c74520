import { describe, expect, test } from 'vitest';
import { checkRemoteOptions } from '../../../src/client/options.js';
import { createScriptedPeer } from '../../../src/testing/scripted-peer.js';

const url = 'https://example.com/admin';
const ticket = 'x'.repeat(43);

describe('what a server is shown', () => {
  test.each([
    ['a token', { token: 'key' }],
    ['a ticket', { ticket }],
    ['what the caller’s own socket shows', { open: createScriptedPeer({}).open }],
  ])('may be %s', (_, options) => {
    expect(checkRemoteOptions({ url, ...options }, 'pull').url).toBe(url);
  });

  test.each([
    ['nothing', {}, 'MISSING_TOKEN', /No transfer token/],
    ['an empty token', { token: '' }, 'MISSING_TOKEN', /No transfer token/],
    ['a ticket that is none', { ticket: 'key' }, 'INVALID_OPTION', /issueTicket\(\)/],
    ['an empty ticket', { ticket: '' }, 'INVALID_OPTION', /issueTicket\(\)/],
    ['both', { ticket, token: 'key' }, 'INVALID_OPTION', /a token is given too/],
  ] as const)('cannot be %s', (_, options, code, message) => {
    expect(() => checkRemoteOptions({ url, ...options }, 'pull')).toThrow(
      expect.objectContaining({ code, message: expect.stringMatching(message) }),
    );
  });

  test('is in no error', () => {
    const secret = `${ticket}-secret`;
    expect(() => checkRemoteOptions({ url, ticket: secret }, 'pull')).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining(secret) }),
    );
  });
});

test('an option that is given as undefined is left out', () => {
  const { retryIsGiven } = checkRemoteOptions(
    { url, token: 'key', retryMessageOptions: { retryMessageTimeout: undefined } },
    'pull',
  );
  expect(retryIsGiven).toBe(false);
});
