// npm start: a server with an empty site, the app whose transfers fill it, and the inspector that watches both.
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createTransfer } from 'strapi-ferry';
import { createInspection } from 'strapi-ferry/inspect';
import { createInspector } from 'strapi-ferry/inspector';
import { createServer as createVite } from 'vite';
import { serveSite } from './sample-site.mjs';
import { createTransferRoutes } from './transfers.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const sample = fileURLToPath(new URL('../../../../test/fixtures/sample-export', import.meta.url));
const { PORT = '4000', INSPECTOR_PORT = '4747' } = process.env;

// Everything is written in here, and goes with the process, however that ends.
const scratch = mkdtempSync(join(tmpdir(), 'ferry-react-example-'));
process.on('exit', () => rmSync(scratch, { recursive: true, force: true }));
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit());

const inspection = createInspection();
const inspector = await createInspector({ port: Number(INSPECTOR_PORT) });
inspection.attach(inspector.sink());
const { inspect } = inspection;

const content = join(scratch, 'content');
cpSync(sample, content, { recursive: true });
const site = await serveSite(join(scratch, 'site'), inspect);

const handleTransfer = createTransferRoutes(() =>
  // The sample is small: it rests after each item, so that there is something to see.
  createTransfer({ from: content, to: site.url, toToken: site.token, throttle: 40, inspect }),
);

const app = createServer((request, response) => {
  if (handleTransfer(request, response)) return;
  if (request.url === '/inspector') response.writeHead(302, { Location: inspector.url }).end();
  else vite.middlewares(request, response);
});
const vite = await createVite({
  root,
  server: { middlewareMode: true, hmr: { server: app } },
  clearScreen: false,
});
app.listen(Number(PORT), '127.0.0.1', () => {
  console.log(`The app:       http://127.0.0.1:${app.address().port}/`);
  console.log(`The inspector: ${inspector.url}`);
});
