// A sample site moves from one server to another, by way of a folder, and is compared with what it was.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createTransfer } from 'strapi-ferry';
import {
  attachTransferServer,
  createMemoryTokenStore,
  createTokens,
  servedFolder,
} from 'strapi-ferry/server';
import { printTable, recordLifecycle } from './show.mjs';

const sample = fileURLToPath(new URL('../fixtures/sample-export', import.meta.url));
const cli = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));

// Everything happens in here, and goes with the process, however that ends.
const scratch = mkdtempSync(join(tmpdir(), 'ferry-demo-'));
process.on('exit', () => rmSync(scratch, { recursive: true, force: true }));
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(130));
const [library, pulled, archive] = ['library', 'pulled', 'archive'].map((name) => join(scratch, name));

/** Mounts the receiving end on a plain HTTP server: `strapi-ferry serve` does the same. */
async function serve(path) {
  const lifecycle = recordLifecycle();
  const store = createMemoryTokenStore();
  const tokenSalt = 'only for this demo';
  const { accessKey } = await createTokens({ store, salt: tokenSalt }).create({ scopes: ['push', 'pull'] });
  const http = createServer();
  const transfers = attachTransferServer(http, {
    ...servedFolder({ path }),
    tokens: store,
    tokenSalt,
    inspect: lifecycle.inspect,
  });
  await new Promise((listening) => http.listen(0, '127.0.0.1', listening));
  const close = async () => {
    await transfers.close();
    await new Promise((closed) => http.close(closed));
  };
  return { url: `http://127.0.0.1:${http.address().port}/admin`, token: accessKey, lifecycle, close };
}

/** Runs one transfer and prints what it tells; then what moved, and the states that its two ends have passed. */
async function move(title, ends, server) {
  console.log(`\n${title}\n`);
  const client = recordLifecycle();
  const transfer = createTransfer({ ...ends, inspect: client.inspect });
  transfer.actor.on('stage.completed', ({ step, counts }) => console.log(`  ✓ ${step} (${counts.items})`));
  const { counts } = await transfer.done;
  await server.close();
  printTable(counts);
  console.log('\n  The lifecycle, one chart in two roles:');
  console.log(`  client  ${client.states().join(' → ')}`);
  console.log(`  server  ${server.lifecycle.states().join(' → ')}`);
}

cpSync(sample, library, { recursive: true });
const first = await serve(library);
const pull = { from: first.url, fromToken: first.token, to: pulled };
await move(`Pull the sample site from ${first.url} into a folder`, pull, first);

const second = await serve(archive);
const push = { from: pulled, to: second.url, toToken: second.token };
await move(`Push that folder to ${second.url}, which is empty`, push, second);

console.log('\nstrapi-ferry diff library archive\n');
const said = execFileSync(process.execPath, [cli, 'diff', 'library', 'archive'], {
  cwd: scratch,
  encoding: 'utf8',
});
console.log(`  ${said}`);
