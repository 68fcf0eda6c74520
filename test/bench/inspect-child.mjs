// The processes of `npm run bench -- --only inspect`, by their role: the server, a page, and the client that pushes. Each
// says one line of JSON.
import { spawn } from 'node:child_process';
import { createServer } from 'node:http';
import { performance } from 'node:perf_hooks';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { createTransfer } from 'strapi-ferry';
import { createInspection, createRecorder } from 'strapi-ferry/inspect';
import { createInspector } from 'strapi-ferry/inspector';
import { attachTransferServer, createMemoryTokenStore, createTokens } from 'strapi-ferry/server';
import { createMemoryStore } from 'strapi-ferry/stores';
import { WebSocket } from 'ws';

const rows = (count) => ({
  entities: Array.from({ length: count }, (_, index) => ({
    type: 'api::page.page',
    id: index + 1,
    data: { documentId: `d${index}`, title: `page ${index}`, body: 'lorem ipsum '.repeat(20) },
  })),
});

const MiB = 1024 * 1024;
const assets = (size) => ({
  assets: Array.from({ length: size / 5 }, (_, index) => ({
    filename: `${index}.bin`,
    metadata: { id: index },
    bytes: new Uint8Array(5 * MiB).fill(index),
  })),
});

/** What each process does. */
const roles = {
  async server() {
    const store = createMemoryTokenStore();
    const { accessKey } = await createTokens({ store, salt: 's' }).create({ scopes: ['push'] });
    const http = createServer();
    const destination = () => createMemoryStore().destination();
    attachTransferServer(http, { destination, tokens: store, tokenSalt: 's' });
    await new Promise((listening) => http.listen(0, '127.0.0.1', listening));
    console.log(JSON.stringify({ url: `http://127.0.0.1:${http.address().port}/admin`, token: accessKey }));
  },
  /** Reads what a page would, as fast as it comes. */
  async page(url) {
    const socket = new WebSocket(url);
    socket.on('message', () => {});
    socket.on('close', () => process.exit());
    await new Promise((opened) => socket.once('open', opened));
    console.log('{}');
  },
  /** Pushes `size` rows, or MiB of assets. `nothing`: an inspector that does nothing, so what XState itself takes for it. */
  async client(way, kind, size, url, token, recording) {
    const content = (kind === 'rows' ? rows : assets)(Number(size));
    const from = () => createMemoryStore({ metadata: {}, schemas: {}, ...content }).source();
    const push = (more) => createTransfer({ from: from(), to: url, toToken: token, ...more }).done;
    // Code that has never run is slow: that is not what is measured.
    await createTransfer({ from: createMemoryStore({ schemas: {} }).source(), to: url, toToken: token }).done;
    const inspection = createInspection();
    let viewer = null;
    if (way === 'page') {
      const inspector = await createInspector({ port: 0 });
      viewer = await startPage(`ws://127.0.0.1:${inspector.port}/records`);
      inspection.attach(inspector.sink());
    }
    if (way === 'recorder') inspection.attach(createRecorder({ path: recording }));
    const [began, before] = [performance.now(), process.cpuUsage()];
    const inspect = way === 'nothing' ? () => {} : inspection.inspect;
    await push(way === 'nobody' ? {} : { inspect });
    const seconds = (performance.now() - began) / 1000;
    const { user, system } = process.cpuUsage(before);
    await inspection.close();
    const peakMiB = process.resourceUsage().maxRSS / 1024;
    console.log(JSON.stringify({ seconds, cpuSeconds: (user + system) / 1e6, peakMiB }));
    viewer?.kill();
    process.exit();
  },
};

/** A page in a process of its own, so that what it takes counts for nobody. */
async function startPage(url) {
  const parameters = [fileURLToPath(import.meta.url), 'page', url];
  const child = spawn(process.execPath, parameters, { stdio: ['ignore', 'pipe', 'inherit'] });
  await new Promise((said) => createInterface({ input: child.stdout }).once('line', said));
  return child;
}

const [role, ...args] = process.argv.slice(2);
await roles[role](...args);
