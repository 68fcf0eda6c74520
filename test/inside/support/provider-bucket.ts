import { once } from 'node:events';
import { createReadStream, existsSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { basename, join } from 'node:path';

/** A bucket on loopback that serves the files of a folder to whoever has a signature. */
export interface Bucket {
  url(path: string): string;
  /** What it was asked for, signatures and all. */
  readonly asked: string[];
  close(): Promise<void>;
}

export async function startBucket(folder: string): Promise<Bucket> {
  const asked: string[] = [];
  const server: Server = createServer((request, response) => {
    asked.push(request.url ?? '');
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://bucket');
    const file = join(folder, basename(decodeURIComponent(pathname)));
    if (searchParams.get('signature') !== 'secret') response.writeHead(403).end();
    else if (!existsSync(file)) response.writeHead(404).end();
    else createReadStream(file).pipe(response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: (path) => `http://127.0.0.1:${port}/${encodeURIComponent(basename(path))}`,
    asked,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
