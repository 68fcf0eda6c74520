import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Certificate, createCertificate } from '../../support/certificates.js';
import { cleanUps } from '../../support/clean-ups.js';
import { outcomeOf, runProcess } from '../../support/command.js';

/** A server with that certificate, and a Node that knows who has signed it. */
async function trusted(make: (folder: string) => Certificate) {
  const folder = mkdtempSync(join(tmpdir(), 'ferry-tls-'));
  cleanUps.push(() => rmSync(folder, { recursive: true }));
  const { cert, key, file } = make(folder);
  const server = createServer({ cert, key }, (_, response) => response.writeHead(404).end());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanUps.push(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  const env = { NODE_EXTRA_CA_CERTS: file, STRAPI_TRANSFER_TOKEN: 'planted-token-7e' };
  return { url: `https://127.0.0.1:${(server.address() as AddressInfo).port}/admin`, env, cwd: folder };
}

// What needs no Node of its own is in one-diagnosis.test.ts, and the doctor in doctor-network.test.ts.
test.each([
  ['has expired', /has expired\. Renew it/, { year: 2020 }],
  ['is not valid yet', /not valid yet\. Check the clock/, { year: 2099 }],
  ['is for another host', /give the server one for 127\.0\.0\.1/, { names: 'DNS:cms.example.com' }],
])('a certificate that %s is told by a transfer and a comparison', async (_, words, kind) => {
  const { url, env, cwd } = await trusted((folder) => createCertificate(folder, kind));
  for (const parameters of [
    ['transfer', '--from', url, '--to', 'content'],
    ['diff', url, 'content'],
  ]) {
    const { exitCode, error } = outcomeOf(await runProcess([...parameters, '--json'], { env, cwd }));
    expect({ exitCode, code: error?.code }).toEqual({ exitCode: 4, code: 'TLS_FAILED' });
    expect(error?.message).toMatch(words);
  }
});
