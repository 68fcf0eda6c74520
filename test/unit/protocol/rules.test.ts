import { describe, expect, test } from 'vitest';
import {
  checkConnectionOptions,
  defaultConnectionOptions,
} from '../../../src/protocol/connection-options.js';
import { negotiate, offerPull, offerPush } from '../../../src/protocol/negotiation.js';
import { isProtectedType, protectedTypes } from '../../../src/protocol/protected-types.js';
import { queuesItsMessages } from '../../../src/protocol/version.js';

describe('negotiation', () => {
  const restore = { assets: true, configuration: { coreStore: true, webhook: true }, entities: {} };
  const everything = { transferID: 't', checksums: true, assetEncoding: 'base64', ferry: { version: 1 } };

  test('what is offered in a pull and in a push', () => {
    expect(offerPull({ checksums: true })).toEqual({
      transfer: 'pull',
      checksums: true,
      ferry: { version: 1 },
    });
    expect(offerPull({ checksums: false })).toEqual({ transfer: 'pull', ferry: { version: 1 } });
    expect(offerPush({ checksums: false, restore })).not.toHaveProperty('checksums');
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
  ['10.0.0', true],
  ['5.100.0', true],
  ['5.52.3', false],
  ['5.9.0', false],
  ['4.99.0', false],
  ['', false],
  ['five', false],
  ['v5.54.0', false],
  ['5.54', false],
  [undefined, false],
  [5, false],
  [['5.54.0'], false],
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

  test('the known ones are all that a Strapi 5 up to 5.53 would delete with its users', () => {
    expect([...protectedTypes([])].sort()).toEqual([
      'admin::api-token',
      'admin::api-token-permission',
      'admin::audit-log',
      'admin::permission',
      'admin::role',
      'admin::session',
      'admin::transfer-token',
      'admin::transfer-token-permission',
      'admin::user',
      'admin::workflow',
      'admin::workflow-stage',
      'plugin::content-releases.release',
      'plugin::content-releases.release-action',
    ]);
  });
});

describe('options of the link', () => {
  test('the defaults', () => {
    expect(checkConnectionOptions()).toEqual(defaultConnectionOptions);
    expect(defaultConnectionOptions).toMatchObject({
      connectTimeout: 30_000,
      heartbeatTimeout: 10_000,
      busyTimeout: 180_000,
    });
  });

  test.each(Object.keys(defaultConnectionOptions))('%s that no timer can hold is refused', (option) => {
    for (const value of [2 ** 31, -1, Number.NaN]) {
      expect(() => checkConnectionOptions({ [option]: value })).toThrow(
        expect.objectContaining({ code: 'INVALID_OPTION', message: expect.stringContaining(option) }),
      );
    }
  });

  test('an option that is given as undefined is the default', () => {
    expect(checkConnectionOptions({ busyTimeout: undefined } as object)).toEqual(defaultConnectionOptions);
  });
});
