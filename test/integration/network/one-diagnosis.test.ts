import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createMemoryTokenStore, createTokens } from '../../../src/server/tokens.js';
import { createMemoryStore } from '../../../src/stores/memory.js';
import { createTransfer } from '../../../src/transfer/create-transfer.js';
import { createCertificate } from '../../support/certificates.js';
import { cleanUps } from '../../support/clean-ups.js';
import { outcomeOf, runCommand } from '../../support/command.js';
import { greetingServer } from '../../support/greeting-server.js';
import { smallContent } from '../../support/small-content.js';
import { smallServer } from '../../support/small-server.js';
import { treeOf } from '../../support/tree.js';

/** Something that is wrong on the way to a server, and how it is reached. */
interface Cause {
  readonly url: string;
  readonly token?: string;
}

let root = '';
let content = '';
let certificates = '';
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'ferry-diagnosis-'));
  content = join(root, 'content');
  certificates = await mkdtemp(join(tmpdir(), 'ferry-certificates-'));
  await createTransfer({ from: createMemoryStore(smallContent).source(), to: content }).done;
});
afterAll(async () => {
  await rm(root, { recursive: true });
  await rm(certificates, { recursive: true });
});

/** How a command ended. */
interface Ended {
  readonly exitCode: number;
  readonly code: string | undefined;
  readonly message: string;
  readonly details: Readonly<Record<string, unknown>>;
}

async function run(
  parameters: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  const result = await runCommand([...parameters, '--json'], { env });
  const { exitCode, error } = outcomeOf(result);
  return { exitCode, code: error?.code, message: error?.message ?? '', details: error?.details ?? {} };
}

/** A pull, a push, a comparison and the doctor, against the same cause. Nothing of the folders may change. */
async function allOf({ url, token = 'planted-token-51' }: Cause): Promise<Readonly<Record<string, Ended>>> {
  const before = await treeOf(root);
  const ended = {
    pull: await run(['transfer', '--from', url, '--to', content, '--from-token', token, '--force']),
    push: await run(['transfer', '--from', content, '--to', url, '--to-token', token, '--force']),
    diff: await run(['diff', url, content, '--from-token', token]),
    doctor: await run(['doctor', url, '--token', token, '--scope', 'pull,push', '--timeout', '5000']),
  };
  expect(await treeOf(root)).toEqual(before);
  expect(await readdir(root)).toEqual(['content']);
  return ended;
}

async function expectOf(cause: Cause, exitCode: number, code: string, words: RegExp): Promise<void> {
  const message = expect.stringMatching(words);
  const ended = expect.objectContaining({ exitCode, code, message });
  expect(await allOf(cause)).toEqual({ pull: ended, push: ended, diff: ended, doctor: ended });
}

type Headers = Readonly<Record<string, string>>;

async function listening(server: ReturnType<typeof createServer>): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanUps.push(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  return (server.address() as AddressInfo).port;
}

async function answering(status: number, headers: Headers, body: string): Promise<Cause> {
  const server = createServer((_, response) => response.writeHead(status, headers).end(body));
  return { url: `http://127.0.0.1:${await listening(server)}/admin` };
}

const page = '<html>something else</html>';
const inWordsOfStrapi = (status: number, message: string) =>
  JSON.stringify({ data: null, error: { status, name: 'Error', message, details: {} } });

describe('transfer, diff and doctor say the same of an answer to the upgrade:', () => {
  const rows: readonly [number, string, Headers, string, number, string, RegExp][] = [
    [200, 'a page', {}, page, 3, 'UPGRADE_NOT_FORWARDED', /or it is not a Strapi/],
    [302, 'a login', { location: 'https://login.example/x' }, '', 3, 'REDIRECTED', /login\.example/],
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
      401,
      'Basic',
      { 'www-authenticate': 'Basic' },
      page,
      3,
      'PASSWORD_REQUIRED',
      /\/admin\/transfer\/runner/,
    ],
    [401, 'a page', {}, page, 3, 'UNAUTHORIZED', /Check that it is complete/],
    [403, 'a page', {}, page, 3, 'BLOCKED', /That is a firewall/],
    [403, 'Cloudflare', { 'cf-mitigated': 'challenge' }, page, 3, 'BLOCKED', /Cloudflare answered/],
    [404, 'a page', {}, page, 3, 'NOT_FOUND', /below \/admin, wherever its panel lives/],
    [418, '', {}, '', 3, 'UPGRADE_REFUSED', /418/],
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
    [502, '', {}, page, 4, 'GATEWAY_ERROR', /it could not reach Strapi, or gave up/],
    [521, '', {}, page, 4, 'GATEWAY_ERROR', /it could not reach Strapi, or gave up/],
  ];
  test.each(rows)('%i %s', async (status, _, headers, body, exitCode, code, words) => {
    await expectOf(await answering(status, headers, body), exitCode, code, words);
  });
});

describe('of a port that TLS does not work with:', () => {
  const secure = (options: object = {}) => {
    const certificate = createCertificate(certificates);
    return createSecureServer({ ...certificate, ...options }, (_, response) => response.writeHead(404).end());
  };
  const rows: readonly [string, string, () => ReturnType<typeof createServer>, RegExp][] = [
    ['its certificate is self-signed', 'https', secure, /self-signed\. Give the server/],
    [
      'its authority is not known',
      'https',
      () => secure(signedByOther()),
      /an authority that this machine does not know/,
    ],
    [
      'it speaks plain HTTP',
      'https',
      () => createServer((_, response) => response.writeHead(404).end()),
      /plain HTTP|something else than TLS/,
    ],
    ['it speaks TLS only, and hangs up', 'http', secure, /this port speaks TLS only\. Use https:\/\//],
    ['its TLS is too old', 'https', () => secure({ ...oldTls }), /TLS settings/],
  ];
  test.each(rows)('%s', async (_, scheme, start, words) => {
    const url = `${scheme}://127.0.0.1:${await listening(start())}/admin`;
    await expectOf({ url }, 4, 'TLS_FAILED', words);
  });
});
const signedByOther = () => createCertificate(certificates, { signedBy: createCertificate(certificates) });
const oldTls = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' };

describe('of a server that is not reached:', () => {
  const greeting = async (greet: Parameters<typeof greetingServer>[0]) => {
    const { url, close } = await greetingServer(greet);
    cleanUps.push(close);
    return { url };
  };
  test('a port where nobody listens', async () => {
    const { url, close } = await greetingServer(() => {});
    await close();
    await expectOf({ url }, 4, 'CONNECT_FAILED', /ECONNREFUSED/);
  });

  test('a name that does not exist', () =>
    expectOf({ url: 'http://no-such-host.invalid/admin' }, 4, 'CONNECT_FAILED', /getaddrinfo/));

  test('a server that hangs up', async () => {
    const cause = await greeting((socket) => socket.destroy());
    await expectOf(cause, 4, 'CONNECT_FAILED', /socket hang up/);
  });

  test('a server that speaks no HTTP', async () => {
    const cause = await greeting((socket) => socket.end('220 smtp.example.com ESMTP\r\n'));
    await expectOf(cause, 4, 'CONNECT_FAILED', /Parse Error/);
  });
});

describe('of a token:', () => {
  test('one that the server does not know', async () => {
    const { admin: url } = await smallServer();
    await expectOf({ url, token: 'f'.repeat(64) }, 3, 'UNAUTHORIZED', /Check that it is complete/);
  });

  test('one whose time is over', async () => {
    const tokens = createMemoryTokenStore();
    const made = createTokens({ store: tokens, salt: 'salt', now: () => Date.now() - 86_400_000 });
    const { accessKey: token } = await made.create({
      name: 'old',
      scopes: ['pull', 'push'],
      lifespanMs: 1000,
    });
    const { admin: url } = await smallServer({ tokens });
    await expectOf({ url, token }, 3, 'TOKEN_EXPIRED', /its time is over/);
  });

  test.each(['pull', 'push'] as const)('one that has no %s permission', async (scope) => {
    const { admin: url, tokens } = await smallServer();
    const { accessKey: token } = await tokens.create({
      name: 'one',
      scopes: [scope === 'pull' ? 'push' : 'pull'],
    });
    const { doctor, ...ended } = await allOf({ url, token });
    const forbidden = { exitCode: 3, code: 'FORBIDDEN', details: { scope } };
    expect(ended[scope]).toMatchObject(forbidden);
    if (scope === 'pull') expect(ended['diff']).toMatchObject(forbidden);
    expect(doctor).toMatchObject(forbidden);
  });

  test('a server without a salt for them', async () => {
    const { admin: url } = await smallServer({ tokenSalt: '' });
    await expectOf({ url }, 3, 'NO_TOKEN_SALT', /TRANSFER_TOKEN_SALT/);
  });

  test.each(['planted-51\n', 'planted\r51', 'planted\u200b51', 'Bearer planted-51', '"planted-51"'])(
    'one that can be none: %j',
    async (token) => {
      const { admin: url } = await smallServer();
      const ended = await allOf({ url, token });
      for (const [command, { exitCode, code }] of Object.entries(ended)) {
        expect([command, exitCode, code]).toEqual([command, 2, 'INVALID_OPTION']);
      }
    },
  );
});

describe('of an address that is misspelt:', () => {
  test.each([
    ['cms.example.com/admin', 'https://cms.example.com/admin'],
    ['127.0.0.1:2201/admin', 'http://127.0.0.1:2201/admin'],
    ['localhost:2201/admin', 'http://localhost:2201/admin'],
    ['"http://cms.example.com/admin"', 'http://cms.example.com/admin'],
    ['//host/admin', 'https://host/admin'],
    ['http//cms.example.com/admin', 'http://cms.example.com/admin'],
    ['https://cms.example.com', 'https://cms.example.com/admin'],
  ])('%s', async (url, probably) => {
    const words = new RegExp(`Probably ${probably.replaceAll(/[/.[\]]/g, '\\$&')} is meant`);
    await expectOf({ url }, 2, 'INVALID_URL', words);
  });

  test('that of the variable is never a folder', async () => {
    for (const url of [
      'content',
      '"http://cms.example.com/admin"',
      'cms.example.com/admin',
      ' http://b/admin',
    ]) {
      const env = { STRAPI_TRANSFER_URL: url, STRAPI_TRANSFER_TOKEN: 'planted' };
      expect(await run(['transfer', '--from', content], env)).toMatchObject({
        exitCode: 2,
        code: 'INVALID_URL',
      });
      expect(await run(['transfer', '--to', join(root, 'made')], env)).toMatchObject({ code: 'INVALID_URL' });
    }
    expect(await readdir(root)).toEqual(['content']);
  });

  test('with a space before it, only the doctor takes it, as a browser does', async () => {
    const before = await allOf({ url: ' http://127.0.0.1:1/admin' });
    const codes = Object.fromEntries(Object.entries(before).map(([command, { code }]) => [command, code]));
    expect(codes).toEqual({
      ...{ pull: 'INVALID_URL', push: 'INVALID_URL', diff: 'INVALID_URL' },
      doctor: 'CONNECT_FAILED',
    });
  });
});
