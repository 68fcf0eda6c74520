import { mkdtemp, rm } from 'node:fs/promises';
import { createServer as createHttps } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Certificate, createCertificate } from '../../support/certificates.js';
import { cleanUps } from '../../support/clean-ups.js';
import { startCommand } from '../../support/command.js';
import { allOk, examined, uncheckedAfter } from '../../support/doctor-command.js';
import { greetingServer } from '../../support/greeting-server.js';
import { runServer } from '../../support/transfer-servers.js';

let scratch = '';
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'ferry-doctor-'));
});
afterAll(() => rm(scratch, { recursive: true }));

async function greeting(greet: Parameters<typeof greetingServer>[0]): Promise<string> {
  const { url, close } = await greetingServer(greet);
  cleanUps.push(close);
  return url;
}

const upTo = (check: string) =>
  Object.fromEntries(Object.entries(allOk).slice(0, Object.keys(allOk).indexOf(check)));

describe('names the first thing that is wrong, and checks nothing beyond it:', () => {
  test('a name that does not exist', async () => {
    const { states, exitCode, error } = await examined('http://no-such-host.invalid/admin');
    expect(states).toEqual({ dns: 'CONNECT_FAILED', proxy: 'ok', ...uncheckedAfter('proxy') });
    expect(exitCode).toBe(4);
    expect(error?.message).toContain('no-such-host.invalid');
  });

  test('a port where nobody listens', async () => {
    const { url, close } = await greetingServer(() => {});
    await close();
    const { states, exitCode, messages } = await examined(url);
    expect(states).toEqual({ ...upTo('tcp'), tcp: 'CONNECT_FAILED', ...uncheckedAfter('tcp') });
    expect(exitCode).toBe(4);
    expect(messages['tcp']).toContain('ECONNREFUSED');
  });

  test('a server that hangs', async () => {
    const url = await greeting(() => {});
    const { states, exitCode, messages } = await examined(url, ['--timeout', '300']);
    expect(states).toEqual({ ...upTo('route'), route: 'CONNECT_TIMEOUT', ...uncheckedAfter('route') });
    expect(exitCode).toBe(4);
    expect(messages['route']).toContain('within 300 ms');
  });

  test('a server that hangs up', async () => {
    const { states } = await examined(await greeting((socket) => socket.destroy()));
    expect(states).toMatchObject({ tls: 'ok', route: 'CONNECT_FAILED', token: 'unchecked' });
  });

  test('a server that speaks no HTTP', async () => {
    const url = await greeting((socket) => socket.end('220 smtp.example.com ESMTP\r\n'));
    const { states, messages } = await examined(url);
    expect(states).toMatchObject({ tls: 'ok', route: 'CONNECT_FAILED', token: 'unchecked' });
    expect(messages['route']).toContain('Parse Error');
  });
});

describe('tells what is wrong with TLS:', () => {
  async function secureServer(
    { cert, key }: Certificate,
    chain: readonly Certificate[] = [],
  ): Promise<string> {
    const whole = Buffer.concat([cert, ...chain.map((one) => one.cert)]);
    const server = createHttps({ cert: whole, key }, (_, response) => response.writeHead(404).end());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    cleanUps.push(() => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    });
    return `https://127.0.0.1:${(server.address() as AddressInfo).port}/admin`;
  }
  const trusting = ({ file }: Certificate) => ({ env: { NODE_EXTRA_CA_CERTS: file } });
  const failed = { tls: 'TLS_FAILED', ...uncheckedAfter('tls') };

  test('a certificate that has expired', async () => {
    const certificate = createCertificate(scratch, { year: 2020 });
    const { states, messages, exitCode } = await examined(
      await secureServer(certificate),
      [],
      trusting(certificate),
    );
    expect(states).toMatchObject(failed);
    expect(messages['tls']).toContain('its certificate has expired. Renew it');
    expect(exitCode).toBe(4);
  });

  test('one that is not valid yet', async () => {
    const certificate = createCertificate(scratch, { year: 2099 });
    const { states, messages } = await examined(await secureServer(certificate), [], trusting(certificate));
    expect(states).toMatchObject(failed);
    expect(messages['tls']).toContain('not valid yet. Check the clock');
  });

  test('one that is self-signed; and that it is well once it is known', async () => {
    const certificate = createCertificate(scratch);
    const url = await secureServer(certificate);
    const { states, messages } = await examined(url);
    expect(states).toMatchObject(failed);
    expect(messages['tls']).toContain('self-signed. Give the server a certificate of a known authority');
    expect((await examined(url, [], trusting(certificate))).states).toMatchObject({
      tls: 'ok',
      route: 'NOT_FOUND',
    });
  });

  test('one for another host', async () => {
    const certificate = createCertificate(scratch, { names: 'DNS:cms.example.com' });
    const { states, messages } = await examined(await secureServer(certificate), [], trusting(certificate));
    expect(states).toMatchObject(failed);
    expect(messages['tls']).toContain(
      'for another host. Use a name that the certificate has, or give the server one for 127.0.0.1',
    );
  });

  test('one of an authority that is not known, with its chain and without', async () => {
    const authority = createCertificate(scratch);
    const certificate = createCertificate(scratch, { signedBy: authority });
    for (const chain of [[authority], []]) {
      const { states, messages } = await examined(await secureServer(certificate, chain));
      expect(states).toMatchObject(failed);
      expect(messages['tls']).toMatch(
        /an authority that this machine does not know\. .* NODE_EXTRA_CA_CERTS=<file>/,
      );
    }
  });

  test('https to a port that speaks plain HTTP', async () => {
    const { admin, close } = await runServer();
    cleanUps.push(close);
    const { states, messages } = await examined(admin.replace('http:', 'https:'));
    expect(states).toMatchObject(failed);
    expect(messages['tls']).toContain('this port answers plain HTTP. Use http://');
  });

  test('http to a port that speaks TLS', async () => {
    const url = await secureServer(createCertificate(scratch));
    const { states, messages } = await examined(url.replace('https:', 'http:'));
    expect(states).toMatchObject(failed);
    expect(messages['tls']).toContain('this port speaks TLS only. Use https://');
  });

  test('a certificate at which nobody looks is no failure, but nothing to leave so', async () => {
    const url = await secureServer(createCertificate(scratch));
    const env = { NODE_TLS_REJECT_UNAUTHORIZED: '0', NODE_NO_WARNINGS: '1' };
    const { states, messages } = await examined(url, [], { env });
    expect(states).toMatchObject({ tls: 'warning', route: 'NOT_FOUND' });
    expect(messages['tls']).toContain('anyone between here and the server can read the token');
  });
});

test('ends at Ctrl-C with 130, in the middle of a check', async () => {
  let reached = () => {};
  const isReached = new Promise<void>((resolve) => {
    reached = resolve;
  });
  const url = await greeting((socket) => socket.once('data', () => reached()));
  const command = startCommand(['doctor', url, '--json', '--timeout', '600000']);
  await isReached;
  command.kill('SIGINT');
  const { exitCode, stdout, stderr } = await command.done;
  expect({ exitCode, stderr }).toEqual({ exitCode: 130, stderr: '' });
  expect(JSON.parse(stdout.trim().split('\n').at(-1) ?? '')).toMatchObject({
    event: 'result',
    ok: false,
    error: { code: 'ABORTED' },
  });
});
