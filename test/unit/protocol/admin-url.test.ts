import { describe, expect, test } from 'vitest';
import { checkAdminUrl, isSameServer, isServerUrl, transferRoute } from '../../../src/protocol/admin-url.js';

describe('the admin URL', () => {
  test.each([
    ['https://example.com/admin', 'https://example.com/admin'],
    ['https://example.com/admin/', 'https://example.com/admin'],
    ['http://localhost:1337/admin?x=1#y', 'http://localhost:1337/admin'],
    ['https://example.com/a/b//', 'https://example.com/a/b/'],
    ['https://example.com/cms/dashboard', 'https://example.com/cms/dashboard'],
  ])('%s is taken as %s', (text, taken) => {
    expect(checkAdminUrl(text).href).toBe(taken);
  });

  test.each([
    ['', 'cannot be parsed'],
    ['example.com/admin', 'cannot be parsed'],
    ['ftp://example.com/admin', 'its scheme is ftp, not http or https'],
    ['localhost:1337/admin', 'its scheme is localhost, not http or https'],
    ['cms.example.com/admin', 'Probably https://cms.example.com/admin is meant.'],
    ['cms.example.com:1337/admin', 'Probably http://cms.example.com:1337/admin is meant.'],
    ['localhost:1337/admin', 'Probably http://localhost:1337/admin is meant.'],
    ['"https://example.com/admin"', 'Probably https://example.com/admin is meant.'],
    ['wss://example.com/admin', 'Probably https://example.com/admin is meant.'],
    ['https://example.com', 'Probably https://example.com/admin is meant.'],
    ['content', 'Give the address of the admin panel, such as https://example.com/admin.'],
    ['https://me:secret@example.com/admin', 'user name or password'],
    ['https://me@example.com/admin', 'user name or password'],
    ['https://:secret@example.com/admin', 'user name or password'],
    ['https://example.com', 'no admin path'],
    ['https://example.com/', 'no admin path'],
    ['https://example.com//', 'no admin path'],
    ['https://example.com/?x=1', 'no admin path'],
  ])('%s is refused: %s', (text, reason) => {
    expect(() => checkAdminUrl(text)).toThrow(
      expect.objectContaining({ code: 'INVALID_URL', message: expect.stringContaining(reason) }),
    );
  });

  test.each([
    'https://me:secret@example.com/admin',
    'https://me:secret@',
    'ftp://me:secret@example.com/x',
    'me:secret@example.com/admin',
    '"https://me:secret@example.com/admin"',
    '//me:secret@example.com/admin',
    "'me:secret@example.com/admin'",
    'ftp;//me:secret@example.com/x',
  ])('a password is never repeated (%s)', (text) => {
    expect(() => checkAdminUrl(text)).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('secret') }),
    );
  });

  test('what stands beside the password is repeated, so that one sees which URL is meant', () => {
    expect(() => checkAdminUrl('ftp://me:secret@example.com/x@y')).toThrow(
      /^"ftp:\/\/example\.com\/x@y" is not/,
    );
  });

  test.each([
    ['https://example.com/admin', 'push', 'wss://example.com/admin/transfer/runner/push'],
    ['http://localhost:1337/a/b/', 'pull', 'ws://localhost:1337/a/b/transfer/runner/pull'],
  ] as const)('%s has its %s at %s', (text, transfer, route) => {
    expect(transferRoute(checkAdminUrl(text), transfer).href).toBe(route);
  });

  test('a route has one slash before it, however the address ends', () => {
    expect(transferRoute(new URL('https://example.com/cms/admin/'), 'pull').pathname).toBe(
      '/cms/admin/transfer/runner/pull',
    );
  });

  test.each([
    ['https://example.com/admin', true],
    ['HTTP://example.com', true],
    ['htps:/example.com', true],
    ['git+ssh://example.com', true],
    ['a1.b-c:x', true],
    ['ab:\\x', true],
    ['./https://example.com', false],
    ['1http://example.com', false],
    ['x_y://example.com', false],
    ['/srv/content', false],
    ['content', false],
    ['c:\\content', false],
    ['C:/content', false],
  ])('%s is meant as an address: %s', (end, isMeant) => {
    expect(isServerUrl(end)).toBe(isMeant);
  });
});

describe('two spellings of one server', () => {
  test.each([
    ['http://localhost:1337/admin', 'http://127.0.0.1:1337/admin'],
    ['http://localhost:1337/admin', 'http://LOCALHOST.:1337/admin/'],
    ['http://localhost:1337/admin', 'http://127.1:1337/admin'],
    ['http://localhost:1337/admin', 'http://127.0.0.53:1337/admin'],
    ['http://localhost:1337/admin', 'http://2130706433:1337/admin'],
    ['http://localhost:1337/admin', 'http://0x7f.0.0.1:1337/admin'],
    ['http://localhost:1337/admin', 'http://[::1]:1337/admin'],
    ['http://localhost:1337/admin', 'http://[0:0:0:0:0:0:0:1]:1337/admin'],
    ['http://localhost:1337/admin', 'http://[::ffff:127.0.0.1]:1337/admin'],
    ['http://localhost:1337/admin', 'http://0.0.0.0:1337/admin'],
    ['http://localhost:1337/admin', 'http://[::]:1337/admin'],
    ['http://localhost:1337/admin', 'http://localhost:1337/%61dmin'],
    ['http://localhost:1337/admin', 'http://localhost:1337/admin//'],
    ['http://localhost:1337/admin', 'http://localhost:1337/admin?from=x#y'],
    ['https://cms.example.com/admin', 'https://CMS.example.com:443/admin'],
    ['https://cms.example.com/admin', 'http://cms.example.com/admin'],
    ['https://cms.example.com/admin', 'https://cms.example.com./admin'],
    ['https://xn--bcher-kva.example/admin', 'https://bücher.example/admin'],
    ['http://10.0.0.7/admin', 'http://[::ffff:10.0.0.7]/admin'],
  ])('%s is %s', (a, b) => {
    expect(isSameServer(a, b)).toBe(true);
    expect(isSameServer(b, a)).toBe(true);
  });

  test.each([
    ['http://localhost:1337/admin', 'http://localhost:1338/admin'],
    ['http://localhost:1337/admin', 'http://localhost:1337/other/admin'],
    ['http://localhost/admin', 'https://localhost:1337/admin'],
    ['https://a.example.com/admin', 'https://b.example.com/admin'],
    ['https://cms.example.com:80/admin', 'http://cms.example.com/admin'],
  ])('but %s is not %s', (a, b) => {
    expect(isSameServer(a, b)).toBe(false);
  });
});
