// A server that takes content: a folder behind a token, as `strapi-ferry serve` would serve it.
import { createServer } from 'node:http';
import {
  attachTransferServer,
  createMemoryTokenStore,
  createTokens,
  servedFolder,
} from 'strapi-ferry/server';

/** Serves a folder for pushes, on a port of its own. */
export async function serveSite(path, inspect) {
  const store = createMemoryTokenStore();
  const tokenSalt = 'only for this example';
  const { accessKey } = await createTokens({ store, salt: tokenSalt }).create({ scopes: ['push'] });
  const http = createServer();
  attachTransferServer(http, {
    ...servedFolder({ path }),
    tokens: store,
    tokenSalt,
    inspect,
  });
  await new Promise((listening) => http.listen(0, '127.0.0.1', listening));
  return { url: `http://127.0.0.1:${http.address().port}/admin`, token: accessKey };
}
