// What a user of the receiving end writes; Node's own types are theirs.
import { createServer } from 'node:http';
import {
  attachTransferServer,
  createTokenFile,
  servedFolder,
  type TransferServer,
} from 'strapi-ferry/server';

const tokens = createTokenFile({ folder: './content' });
export const server: TransferServer = attachTransferServer(createServer(), {
  ...servedFolder({ path: './content' }),
  tokens,
  tokenSalt: tokens.salt,
  onSessionEnd: ({ name, fate }) => console.log(name.toUpperCase(), fate),
});

// @ts-expect-error A server without tokens takes nobody.
attachTransferServer(createServer(), servedFolder({ path: './content' }));
