import { describe, expect, test } from 'vitest';
import { tokensOf, tokenWarnings } from '../../../src/cli/tokens.js';

const [one, two, folder] = ['https://one.example/admin', 'https://two.example/admin', './content'];
type Own = string | undefined;

/** Which tokens go where: the ends, their own tokens, STRAPI_TRANSFER_URL, and what each end gets of `shared`. */
const table: readonly (readonly [string, string, Own, Own, string | undefined, Own, Own])[] = [
  // One server: the token is its, whatever the variable of the URL says.
  [one, folder, undefined, undefined, undefined, 'shared', undefined],
  [folder, one, undefined, undefined, undefined, undefined, 'shared'],
  [folder, one, undefined, undefined, two, undefined, 'shared'],
  [folder, one, undefined, 'own', one, undefined, 'own'],
  [folder, folder, undefined, undefined, one, undefined, undefined],
  // Two servers: it is of the one that the variable names, and no other's.
  [one, two, undefined, 'own', one, 'shared', 'own'],
  [one, two, undefined, undefined, one, 'shared', undefined],
  [one, two, undefined, undefined, two, undefined, 'shared'],
  [one, two, 'own', undefined, 'https://two.example/elsewhere', 'own', 'shared'],
  [one, two, 'own', 'own', two, 'own', 'own'],
  [one, one, undefined, undefined, one, 'shared', 'shared'],
  // Where each has its own, it is nobody's.
  [one, two, 'own', 'own', undefined, 'own', 'own'],
];

describe('STRAPI_TRANSFER_TOKEN goes to the one server that it is for', () => {
  test.each(table)('%s → %s, own %s and %s, URL %s', (from, to, ownFrom, ownTo, url, fromToken, toToken) => {
    const env = { STRAPI_TRANSFER_TOKEN: 'shared', STRAPI_TRANSFER_URL: url };
    const ends = [
      { end: from, own: ownFrom },
      { end: to, own: ownTo },
    ] as const;
    expect(tokensOf(ends, undefined, env)).toEqual([fromToken, toToken]);
    expect(tokensOf(ends, undefined, { STRAPI_TRANSFER_URL: url })).toEqual([ownFrom, ownTo]);
  });

  test.each<[string, string, Own, Own, string | undefined]>([
    [one, two, undefined, undefined, undefined],
    [one, two, 'own', undefined, undefined],
    [one, two, undefined, 'own', undefined],
    [one, two, undefined, undefined, 'https://three.example/admin'],
    // Another scheme, another port, a name that only begins the same: another server.
    [one, two, undefined, undefined, 'http://one.example/admin'],
    [one, two, undefined, undefined, 'https://one.example:8443/admin'],
    [one, two, undefined, undefined, 'https://one.example.org/admin'],
    [one, two, undefined, undefined, './content'],
    [one, one, undefined, undefined, undefined],
  ])('and %s → %s, own %s and %s, URL %s, is refused', (from, to, ownFrom, ownTo, url) => {
    const env = { STRAPI_TRANSFER_TOKEN: 'shared', STRAPI_TRANSFER_URL: url };
    const read = () =>
      tokensOf(
        [
          { end: from, own: ownFrom },
          { end: to, own: ownTo },
        ],
        undefined,
        env,
      );
    expect(read).toThrow(expect.objectContaining({ code: 'AMBIGUOUS_TOKEN' }));
    expect(read).toThrow(
      /STRAPI_TRANSFER_FROM_TOKEN and STRAPI_TRANSFER_TO_TOKEN.*--from-token and --to-token/,
    );
    expect(read).not.toThrow(/shared/);
  });

  test('what is no URL is told as such elsewhere', () => {
    const ends = [
      { end: one, own: undefined },
      { end: 'http://exa mple/admin', own: undefined },
    ] as const;
    expect(() => tokensOf(ends, undefined, { STRAPI_TRANSFER_TOKEN: 'shared' })).not.toThrow();
  });
});

describe('a token is given by one scheme', () => {
  const ends = (own: Own, variable: Own) =>
    [
      { end: one, own, variable },
      { end: folder, own: undefined },
    ] as const;
  const env = { STRAPI_TRANSFER_TOKEN: 'shared variable' };

  test.each<[string, Own, Own, Own, string]>([
    ["the end's own flag goes before all", 'own flag', 'shared flag', 'own variable', 'own flag'],
    ['--token goes before any variable', undefined, 'shared flag', 'own variable', 'shared flag'],
    [
      "the end's own variable goes before the shared one",
      undefined,
      undefined,
      'own variable',
      'own variable',
    ],
    ['and the shared one comes last', undefined, undefined, undefined, 'shared variable'],
  ])('%s', (_, own, flag, variable, token) => {
    expect(tokensOf(ends(own, variable), flag, env)).toEqual([token, undefined]);
  });

  test('--token is refused where there are two servers, and names itself', () => {
    const two = [
      ends(undefined, undefined)[0],
      { end: 'https://two.example/admin', own: undefined },
    ] as const;
    expect(() => tokensOf(two, 'shared', {})).toThrow(
      /^--token is the token of one server, .*--from-token and --to-token/,
    );
  });
});

describe('a token over http', () => {
  test.each([
    'http://cms.example.com/admin',
    'http://192.168.1.4:1337/admin',
    'http://[2001:db8::1]/admin',
    'http://localhost.example.com/admin',
    'http://127.0.0.1.example.com/admin',
    'http://0.0.0.0/admin',
  ])('to %s is warned of, once', (end) => {
    expect(tokenWarnings([end, end])).toEqual([expect.stringContaining(`${new URL(end).origin} is http`)]);
  });

  test.each([
    ...['https://cms.example.com/admin', './content', 'c:\\content', 'http://exa mple/admin'],
    ...[
      'http://localhost:1337/admin',
      'http://LOCALHOST/admin',
      'http://localhost./admin',
      'http://127.0.0.1/admin',
    ],
    ...[
      'http://127.1/admin',
      'http://127.200.0.3/admin',
      'http://2130706433/admin',
      'http://[::1]:1337/admin',
    ],
    'http://[::ffff:127.0.0.1]/admin',
  ])('to %s is not', (end) => {
    expect(tokenWarnings([end])).toEqual([]);
  });
});
