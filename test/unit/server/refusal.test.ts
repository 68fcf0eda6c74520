import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { errorTable } from '../../../src/protocol/errors.js';
import { refusalText } from '../../../src/server/refusal.js';

const recording = new URL('../../fixtures/recordings/strapi-5.54.0-unexpected-messages.txt', import.meta.url);

/** What a real Strapi answered, by the name of the case. */
const recorded = new Map(
  readFileSync(recording, 'utf8')
    .split('\n')
    .filter((line) => line.includes('{"http"'))
    .map((line) => {
      const at = line.indexOf('{"http"');
      return [
        line.slice(0, at).trim(),
        JSON.parse(line.slice(at)) as { http: number; body: string },
      ] as const;
    }),
);

const bodyOf = (text: string) => text.slice(text.indexOf('\r\n\r\n') + 4);

describe('refusal', () => {
  it.each([
    ['no auth push', 'UNAUTHORIZED'],
    ['bad token', 'UNAUTHORIZED'],
    ['basic auth', 'UNAUTHORIZED'],
    ['bad path', 'NOT_FOUND'],
  ] as const)('answers as Strapi does to: %s', (name, code) => {
    const text = refusalText(code);
    expect(text).toMatch(`HTTP/1.1 ${recorded.get(name)?.http} `);
    expect(bodyOf(text)).toBe(recorded.get(name)?.body);
  });

  it('is one HTTP response, whole', () => {
    expect(refusalText('FORBIDDEN')).toBe(
      [
        'HTTP/1.1 403 Forbidden',
        'Content-Type: application/json; charset=utf-8',
        'Content-Length: 95',
        'Connection: close',
        '',
        '{"data":null,"error":{"status":403,"name":"ForbiddenError","message":"Forbidden","details":{}}}',
      ].join('\r\n'),
    );
  });

  // Made with the error helpers of Strapi 5.54.0 (ctx.unauthorized, ctx.notImplemented, …).
  it.each([
    [
      'NO_TOKEN_SALT',
      '{"data":null,"error":{"status":501,"name":"NotImplementedError","message":"The server configuration for data transfer is invalid. Please contact your server administrator.","details":{"code":"INVALID_TOKEN_SALT"}}}',
    ],
    [
      'TOO_MANY_ATTEMPTS',
      '{"data":null,"error":{"status":429,"name":"TooManyRequestsError","message":"Too Many Requests","details":{}}}',
    ],
    [
      'SERVER_FAILED',
      '{"data":null,"error":{"status":500,"name":"InternalServerError","message":"Internal Server Error"}}',
    ],
  ] as const)('words %s as Strapi does', (code, body) => {
    expect(bodyOf(refusalText(code))).toBe(body);
    expect(refusalText(code)).toMatch(`HTTP/1.1 ${errorTable[code].http} `);
  });

  it('says that a token has expired, as Strapi does', () => {
    expect(bodyOf(refusalText('UNAUTHORIZED', { expired: true }))).toBe(
      '{"data":null,"error":{"status":401,"name":"UnauthorizedError","message":"Token expired","details":{}}}',
    );
  });
});
