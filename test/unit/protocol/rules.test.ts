import { describe, expect, test } from 'vitest';
import { checkAdminUrl, transferRoute } from '../../../src/protocol/admin-url.js';
import { checkLinkOptions, defaultLinkOptions } from '../../../src/protocol/link.js';
import { negotiate, offerPull, offerPush } from '../../../src/protocol/negotiation.js';
import { isProtectedType, protectedTypes } from '../../../src/protocol/protected-types.js';
import { queuesItsMessages } from '../../../src/protocol/version.js';

describe('the admin URL', () => {
  test.each([
    ['https://example.com/admin', 'https://example.com/admin'],
    ['https://example.com/admin/', 'https://example.com/admin'],
    ['http://localhost:1337/admin?x=1#y', 'http://localhost:1337/admin'],
    ['https://example.com/cms/dashboard', 'https://example.com/cms/dashboard'],
  ])('%s is taken as %s', (text, taken) => {
    expect(checkAdminUrl(text).href).toBe(taken);
  });

  test.each([
    ['', 'cannot be parsed'],
    ['example.com/admin', 'cannot be parsed'],
    ['ftp://example.com/admin', 'its scheme is ftp'],
    ['localhost:1337/admin', 'its scheme is localhost'],
    ['https://me:secret@example.com/admin', 'user name or password'],
    ['https://example.com', 'no admin path'],
    ['https://example.com/', 'no admin path'],
  ])('%s is refused: %s', (text, reason) => {
    expect(() => checkAdminUrl(text)).toThrow(
      expect.objectContaining({ code: 'INVALID_URL', message: expect.stringContaining(reason) }),
    );
  });

  test.each(['https://me:secret@example.com/admin', 'https://me:secret@', 'ftp://me:secret@example.com/x'])(
    'a password is never repeated (%s)',
    (text) => {
      expect(() => checkAdminUrl(text)).toThrow(
        expect.objectContaining({ message: expect.not.stringContaining('secret') }),
      );
    },
  );

  test.each([
    ['https://example.com/admin', 'push', 'wss://example.com/admin/transfer/runner/push'],
    ['http://localhost:1337/a/b/', 'pull', 'ws://localhost:1337/a/b/transfer/runner/pull'],
  ] as const)('%s has its %s at %s', (text, transfer, route) => {
    expect(transferRoute(checkAdminUrl(text), transfer).href).toBe(route);
  });
});

describe('negotiation', () => {
  const restore = { assets: true, configuration: { coreStore: true, webhook: true }, entities: {} };
  const everything = { transferID: 't', checksums: true, assetEncoding: 'base64', ferry: { version: 1 } };

  test('what is offered in a pull and in a push', () => {
    expect(offerPull({ checksums: true })).toEqual({
      transfer: 'pull',
      checksums: true,
      ferry: { version: 1 },
    });
    expect(offerPull({ checksums: false })).not.toHaveProperty('checksums');
    expect(offerPush({ checksums: true, restore })).toEqual({
      options: { strategy: 'restore', restore },
      transfer: 'push',
      checksums: true,
      assetEncoding: 'base64',
      ferry: { version: 1 },
    });
  });

  test('what is offered and echoed counts', () => {
    expect(negotiate(offerPush({ checksums: true, restore }), everything)).toEqual({
      transferID: 't',
      checksums: true,
      assetEncoding: 'base64',
      ferry: { version: 1 },
    });
  });

  test.each([
    ['echoed but not offered', {}, everything],
    ['offered but not echoed', offerPush({ checksums: true, restore }), { transferID: 't' }],
    [
      'echoed with another value',
      offerPush({ checksums: true, restore }),
      { transferID: 't', checksums: 'yes', assetEncoding: 'hex' },
    ],
  ] as const)('what is %s does not', (_, offer, answer) => {
    expect(negotiate(offer, answer)).toEqual({
      transferID: 't',
      checksums: false,
      assetEncoding: 'buffer',
      ferry: null,
    });
  });
});

test.each([
  ['5.53.0', true],
  ['5.54.0', true],
  ['5.54.0-beta.1', true],
  ['6.0.0', true],
  ['5.100.0', true],
  ['5.52.3', false],
  ['5.9.0', false],
  ['4.99.0', false],
  ['', false],
  ['five', false],
  [undefined, false],
  [5, false],
])('a Strapi of version %j queues its messages: %s', (version, queues) => {
  expect(queuesItsMessages(version)).toBe(queues);
});

describe('types that are never transferred', () => {
  test.each([
    'admin::user',
    'admin::anything',
    'plugin::content-releases.release',
    'plugin::content-releases.release-action',
  ])('%s', (type) => expect(isProtectedType(type)).toBe(true));
  test.each(['api::admin.admin', 'plugin::users-permissions.user', 'plugin::content-releases.other', ''])(
    'not %s',
    (type) => expect(isProtectedType(type)).toBe(false),
  );

  test('what a push keeps: the known ones and those of the source, once each', () => {
    const kept = protectedTypes(['admin::user', 'admin::custom', 'api::page.page']);
    expect(kept).toContain('admin::custom');
    expect(kept).toContain('admin::transfer-token');
    expect(kept).not.toContain('api::page.page');
    expect(new Set(kept).size).toBe(kept.length);
  });
});

describe('options of the link', () => {
  test('the defaults', () => {
    expect(checkLinkOptions()).toEqual(defaultLinkOptions);
    expect(defaultLinkOptions).toMatchObject({
      connectTimeout: 30_000,
      heartbeatTimeout: 10_000,
      busyTimeout: 180_000,
    });
  });

  test.each(Object.keys(defaultLinkOptions))('%s that no timer can hold is refused', (option) => {
    for (const value of [2 ** 31, -1, Number.NaN]) {
      expect(() => checkLinkOptions({ [option]: value })).toThrow(
        expect.objectContaining({ code: 'INVALID_OPTION', message: expect.stringContaining(option) }),
      );
    }
  });

  test('an option that is given as undefined is the default', () => {
    expect(checkLinkOptions({ busyTimeout: undefined } as object)).toEqual(defaultLinkOptions);
  });
});
