import { readFile } from 'node:fs/promises';
import { createServer as createHttpServer, type Server } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { resolve } from 'node:path';
import { TransferError, toTransferError } from '../protocol/errors.js';
import { servedFolder } from '../server/served-folder.js';
import { createTokenFile } from '../server/token-file.js';
import { attachTransferServer, type SessionSummary } from '../server/transfer-server.js';
import { formatDuration } from './format.js';
import type { Host } from './transfer.command.js';

export interface ServeFlags {
  readonly port?: string;
  readonly host?: string;
  readonly path?: string;
  readonly schemas?: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly readOnly?: boolean;
  readonly json?: boolean;
}

/** Strapi's own port. */
const defaultPort = 1337;

/** Serves a folder until it is told to stop; resolves with the exit code. */
export async function runServe(folder: string, flags: ServeFlags, host: Host): Promise<number> {
  const tell = (event: string, fields: object, text: string) =>
    host.stdout.write(flags.json === true ? `${JSON.stringify({ event, ...fields })}\n` : `${text}\n`);
  try {
    const port = readPort(flags.port);
    const address = flags.host ?? '127.0.0.1';
    const server = await createServer(flags);
    const tokenFile = createTokenFile({ folder: resolve(folder) });
    const path = flags.path ?? '/admin';
    const stores = servedFolder({
      path: resolve(folder),
      readOnly: flags.readOnly === true,
      ...(flags.schemas === undefined ? {} : { schemas: flags.schemas }),
    });
    const transfers = attachTransferServer(server, {
      ...stores,
      path,
      tokens: tokenFile,
      tokenSalt: () => tokenFile.salt(),
      onSession: (summary) => tell('session', summary, lineOf(summary)),
      onError: (error) => host.stderr.write(`${toTransferError(error).message}\n`),
    });
    const bound = await listen(server, port, address);
    const scheme = flags.tlsCert === undefined ? 'http' : 'https';
    const url = `${scheme}://${address.includes(':') ? `[${address}]` : address}:${bound}${path}`;
    tell('listening', { url, folder }, `serving ${folder} at ${url}`);
    if ((await tokenFile.list()).length === 0) {
      host.stderr.write(
        `No token yet. Create one: strapi-ferry token create --store ${folder} --scope push,pull\n`,
      );
    }
    await untilStopped(host);
    await transfers.close();
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
    tell('stopped', {}, 'stopped');
    return 0;
  } catch (thrown) {
    const error = toTransferError(thrown);
    host.stderr.write(`${error.code}: ${error.message}\n`);
    return error.row.exit;
  }
}

function readPort(text: string | undefined): number {
  if (text === undefined) return defaultPort;
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= 65_535) return port;
  throw new TransferError('INVALID_OPTION', { option: '--port', value: text, reason: 'use 0 to 65535' });
}

async function createServer({ tlsCert, tlsKey }: ServeFlags): Promise<Server> {
  if (tlsCert === undefined && tlsKey === undefined) return createHttpServer(notHere);
  if (tlsCert === undefined || tlsKey === undefined) {
    const reason = 'give --tls-cert and --tls-key together';
    throw new TransferError('INVALID_OPTION', { option: '--tls-cert', value: String(tlsCert), reason });
  }
  return createHttpsServer({ cert: await read(tlsCert), key: await read(tlsKey) }, notHere);
}

async function read(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (cause) {
    throw new TransferError('STORE_FAILED', { path, reason: 'it cannot be read' }, cause);
  }
}

/** What is no transfer has no answer here. */
function notHere(_request: unknown, response: { writeHead(status: number): { end(): unknown } }): void {
  response.writeHead(404).end();
}

function listen(server: Server, port: number, address: string): Promise<number> {
  return new Promise((done, fail) => {
    server.once('error', (cause) => {
      const reason = `nothing can listen there (${(cause as NodeJS.ErrnoException).code}); choose another`;
      fail(new TransferError('INVALID_OPTION', { option: '--port', value: port, reason }, cause));
    });
    server.listen(port, address, () => {
      const bound = server.address();
      done(typeof bound === 'object' && bound !== null ? bound.port : port);
    });
  });
}

function untilStopped(host: Host): Promise<void> {
  return new Promise((done) => {
    let asked = false;
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      host.on(signal, () => {
        if (asked) host.exit(130);
        asked = true;
        done();
      });
    }
  });
}

/** `push by nightly from 127.0.0.1: 529 entities, 18 assets in 3.1 s, completed` */
function lineOf({ direction, tokenName, address, counts, ms, failure }: SessionSummary): string {
  const moved = Object.entries(counts).map(([stage, count]) => `${count} ${stage}`);
  const what = moved.length === 0 ? 'nothing' : moved.join(', ');
  return `${direction} by ${tokenName} from ${address}: ${what} in ${formatDuration(ms)}, ${failure ?? 'completed'}`;
}
