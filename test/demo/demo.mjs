// A sample site moves from one server to another, by way of a folder, and is compared with what it was.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  attachTransferServer,
  createMemoryTokenStore,
  createTokens,
  servedFolder,
} from 'strapi-ferry/server';

const sample = fileURLToPath(new URL('../fixtures/sample-export', import.meta.url));
const cli = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));

// What the first server serves goes with this process; the two folders that come of it stay.
const served = mkdtempSync(join(tmpdir(), 'ferry-served-'));
const made = mkdtempSync(join(tmpdir(), 'ferry-'));
process.on('exit', () => rmSync(served, { recursive: true, force: true }));
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(130));

/** Mounts the receiving end on a plain HTTP server: `strapi-ferry serve` does the same. */
async function serve(path) {
  const store = createMemoryTokenStore();
  const tokenSalt = 'only for this demo';
  const { accessKey: token } = await createTokens({ store, salt: tokenSalt }).create({
    scopes: ['push', 'pull'],
  });
  const http = createServer();
  const transfers = attachTransferServer(http, { ...servedFolder({ path }), tokens: store, tokenSalt });
  await new Promise((listening) => http.listen(0, '127.0.0.1', listening));
  const close = async () => {
    await transfers.close();
    await new Promise((closed) => http.close(closed));
  };
  return { url: `http://127.0.0.1:${http.address().port}/admin`, token, close };
}

/** Runs the command as a person would, on this terminal. */
async function ferry(words, token) {
  console.log(`$ strapi-ferry ${words.join(' ')}`);
  const env = { ...process.env, ...(token === undefined ? {} : { STRAPI_TRANSFER_TOKEN: token }) };
  const child = spawn(process.execPath, [cli, ...words], { cwd: made, env, stdio: 'inherit' });
  const [code] = await once(child, 'exit');
  if (code !== 0) process.exit(code ?? 1);
}

cpSync(sample, join(served, 'content'), { recursive: true });
const first = await serve(join(served, 'content'));
await ferry(['transfer', '--from', first.url, '--to', 'pulled'], first.token);
await first.close();

const second = await serve(join(made, 'pushed'));
await ferry(['transfer', '--from', 'pulled', '--to', second.url, '--force'], second.token);
await second.close();

await ferry(['diff', 'pulled', 'pushed']);

const again = [
  'transfer',
  '--from',
  join(made, 'pulled'),
  '--to',
  join(made, 'pushed'),
  '--force',
  '--inspect',
];
console.log(`Both folders stay in ${made}. Next, a transfer on a page:`);
console.log(`node dist/cli.js ${again.join(' ')}`);
