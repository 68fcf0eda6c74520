import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { runDiff } from '../../src/cli/commands/diff.command.js';
import { createMemoryStore } from '../../src/stores/memory.js';
import { createTransfer } from '../../src/transfer/create-transfer.js';
import { createCertificate } from '../support/certificates.js';
import { cleanUps } from '../support/clean-ups.js';
import { testHost } from '../support/test-host.js';
import { smallContent } from '../unit/transfer/small-content.js';

type Server = ReturnType<typeof createServer> | ReturnType<typeof createSecureServer>;

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanUps.push(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  return `https://127.0.0.1:${(server.address() as AddressInfo).port}/admin`;
}

function scratch(): string {
  const folder = mkdtempSync(join(tmpdir(), 'ferry-tls-'));
  cleanUps.push(() => rmSync(folder, { recursive: true }));
  return folder;
}

const servers: readonly [string, RegExp, () => Server][] = [
  [
    'is self-signed',
    /self-signed\. Give the server a certificate/,
    () => createSecureServer(createCertificate(scratch())),
  ],
  [
    'comes from an authority that is not known',
    /authority that this machine does not know\. .*NODE_EXTRA_CA_CERTS/,
    () => {
      const folder = scratch();
      return createSecureServer(createCertificate(folder, { signedBy: createCertificate(folder) }));
    },
  ],
  ['is none, since the port speaks HTTP', /something else than TLS\. Use http:\/\//, () => createServer()],
];

describe.each(servers)('a server whose certificate %s', (_, words, start) => {
  const failed = expect.objectContaining({ code: 'TLS_FAILED', message: expect.stringMatching(words) });

  test('is told as such where it is pulled, and where it is pushed to', async () => {
    const url = await listen(start());
    const to = createMemoryStore().destination();
    await expect(createTransfer({ from: url, fromToken: 'planted-token', to }).done).rejects.toEqual(failed);
    const from = createMemoryStore(smallContent).source();
    await expect(
      createTransfer({ from, to: url, toToken: 'planted-token', force: true }).done,
    ).rejects.toEqual(failed);
  });

  test('is told as such where it is compared', async () => {
    const url = await listen(start());
    const written: string[] = [];
    const output = { write: (text: string) => written.push(text) };
    const host = { ...testHost(), stdout: output, stderr: output };
    expect(await runDiff(url, url, { aToken: 'planted-token', bToken: 'planted-token' }, host)).toBe(4);
    expect(written.join('')).toMatch(/^TLS_FAILED: /);
    expect(written.join('')).toMatch(words);
  });
});
