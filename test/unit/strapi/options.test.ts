import { describe, expect, test } from 'vitest';
import { defaultServerLimits } from '../../../src/server/transfer-server.js';
import { checkPluginOptions } from '../../../src/strapi/plugin/options.js';

test('nothing said: Ferry takes Strapi’s routes, with the limits of a server, and shows no charts', () => {
  const limits = { ...defaultServerLimits, hookTimeout: 60_000 };
  const proxies = { trustedProxies: [], forwardedHeader: 'x-forwarded-for' };
  const checked = { replaceBuiltIn: true, limits, inspectPort: null, ...proxies };
  expect(checkPluginOptions(undefined)).toEqual(checked);
  expect(checkPluginOptions({})).toEqual(checked);
  expect(checkPluginOptions({ replaceBuiltIn: undefined, limits: undefined, inspect: undefined })).toEqual(
    checked,
  );
});

test('what is said counts', () => {
  const { limits, ...others } = checkPluginOptions({
    replaceBuiltIn: false,
    inspect: 4800,
    trustedProxies: ['10.0.0.0/8'],
    forwardedHeader: 'forwarded',
    limits: { sessions: 2, hookTimeout: 5 },
  });
  expect(others).toEqual({
    ...{ replaceBuiltIn: false, inspectPort: 4800 },
    ...{ trustedProxies: ['10.0.0.0/8'], forwardedHeader: 'forwarded' },
  });
  expect(limits).toMatchObject({ sessions: 2, hookTimeout: 5, queue: defaultServerLimits.queue });
  expect(checkPluginOptions({ inspect: true }).inspectPort).toBe(4747);
});

describe('a wrong option is named, with what it may be', () => {
  test.each<readonly [unknown, RegExp]>([
    ['on', /config cannot be 'on': it must be an object/],
    [[], /config cannot be \[\]: it must be an object/],
    [
      { replaceBuiltin: false },
      /replaceBuiltin cannot be false: there is no such option; there are replaceBuiltIn/,
    ],
    [{ replaceBuiltIn: 'no' }, /replaceBuiltIn cannot be 'no': it must be true or false/],
    [{ limits: 5 }, /limits cannot be 5: it must be an object/],
    [{ limits: { sesions: 1 } }, /limits\.sesions cannot be 1: there is no such limit; there are .*sessions/],
    [{ limits: { sessions: -1 } }, /sessions cannot be -1/],
    [{ limits: { idleTimeout: 2 ** 31 } }, /idleTimeout/],
    [{ inspect: 0 }, /inspect cannot be 0: it must be true, false or a port/],
    [{ inspect: '4747' }, /inspect cannot be '4747'/],
    [{ inspect: 65_536 }, /inspect/],
    [{ trustedProxies: '10.0.0.1' }, /trustedProxies cannot be '10.0.0.1': it must be a list/],
    [{ trustedProxies: ['proxy'] }, /trustedProxies cannot be proxy: name addresses and ranges/],
    [{ trustedProxies: [null] }, /trustedProxies cannot be null/],
    [{ forwardedHeader: 'via' }, /forwardedHeader cannot be 'via': it must be x-forwarded-for or forwarded/],
  ])('%j', (given, words) => {
    expect(() => checkPluginOptions(given)).toThrow(words);
  });
});
