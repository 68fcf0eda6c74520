import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createMemoryStore } from '../../../src/stores/memory.js';
import { createTransfer } from '../../../src/transfer/create-transfer.js';
import { runCommand } from '../../support/command.js';
import { greetingServer } from '../../support/greeting-server.js';
import { serveStatus } from '../../support/served-script.js';
import { smallContent } from '../../support/small-content.js';
import { treeOf } from '../../support/tree.js';

const token = 'planted-token-9c2e';
let cwd = '';

beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'ferry-refused-'));
  await createTransfer({ from: createMemoryStore(smallContent).source(), to: join(cwd, 'content') }).done;
});
afterAll(() => rm(cwd, { recursive: true }));

/** Pulls over the folder and pushes from it, both by force: neither may change it. */
async function both(url: string) {
  const before = await treeOf(cwd);
  const env = { STRAPI_TRANSFER_TOKEN: token };
  const results = [
    await runCommand(['transfer', '--from', url, '--to', 'content', '--force'], { cwd, env }),
    await runCommand(['transfer', '--from', 'content', '--to', url, '--force'], { cwd, env }),
  ];
  expect(await treeOf(cwd)).toEqual(before);
  expect(await readdir(cwd)).toEqual(['content']);
  return results;
}

describe('a server that answers the upgrade with a status ends with what that status means', () => {
  test.each([
    [403, 3, 'BLOCKED', 'a firewall, and not the permission of the token'],
    [502, 4, 'GATEWAY_ERROR', '502'],
  ])('%i ends with %i', async (status, exitCode, code, reason) => {
    const server = await serveStatus(status, { location: 'https://elsewhere.example/admin' });
    for (const result of await both(server.url)) {
      expect(result).toMatchObject({ exitCode, stdout: '' });
      expect(result.stderr).toMatch(new RegExp(`^${code}: .*${server.url}`));
      expect(result.stderr).toContain(reason);
    }
    await server.close();
  });
});

describe('a server that does not complete the handshake ends with 4', () => {
  async function expectFailure(url: string, reason: string) {
    for (const result of await both(url)) {
      expect(result).toMatchObject({ exitCode: 4, stdout: '' });
      expect(result.stderr).toContain(`CONNECT_FAILED: No connection to ${url}: ${reason}`);
    }
  }

  test('a port where nobody listens', async () => {
    const { url, close } = await greetingServer(() => {});
    await close();
    await expectFailure(url, 'connect ECONNREFUSED');
  });

  test('a name that does not exist', () => expectFailure('http://no-such-host.invalid/admin', 'getaddrinfo'));

  test('and is warned of before, where its token goes over http to another machine', async () => {
    for (const { stderr } of await both('http://no-such-host.invalid/admin')) {
      expect(stderr).toMatch(
        /^warning: http:\/\/no-such-host\.invalid is http and another machine: .*\nCONNECT_FAILED/,
      );
    }
  });

  test('a server that hangs up', async () => {
    const { url, close } = await greetingServer((socket) => socket.destroy());
    await expectFailure(url, '');
    await close();
  });

  test('a server that speaks no HTTP', async () => {
    const { url, close } = await greetingServer((socket) => socket.end('220 smtp.example.com ESMTP\r\n'));
    await expectFailure(url, 'Parse Error');
    await close();
  });

  test('a server that accepts the upgrade with a key that is not the one', async () => {
    const { url, close } = await greetingServer((socket) => {
      const head = ['HTTP/1.1 101 Switching Protocols', 'Upgrade: websocket', 'Connection: Upgrade'];
      socket.once('data', () => socket.write([...head, 'Sec-WebSocket-Accept: no', '', ''].join('\r\n')));
    });
    await expectFailure(url, 'Invalid Sec-WebSocket-Accept header');
    await close();
  });

  test('a server that says nothing, in the time that is allowed for the handshake', async () => {
    const { url, close } = await greetingServer(() => {});
    const { done } = createTransfer({
      from: url,
      fromToken: token,
      to: createMemoryStore().destination(),
      connectionOptions: { connectTimeout: 200 },
    });
    await expect(done).rejects.toMatchObject({ code: 'CONNECT_TIMEOUT', row: { exit: 4 } });
    await close();
  });
});
