import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import { attachTransferServer, createMemoryTokenStore, createTokens } from 'strapi-ferry/server';
import { createDirectorySource } from 'strapi-ferry/stores';
import { build } from 'vite';

const root = fileURLToPath(new URL('.', import.meta.url));
const folder = process.argv[2] ?? './content';
const { PORT = '1340' } = process.env;

// The page, bundled for browsers.
const { output } = await build({ root, logLevel: 'warn', build: { write: false } });
const files = new Map(output.map(({ fileName, code, source }) => [`/${fileName}`, code ?? source]));
files.set('/', files.get('/index.html'));

// The server's own token: the page never sees it.
const store = createMemoryTokenStore();
const { accessKey } = await createTokens({ store, salt: 'any' }).create({ scopes: ['pull'] });

const http = createServer((request, response) => {
  if (request.method === 'POST' && request.url === '/ticket') return giveTicket(request, response);
  const text = files.get(request.url);
  const type = request.url.endsWith('.js') ? 'text/javascript' : 'text/html';
  response
    .writeHead(text === undefined ? 404 : 200, { 'content-type': type, 'set-cookie': cookie })
    .end(text);
});

// Your login takes the place of this: every visitor of the page is let in.
const cookie = 'user=visitor; HttpOnly; SameSite=Strict';
const isLoggedIn = ({ headers }) => (headers.cookie ?? '').includes('user=visitor');

function giveTicket(request, response) {
  if (!isLoggedIn(request)) return response.writeHead(401).end();
  const ticket = transfers.issueTicket({ direction: 'pull', token: accessKey });
  response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  response.end(JSON.stringify({ ticket }));
}

await new Promise((resolve) => http.listen(Number(PORT), '127.0.0.1', resolve));
const origin = `http://127.0.0.1:${http.address().port}`;
const transfers = attachTransferServer(http, {
  tokens: store,
  tokenSalt: 'any',
  source: () => createDirectorySource({ path: folder }),
  origins: [origin],
});
console.log(`The page: ${origin}`);
