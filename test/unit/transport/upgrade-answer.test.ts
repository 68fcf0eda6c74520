import { describe, expect, test } from 'vitest';
import { transferErrorOf } from '../../../src/protocol/errors.js';
import { meaningOfAnswer } from '../../../src/transport/upgrade-answer.js';

const where = { url: 'https://cms.example.com/cms/admin', scope: 'push' };
const page = '<html>something else</html>';
const inWordsOfStrapi = (status: number, message: string) =>
  JSON.stringify({ data: null, error: { status, name: 'Error', message, details: {} } });
type Headers = Readonly<Record<string, string>>;

describe('an answer to an upgrade means the same to all commands:', () => {
  const gateway = /it could not reach Strapi, or gave up/;
  const firewall = /That is a firewall, and not the permission of the token/;
  const rows: (readonly [number, string, Headers, string, number, string, RegExp])[] = [
    [200, 'a page', {}, page, 3, 'UPGRADE_NOT_FORWARDED', /or it is not a Strapi/],
    [
      301,
      '',
      { location: 'https://b/admin/transfer/runner/pull' },
      '',
      3,
      'REDIRECTED',
      /to https:\/\/b\/admin \(/,
    ],
    [302, 'a login', { location: 'https://login.example/x' }, '', 3, 'REDIRECTED', /login\.example/],
    [308, 'to nowhere', {}, '', 3, 'REDIRECTED', /nowhere/],
    [400, 'a page', {}, page, 3, 'UPGRADE_NOT_FORWARDED', /proxy_set_header Upgrade/],
    [
      400,
      'nginx',
      {},
      'The plain HTTP request was sent to HTTPS port',
      4,
      'TLS_FAILED',
      /TLS only\. Use https/,
    ],
    [
      400,
      'Go',
      {},
      'Client sent an HTTP request to an HTTPS server.',
      4,
      'TLS_FAILED',
      /TLS only\. Use https/,
    ],
    [
      400,
      'Apache',
      {},
      "You're speaking plain HTTP to an SSL-enabled server port.",
      4,
      'TLS_FAILED',
      /Use https/,
    ],
    [
      400,
      'nginx',
      {},
      'No required SSL certificate was sent',
      4,
      'TLS_FAILED',
      /a certificate of the client/,
    ],
    [400, 'nginx', {}, 'The SSL certificate error', 4, 'TLS_FAILED', /a certificate of the client/],
    [496, 'nginx', {}, page, 4, 'TLS_FAILED', /a certificate of the client/],
    [497, 'nginx', {}, page, 4, 'TLS_FAILED', /TLS only\. Use https/],
    [
      401,
      'Basic',
      { 'www-authenticate': 'Basic realm="a"' },
      page,
      3,
      'PASSWORD_REQUIRED',
      /\/admin\/transfer\/runner/,
    ],
    [401, 'Negotiate', { 'www-authenticate': 'Negotiate' }, '', 3, 'PASSWORD_REQUIRED', /401: Negotiate/],
    [401, 'a page', {}, page, 3, 'UNAUTHORIZED', /Check that it is complete/],
    [
      401,
      'a Strapi',
      {},
      inWordsOfStrapi(401, 'Missing or invalid credentials'),
      3,
      'UNAUTHORIZED',
      /complete/,
    ],
    [401, 'a Strapi', {}, inWordsOfStrapi(401, 'Token expired'), 3, 'TOKEN_EXPIRED', /its time is over/],
    [403, 'a Strapi', {}, inWordsOfStrapi(403, 'Forbidden'), 3, 'FORBIDDEN', /has no push permission/],
    [
      403,
      'a Strapi behind nginx',
      { server: 'nginx' },
      inWordsOfStrapi(403, 'Forbidden'),
      3,
      'FORBIDDEN',
      /push/,
    ],
    [407, '', { 'proxy-authenticate': 'Basic' }, '', 3, 'PASSWORD_REQUIRED', /407: Basic/],
    [403, 'a page', {}, page, 3, 'BLOCKED', firewall],
    [403, 'nothing', { server: 'awselb/2.0' }, '', 3, 'BLOCKED', /awselb\/2\.0 answered/],
    [403, 'JSON of another', {}, '{"message":"Forbidden"}', 3, 'BLOCKED', firewall],
    [403, 'Google', {}, '{"error":{"code":403,"message":"no","status":"X"}}', 3, 'BLOCKED', firewall],
    [403, 'Cloudflare', { 'cf-mitigated': 'challenge' }, page, 3, 'BLOCKED', /Cloudflare answered/],
    [404, 'a page', {}, page, 3, 'NOT_FOUND', /below \/admin, wherever its panel lives/],
    [
      404,
      'a Strapi',
      {},
      inWordsOfStrapi(404, 'Not Found'),
      3,
      'NOT_FOUND',
      /server\.transfer\.remote\.enabled/,
    ],
    [418, '', {}, '', 3, 'UPGRADE_REFUSED', /418/],
    [426, '', {}, '', 3, 'UPGRADE_NOT_FORWARDED', /proxy_http_version 1\.1/],
    [429, '', {}, page, 3, 'TOO_MANY_ATTEMPTS', /Wait a minute/],
    [
      500,
      'a Strapi',
      {},
      inWordsOfStrapi(500, 'Internal Server Error'),
      3,
      'SERVER_FAILED',
      /out of connections/,
    ],
    [501, 'a Strapi', {}, inWordsOfStrapi(501, 'invalid'), 3, 'NO_TOKEN_SALT', /TRANSFER_TOKEN_SALT/],
    [501, 'a page', {}, page, 3, 'UPGRADE_REFUSED', /501/],
    ...[502, 503, 504, 520, 521, 522, 523, 524, 525, 526, 527, 530].map(
      (status) => [status, '', {}, page, 4, 'GATEWAY_ERROR', gateway] as const,
    ),
  ];
  test.each(rows)('%i %s', (status, _, headers, body, exit, code, words) => {
    const end = meaningOfAnswer({ status, headers, body }, where);
    expect(end).toMatchObject({ code, details: { status, ...where } });
    const { message, row } = transferErrorOf(end.code, end.details);
    expect(message).toMatch(words);
    expect(message).not.toMatch(/undefined|\[object/);
    expect(row.exit).toBe(exit);
  });

  test.each(Array.from({ length: 500 }, (_, at) => at + 100))(
    '%i, whatever it says, is one of the table',
    (status) => {
      for (const body of ['', page, inWordsOfStrapi(status, 'x'), '{"error":', 'null', '{"error":null}']) {
        const { code, details } = meaningOfAnswer({ status, headers: {}, body }, where);
        expect(transferErrorOf(code, details).message).not.toMatch(/undefined|[{}]/);
      }
    },
  );

  test('a header as long as can be is cut for the message', () => {
    const answer = { status: 403, headers: { server: 'x'.repeat(10_000) }, body: page };
    expect(String(meaningOfAnswer(answer, where).details['who']).length).toBe(200);
  });

  test('a body that is nested as deeply as can be is no answer of a Strapi', () => {
    const body = `{"error":{"status":403,"message":"x","details":${'['.repeat(2000)}${']'.repeat(2000)}}}`;
    expect(meaningOfAnswer({ status: 403, headers: {}, body }, where).code).toBe('BLOCKED');
  });
});
