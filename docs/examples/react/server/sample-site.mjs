// A server with something to pull: an export behind a token, as `strapi-ferry serve` would serve it.
import { createServer } from 'node:http';
import {
  attachTransferServer,
  createMemoryTokenStore,
  createTokens,
  servedFolder,
} from 'strapi-ferry/server';

/** Serves the export in a folder for pulls, on a port of its own. */
export async function serveSite(path, inspect) {
  const store = createMemoryTokenStore();
  const tokenSalt = 'only for this example';
  const { accessKey } = await createTokens({ store, salt: tokenSalt }).create({ scopes: ['pull'] });
  const http = createServer();
  attachTransferServer(http, {
    ...servedFolder({ path, readOnly: true }),
    tokens: store,
    tokenSalt,
    inspect,
  });
  await new Promise((listening) => http.listen(0, '127.0.0.1', listening));
  return { url: `http://127.0.0.1:${http.address().port}/admin`, token: accessKey };
}
