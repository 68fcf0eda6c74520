// node test/bench/inspect-cost.mjs [rounds]: what being watched costs a push, after `npm run build`.
// Each run is a process of its own, so is the server, and so is the page; the ways take turns.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { createTransfer } from 'strapi-ferry';
import { createInspection, createInspector, createRecorder } from 'strapi-ferry/inspect';
import { attachTransferServer, createMemoryTokenStore, createTokens } from 'strapi-ferry/server';
import { createMemoryStore } from 'strapi-ferry/stores';
import { WebSocket } from 'ws';

const self = fileURLToPath(import.meta.url);
/** `nothing`: an inspector that does nothing, so what XState itself takes for being inspected. */
const ways = ['nobody', 'nothing', 'page', 'recorder'];
const loads = {
  '100 MB of assets': () => ({
    assets: Array.from({ length: 20 }, (_, index) => ({
      filename: `${index}.bin`,
      metadata: { id: index },
      bytes: new Uint8Array(5 * 1024 * 1024).fill(index),
    })),
  }),
  '20,000 rows': () => ({
    entities: Array.from({ length: 20_000 }, (_, index) => ({
      type: 'api::page.page',
      id: index + 1,
      data: { documentId: `d${index}`, title: `page ${index}`, body: 'lorem ipsum '.repeat(20) },
    })),
  }),
};

/** Roles of the processes that this file starts. */
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
  async client(way, load, url, token, scratch) {
    const content = loads[load]();
    const from = () => createMemoryStore({ metadata: {}, schemas: {}, ...content }).source();
    const push = (more) => createTransfer({ from: from(), to: url, toToken: token, ...more }).done;
    // Code that has never run is slow: that is not what is measured.
    await createTransfer({ from: createMemoryStore({ schemas: {} }).source(), to: url, toToken: token }).done;
    const inspection = createInspection();
    let viewer = null;
    if (way === 'page') {
      const inspector = await createInspector({ port: 0 });
      viewer = start('page', `ws://127.0.0.1:${inspector.port}/records`);
      await viewer.said;
      inspection.attach(inspector.sink());
    }
    if (way === 'recorder') inspection.attach(createRecorder({ path: join(scratch, 'recording.jsonl') }));
    const [began, before] = [performance.now(), process.cpuUsage()];
    const inspect = way === 'nothing' ? () => {} : inspection.inspect;
    await push(way === 'nobody' ? {} : { inspect });
    const ms = performance.now() - began;
    const { user, system } = process.cpuUsage(before);
    await inspection.close();
    const memory = process.resourceUsage().maxRSS / 1024;
    console.log(JSON.stringify({ ms, cpu: (user + system) / 1000, memory }));
    viewer?.child.kill();
    process.exit();
  },
};

function start(...args) {
  const child = spawn(process.execPath, [self, 'as', ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  const said = new Promise((resolve) => {
    createInterface({ input: child.stdout }).once('line', (line) => resolve(JSON.parse(line)));
  });
  return { child, said };
}

const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];

async function measure(rounds) {
  const scratch = mkdtempSync(join(tmpdir(), 'ferry-inspect-cost-'));
  const server = start('server');
  const { url, token } = await server.said;
  for (const load of Object.keys(loads)) {
    const runs = Object.fromEntries(ways.map((way) => [way, []]));
    for (let round = 0; round < rounds; round += 1) {
      for (const way of ways) runs[way].push(await start('client', way, load, url, token, scratch).said);
    }
    const of = (way, what) => median(runs[way].map((run) => run[what]));
    console.log(`\n${load}, a push, ${rounds} rounds, medians`);
    for (const way of ways) {
      const [wall, cpu] = ['ms', 'cpu'].map((what) => of(way, what) / of('nobody', what));
      const memory = of(way, 'memory') - of('nobody', 'memory');
      const parts = [
        `${Math.round(of(way, 'ms'))} ms (×${wall.toFixed(2)})`,
        `CPU ${Math.round(of(way, 'cpu'))} ms (×${cpu.toFixed(2)})`,
      ];
      console.log(
        `  ${way.padEnd(10)} ${parts.join(', ')}, memory ${memory >= 0 ? '+' : ''}${Math.round(memory)} MB`,
      );
    }
  }
  server.child.kill();
  rmSync(scratch, { recursive: true });
}

const [first, role, ...args] = process.argv.slice(2);
if (first === 'as') await roles[role](...args);
else await measure(Number(first ?? 5));
