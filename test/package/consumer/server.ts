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

attachTransferServer(createServer(), {
  authenticate: (_request, direction, { secret }) =>
    secret === undefined ? { code: 'UNAUTHORIZED' } : { name: 'a client', tenant: direction },
  stores: async ({ tenant = '' }) => servedFolder({ path: tenant }),
  onSessionStart: ({ id, counts, abort }) => console.log(id, counts(), abort('closed today')),
});

attachTransferServer(createServer(), {
  // @ts-expect-error No refusal has that code.
  authenticate: () => ({ code: 'GO_AWAY' }),
});
