import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createMemoryStore } from '../../../src/stores/memory.js';
import { createTransfer } from '../../../src/transfer/create-transfer.js';
import { type Certificate, createCertificate } from '../../support/certificates.js';
import { cleanUps } from '../../support/clean-ups.js';
import { outcomeOf, runCommand, startCommand } from '../../support/command.js';
import { type ConnectProxyOptions, connectProxy } from '../../support/connect-proxy.js';
import { allOk, examined, uncheckedAfter } from '../../support/doctor-command.js';
import { greetingServer } from '../../support/greeting-server.js';
import { smallContent } from '../../support/small-content.js';
import { smallServer } from '../../support/small-server.js';

const password = 'planted-7c1/:@';
const credentials = `ferry:${password}`;
const userInfo = 'ferry:planted-7c1%2F%3A%40';

let root = '';
let content = '';
let certificate: Certificate;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'ferry-proxy-'));
  content = join(root, 'content');
  await createTransfer({ from: createMemoryStore(smallContent).source(), to: content }).done;
  certificate = createCertificate(root, { names: 'DNS:strapi.test,DNS:proxy.test,IP:127.0.0.1' });
});
afterAll(() => rm(root, { recursive: true }));

/** A server at a name that only the proxy knows. */
async function beyond() {
  const { admin, token } = await smallServer();
  const url = admin.replace('127.0.0.1', 'strapi.test');
  return { url, token, authority: new URL(url).host };
}

const commandsTo = (url: string) =>
  [
    ['pull', ['transfer', '--from', url, '--to', join(root, 'pulled'), '--force', '--json']],
    ['push', ['transfer', '--from', content, '--to', url, '--force', '--json']],
    ['diff', ['diff', url, content, '--json', '--show', '0']],
    ['doctor', ['doctor', url, '--json', '--scope', 'pull,push', '--timeout', '5000']],
  ] as const;

/** How each command ends; none may write the proxy's password. */
async function allOf(url: string, env: Readonly<Record<string, string>>, most = 4) {
  const ended: Record<string, { exitCode: number | null; code: string | undefined; message: string }> = {};
  for (const [name, parameters] of commandsTo(url).slice(0, most)) {
    const result = await runCommand(parameters, { env });
    const written = result.stdout + result.stderr;
    for (const secret of [password, userInfo, btoa(credentials)]) expect(written).not.toContain(secret);
    const { exitCode, error } = outcomeOf(result);
    ended[name] = { exitCode, code: error?.code, message: error?.message ?? '' };
  }
  return ended;
}

const all = <T>(value: T) => ({ pull: value, push: value, diff: value, doctor: value });

describe('where the environment names a proxy, everything goes through it:', () => {
  test.each([
    ['http_proxy', ''],
    ['HTTP_PROXY', 'http://'],
  ])('a transfer, a comparison and the doctor, with %s', async (name, scheme) => {
    const { url, token, authority } = await beyond();
    const proxy = await connectProxy({ credentials });
    const env = { [name]: `${scheme}${userInfo}@${proxy.address}`, STRAPI_TRANSFER_TOKEN: token };
    expect(await allOf(url, env)).toEqual(all({ exitCode: 0, code: undefined, message: '' }));
    expect(new Set(proxy.asked)).toEqual(new Set([authority]));
  });

  test('the backup before a push, and the question about the token', async () => {
    const { url, token } = await beyond();
    const proxy = await connectProxy();
    const env = { http_proxy: proxy.address, STRAPI_TRANSFER_TOKEN: token };
    const backup = join(root, 'before');
    const parameters = ['transfer', '--from', content, '--to', url, '--backup', backup, '--force', '--json'];
    expect(outcomeOf(await runCommand(parameters, { env }))).toMatchObject({ exitCode: 0 });
    expect(proxy.asked.length).toBeGreaterThan(2);
  });

  test('a library’s transfer goes through the proxy that it is given, to this machine too', async () => {
    const { admin, token } = await smallServer();
    const proxy = await connectProxy({ credentials });
    const fromProxy = `http://${userInfo}@${proxy.address}`;
    const to = createMemoryStore().destination();
    await createTransfer({ from: admin, fromToken: token, fromProxy, to }).done;
    expect(proxy.asked).toEqual([new URL(admin).host]);
  });

  test('the doctor says through which proxy, and leaves the name to it', async () => {
    const { url, token } = await beyond();
    const proxy = await connectProxy({ credentials });
    const env = { HTTP_PROXY: `http://${userInfo}@${proxy.address}`, STRAPI_TRANSFER_TOKEN: token };
    const { states, messages } = await examined(url, [], { env });
    expect(states).toEqual({ ...allOk, tls: 'warning' });
    expect(messages['dns']).toContain('the proxy looks the name up');
    expect(messages['proxy']).toMatch(
      new RegExp(`^http://${proxy.address}, which HTTP_PROXY names, opens a way to port \\d+ of strapi.test`),
    );
  });

  test('TLS is spoken with the server, inside the tunnel, and its certificate is looked at', async () => {
    const server = createSecureServer(certificate, (_, response) => response.writeHead(404).end());
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    cleanUps.push(() => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    });
    const { port } = server.address() as AddressInfo;
    const proxy = await connectProxy();
    const env = { https_proxy: proxy.address, STRAPI_TRANSFER_TOKEN: 'planted-token-51' };
    const failed = { exitCode: 4, code: 'TLS_FAILED', message: expect.stringContaining('self-signed') };
    expect(await allOf(`https://strapi.test:${port}/admin`, env)).toEqual(all(failed));
    // http to a port that speaks TLS only: the look at that goes through the proxy too.
    const plain = { http_proxy: proxy.address, STRAPI_TRANSFER_TOKEN: 'planted-token-51' };
    const tlsOnly = { exitCode: 4, code: 'TLS_FAILED', message: expect.stringContaining('speaks TLS only') };
    expect(await allOf(`http://strapi.test:${port}/admin`, plain)).toEqual(all(tlsOnly));
    expect(new Set(proxy.asked)).toEqual(new Set([`strapi.test:${port}`]));
    // The proxy speaks TLS as well, and both certificates are known.
    const secure = await connectProxy({ certificate });
    const trusting = { https_proxy: `https://${secure.address}`, NODE_EXTRA_CA_CERTS: certificate.file };
    const { exitCode, states } = await examined(`https://strapi.test:${port}/admin`, [], { env: trusting });
    expect({ exitCode, ...states }).toMatchObject({
      exitCode: 3,
      proxy: 'ok',
      tls: 'ok',
      route: 'NOT_FOUND',
    });
    expect(secure.asked.length).toBeGreaterThan(1);
  });
});

describe('what goes straight:', () => {
  test.each(['localhost', '127.0.0.1', '[::1]'])('this machine, as %s', async (name) => {
    const { admin, token } = await smallServer();
    const proxy = await connectProxy();
    const env = { ALL_PROXY: proxy.address, STRAPI_TRANSFER_TOKEN: token };
    const url = admin.replace('127.0.0.1', name);
    const { messages } = await examined(url, ['--timeout', '2000'], { env });
    expect(messages['proxy']).toBe('no variable names one for this host');
    expect(proxy.asked).toEqual([]);
  });

  test('what NO_PROXY names', async () => {
    const proxy = await connectProxy();
    const env = { ALL_PROXY: proxy.address, NO_PROXY: '.invalid', STRAPI_TRANSFER_TOKEN: 'planted-token-51' };
    const { pull } = await allOf('http://no-such-host.invalid/admin', env, 1);
    expect(pull).toMatchObject({ exitCode: 4, code: 'CONNECT_FAILED' });
    expect(pull?.message).not.toContain('the proxy');
    expect(proxy.asked).toEqual([]);
  });
});

describe('transfer, diff and doctor say the same of a proxy that', () => {
  const rows: readonly [string, ConnectProxyOptions, string, string, RegExp][] = [
    [
      'asks for a password',
      { credentials },
      '',
      'PROXY_REFUSED',
      /\(status 407\)\. It asks for a user name and a password \(Basic realm="test"\)/,
    ],
    [
      'takes another password',
      { credentials: 'a:b' },
      `${userInfo}@`,
      'PROXY_REFUSED',
      /407\)\. It does not take the user name/,
    ],
    [
      'lets nothing through',
      { status: 403 },
      `${userInfo}@`,
      'PROXY_REFUSED',
      /\(status 403\)\. Let it open tunnels \(CONNECT\) to port 1337 of strapi\.test/,
    ],
    ['knows no tunnels', { status: 501 }, '', 'PROXY_REFUSED', /\(status 501\)/],
    [
      'does not reach the server',
      { status: 502 },
      '',
      'PROXY_FAILED',
      /did not reach http:\/\/strapi\.test:1337\/admin \(status 502\)/,
    ],
    ['waits for the server in vain', { status: 504 }, '', 'PROXY_FAILED', /\(status 504\)/],
  ];
  test.each(rows)('%s', async (_, options, user, code, words) => {
    const proxy = await connectProxy(options);
    const env = { HTTP_PROXY: `http://${user}${proxy.address}`, STRAPI_TRANSFER_TOKEN: 'planted-token-51' };
    const ended = await allOf('http://strapi.test:1337/admin', env);
    expect(ended).toEqual(all({ exitCode: 4, code, message: expect.stringMatching(words) }));
    expect(ended['pull']?.message).toContain(`The proxy http://${proxy.address}`);
    await proxy.isLeft();
  });

  const unreachable: readonly [string, (socket: Socket) => void, RegExp][] = [
    ['hangs up', (socket) => socket.destroy(), /socket hang up|ECONNRESET/],
    ['speaks no HTTP', (socket) => socket.end('220 smtp.example.com ESMTP\r\n'), /Parse Error/],
    ['answers without end', (socket) => endless(socket), /Parse Error|overflow/i],
  ];
  test.each(unreachable)('%s', async (_, greet, words) => {
    const { url, close } = await greetingServer(greet);
    cleanUps.push(close);
    const env = { HTTP_PROXY: `${userInfo}@${new URL(url).host}`, STRAPI_TRANSFER_TOKEN: 'planted-token-51' };
    const ended = await allOf('http://strapi.test:1337/admin', env);
    expect(ended).toEqual(
      all({ exitCode: 4, code: 'PROXY_UNREACHABLE', message: expect.stringMatching(words) }),
    );
  });

  test('is not there', async () => {
    const { url, close } = await greetingServer(() => {});
    await close();
    const env = { HTTP_PROXY: new URL(url).host, STRAPI_TRANSFER_TOKEN: 'planted-token-51' };
    const message = expect.stringMatching(/ECONNREFUSED.*NO_PROXY names the hosts/s);
    expect(await allOf('http://strapi.test:1337/admin', env)).toEqual(
      all({ exitCode: 4, code: 'PROXY_UNREACHABLE', message }),
    );
  });

  test('is none of HTTP', async () => {
    const env = { ALL_PROXY: `socks5h://${userInfo}@127.0.0.1:9`, STRAPI_TRANSFER_TOKEN: 'planted-token-51' };
    const message = expect.stringContaining('Option ALL_PROXY cannot be socks5h://127.0.0.1:9');
    expect(await allOf('http://strapi.test:1337/admin', env)).toEqual(
      all({ exitCode: 2, code: 'INVALID_OPTION', message }),
    );
  });
});

/** Headers that never end. */
function endless(socket: Socket): void {
  socket.write('HTTP/1.1 200 OK\r\n');
  const line = `X-More: ${'x'.repeat(1000)}\r\n`;
  socket.on('error', () => {});
  const more = () => {
    while (!socket.destroyed && socket.write(line));
  };
  socket.on('drain', more);
  more();
}

test('a proxy that does not answer is given up, and so is the connection to it', async () => {
  const proxy = await connectProxy({ hangs: true });
  const { messages, states } = await examined('http://strapi.test:1337/admin', ['--timeout', '300'], {
    env: { HTTP_PROXY: proxy.address },
  });
  expect(states).toMatchObject({ proxy: 'CONNECT_TIMEOUT', ...uncheckedAfter('proxy') });
  expect(messages['proxy']).toContain(`It went through the proxy http://${proxy.address}`);
  const env = { HTTP_PROXY: proxy.address, STRAPI_TRANSFER_TOKEN: 'planted-token-51' };
  const parameters = ['transfer', '--from', 'http://strapi.test:1337/admin', '--to', join(root, 'none')];
  const isAsked = proxy.nextAsked();
  const command = startCommand([...parameters, '--json'], { env });
  await isAsked;
  command.kill('SIGINT');
  expect(await command.done).toMatchObject({ exitCode: 130 });
  await proxy.isLeft();
});

test('a proxy that dies amid a transfer is a connection that was cut, and the message names the proxy', async () => {
  const { url, token } = await beyond();
  const proxy = await connectProxy({ cutAfter: 1000 });
  const env = { HTTP_PROXY: `http://${userInfo}@${proxy.address}`, STRAPI_TRANSFER_TOKEN: token };
  const { pull } = await allOf(url, env, 1);
  expect(pull).toMatchObject({ exitCode: 4, code: 'CONNECTION_CLOSED' });
  expect(pull?.message).toContain(
    `It went through the proxy http://${proxy.address}, whose log may say more.`,
  );
});
