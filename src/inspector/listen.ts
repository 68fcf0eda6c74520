import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { TransferError } from '../protocol/errors.js';

/** Resolves with the port. @throws TransferError INSPECTOR_PORT */
export function listenOn(server: Server, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const reason = error.code === 'EADDRINUSE' ? 'the port is taken' : error.message;
      reject(new TransferError('INSPECTOR_PORT', { host, port, reason }, error));
    });
    server.listen(port, host, () => resolve((server.address() as AddressInfo).port));
  });
}
