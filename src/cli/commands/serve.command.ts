import { readFile } from 'node:fs/promises';
import { createServer as createHttpServer, type RequestListener, type Server } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { resolve } from 'node:path';
import { nodeFiles } from '../../ports/node-files.js';
import { TransferError, toTransferError } from '../../protocol/errors.js';
import type { Limits } from '../../protocol/limits.js';
import { isLoopback } from '../../protocol/loopback.js';
import { servedFolder } from '../../server/served-folder.js';
import type { ServedStores } from '../../server/served-stores.js';
import type { Session } from '../../server/session.js';
import { describeRefused, describeSession } from '../../server/session-words.js';
import { createTokenFile } from '../../server/token-file.js';
import type { TokenRecord, TokenScope } from '../../server/tokens.js';
import { attachTransferServer, defaultServerLimits } from '../../server/transfer-server.js';
import { assertMovable } from '../../stores/directory/replaceable.js';
import { createDirectorySource } from '../../stores/directory/source.js';
import { asTyped, messageAsTyped } from '../better-words.js';
import type { Host } from '../host.js';
import { readLimits, serverLimitWords } from '../limits.js';
import { fewForSessions } from '../open-files.js';
import { createPrompts, whyNotAsk } from '../prompts.js';
import { checkRecording, recordedWords } from '../recording.js';
import { createSummedLog } from '../report/summed-log.js';
import { steerSessions } from '../steering.js';
import { tokensOutside } from '../tokens-outside.js';
import { untilStopped } from '../until-stopped.js';
import { startWatching, type Watching } from '../watching.js';
import { failedResult, tellFailure } from '../wrong-arguments.js';

export interface ServeFlags {
  readonly port?: string;
  readonly host?: string;
  readonly path?: string;
  readonly schemas?: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly readOnly?: boolean;
  readonly limit?: readonly string[];
  readonly json?: boolean;
  readonly inspect?: string | true;
  readonly inspectControl?: boolean;
  readonly record?: string;
  readonly force?: boolean;
  readonly recordData?: boolean;
}

/** Beside the inspector's 4747, and not 1337, which a Strapi on this machine takes. */
const defaultPort = 4748;

export async function runServe(
  folder: string,
  flags: ServeFlags,
  host: Host,
  now: () => Date = () => new Date(),
): Promise<number> {
  const time = () => `${now().toISOString().slice(0, 19)}Z`;
  const print = (event: string, fields: object, text: string) =>
    host.stdout.write(
      flags.json === true ? `${JSON.stringify({ event, time: time(), ...fields })}\n` : `${time()} ${text}\n`,
    );
  const note = (text: string) => host.stderr.write(`${time()} ${text}\n`);
  const fail = (error: TransferError) => {
    if (flags.json !== true) return tellFailure(error, false, host);
    print('result', failedResult(error), '');
    return error.row.exit;
  };
  const seconds = (ms: number) => `in the last ${Math.max(1, Math.round(ms / 1000))} s`;
  const refusals = createSummedLog({
    sumUp: (count, ms) => print('refusedMore', { count, ms }, `refused ${count} more ${seconds(ms)}`),
  });
  const faults = createSummedLog({
    sumUp: (count, ms) => note(`${count} more such faults ${seconds(ms)}`),
  });
  let watching: Watching | null = null;
  try {
    const address = readAddress(flags.host);
    const port = readPort(flags.port);
    const path = readPath(flags.path);
    // Those of the server and those of its folder, by one name where both have it.
    const limits = readLimits(flags.limit, serverLimitWords);
    const few = fewForSessions(host.openFiles?.(), { ...defaultServerLimits, ...limits });
    if (few !== null) note(few);
    const server = await createServer(flags);
    const outside = flags.readOnly === true ? await tokensOutside(folder, nodeFiles) : null;
    if (outside !== null) note(outside);
    const tokens = createTokenFile({ folder: resolve(folder) });
    const counted = countTokens(await tokens.list());
    const stores = await storesOf(folder, flags, limits);
    let sessions: ReadonlySet<Session> = new Set();
    const because = whyNotAsk({ ...flags }, host);
    const ask = because === null ? createPrompts(host) : null;
    await checkRecording({ ...flags }, { ask, because }, nodeFiles);
    watching = await startWatching(
      { ...flags },
      { roles: ['server'], note, onControl: (command) => steerSessions(sessions, command) },
    );
    const transfers = attachTransferServer(server, {
      ...stores,
      path,
      limits,
      tokens,
      tokenSalt: () => tokens.salt(),
      onSessionEnd: (summary) => print('transfer', summary, describeSession(summary)),
      exclusive: true,
      onRefused: (refused) => refusals.add(() => print('refused', refused, describeRefused(refused))),
      onError: (error) => faults.add(() => note(messageAsTyped(toTransferError(error)))),
      inspect: watching.inspect,
    });
    sessions = transfers.sessions;
    const bound = await listen(server, port, address);
    // Listen for signals first: the caller may stop the server as soon as it says that it listens.
    const stopped = untilStopped(host, fail);
    const url = `${flags.tlsCert === undefined ? 'http' : 'https'}://${inUrl(address)}:${bound}${path}`;
    print('listening', { url, folder }, `serving ${folder} at ${url}`);
    print('tokens', counted, describeTokens(counted));
    if (counted.valid.length === 0) {
      note(`No valid token. Create one: strapi-ferry token create --store ${folder} --scope push,pull`);
    }
    if (flags.tlsCert === undefined && !isLoopback(address)) {
      note('Tokens and content travel unencrypted: give --tls-cert and --tls-key, or put a proxy before it.');
    }
    if (watching.page !== null) print('inspector', { page: watching.page }, `its charts: ${watching.page}`);
    await stopped;
    await transfers.close();
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
    refusals.close();
    faults.close();
    print('stopped', {}, 'stopped');
    return 0;
  } catch (thrown) {
    return fail(asTyped(toTransferError(thrown)));
  } finally {
    await watching?.close();
    const recorded = recordedWords({ ...flags });
    if (watching !== null && recorded !== null && flags.json !== true) note(recorded);
  }
}

interface CountedTokens {
  readonly valid: readonly { readonly name: string; readonly scopes: readonly TokenScope[] }[];
  readonly expired: number;
}

function countTokens(records: readonly TokenRecord[]): CountedTokens {
  const isValid = ({ expiresAt }: TokenRecord) => expiresAt === null || Date.parse(expiresAt) > Date.now();
  const valid = records.filter(isValid).map(({ name, scopes }) => ({ name, scopes }));
  return { valid, expired: records.length - valid.length };
}

/** Names the tokens, so that a foreign one is seen: `2 valid tokens: nightly (push and pull), backup (pull)` */
function describeTokens({ valid, expired }: CountedTokens): string {
  const named = valid.slice(0, 20).map(({ name, scopes }) => `${name} (${scopes.join(' and ')})`);
  const more = valid.length > named.length ? [`and ${valid.length - named.length} more`] : [];
  const list = valid.length === 0 ? '' : `: ${[...named, ...more].join(', ')}`;
  return `${valid.length} valid ${valid.length === 1 ? 'token' : 'tokens'}${list}${expired === 0 ? '' : `; ${expired} expired`}`;
}

const invalid = (option: string, value: unknown, reason: string, cause?: unknown) =>
  new TransferError('INVALID_OPTION', { option, value, reason }, cause);

function readPort(text: string | undefined): number {
  if (text === undefined) return defaultPort;
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= 65_535) return port;
  throw invalid('--port', text, 'use 0 to 65535; 0 lets the system choose');
}

/** An IPv6 address, in the brackets that it has in a URL or without. */
export const readAddress = (text = '127.0.0.1') => /^\[(.+)\]$/.exec(text)?.[1] ?? text;

function readPath(text = '/admin'): string {
  const parts = text.split('/').filter((part) => part !== '');
  if (parts.every((part) => /^[\w.~-]+$/.test(part))) return parts.map((part) => `/${part}`).join('');
  throw invalid('--path', text, 'use a path such as /admin');
}

/**
 * The folder, once it is known that it is an export or nothing at all: the first push would be refused where something
 * else stands there.
 */
async function storesOf(
  folder: string,
  { schemas, readOnly }: ServeFlags,
  limits: Partial<Limits>,
): Promise<ServedStores> {
  const stores = servedFolder({
    path: resolve(folder),
    readOnly: readOnly === true,
    limits,
    schemas,
  });
  if (readOnly !== true) await assertMovable(folder, resolve(folder), nodeFiles);
  const looks = [
    stores.source?.(),
    schemas === undefined ? undefined : createDirectorySource({ path: schemas, limits }),
  ];
  for (const source of looks) {
    try {
      await source?.open();
      await source?.schemas();
    } finally {
      await source?.close();
    }
  }
  await assertWritable(stores);
  return stores;
}

/** Refuses at the start what would fail the first push: no export, a volume, a folder around it that cannot be written. */
async function assertWritable({ destination }: ServedStores): Promise<void> {
  const store = destination?.();
  try {
    await store?.open();
  } catch (error) {
    // Start although another process writes there now: a push that comes before it ends is refused.
    if (!(error instanceof TransferError) || error.code !== 'STORE_IN_USE') throw error;
  } finally {
    await store?.close();
  }
}

async function createServer({ tlsCert, tlsKey }: ServeFlags): Promise<Server> {
  if (tlsCert === undefined && tlsKey === undefined) return createHttpServer(notHere);
  if (tlsCert === undefined) throw invalid('--tls-key', tlsKey, 'give --tls-cert with it');
  if (tlsKey === undefined) throw invalid('--tls-cert', tlsCert, 'give --tls-key with it');
  const [cert, key] = [await readPem('--tls-cert', tlsCert), await readPem('--tls-key', tlsKey)];
  try {
    return createHttpsServer({ cert, key }, notHere);
  } catch (cause) {
    const reason = `it and --tls-key are no certificate and key that fit each other (${wordsOf(cause)})`;
    throw invalid('--tls-cert', tlsCert, reason, cause);
  }
}

async function readPem(option: string, path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (cause) {
    throw invalid(option, path, `it cannot be read (${wordsOf(cause)})`, cause);
  }
}

function wordsOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return code ?? message;
}

const notHere: RequestListener = (_request, response) => {
  response.writeHead(404).end();
};

function listen(server: Server, port: number, address: string): Promise<number> {
  return new Promise((done, fail) => {
    server.once('error', (cause: NodeJS.ErrnoException) => fail(listenError(cause, port, address)));
    server.listen(port, address, () => {
      const bound = server.address();
      done(typeof bound === 'object' && bound !== null ? bound.port : port);
    });
  });
}

function listenError(cause: NodeJS.ErrnoException, port: number, address: string): TransferError {
  if (cause.code === 'EADDRINUSE') {
    return invalid('--port', port, 'another program listens there; stop it, or give another port', cause);
  }
  if (cause.code === 'EACCES') {
    return invalid('--port', port, 'this user may not listen there; give one from 1024', cause);
  }
  return invalid('--host', address, `this machine cannot listen there (${wordsOf(cause)})`, cause);
}

const inUrl = (address: string) => (address.includes(':') ? `[${address}]` : address);
