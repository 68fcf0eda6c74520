import { statePath } from '../../machines/state-path.js';
import { createInspection } from '../../src/inspect/inspection.js';
import { createRecorder } from '../../src/inspect/recorder.js';
import { checkAdminUrl, transferRoute } from '../../src/protocol/admin-url.js';
import { createMemoryStore, type MemoryContent } from '../../src/stores/memory.js';
import type { TransferDestination } from '../../src/stores/store.js';
import { seededIds, seededRandom } from '../../src/testing/seeded.js';
import { createTransfer, type TransferOptions } from '../../src/transfer/create-transfer.js';
import type { OpenSocket } from '../../src/transport/socket.js';
import { webSocketOpener } from '../../src/transport/websocket.js';
import { smallContent } from './small-content.js';
import { type RunningServer, runServer } from './transfer-servers.js';

/** A transfer that is recorded: real ends, a real socket, our own server. */
interface Scene {
  readonly direction: 'push' | 'pull';
  /** What moves. @default smallContent */
  readonly content?: MemoryContent;
  readonly options?: (server: RunningServer, scope: 'push' | 'pull') => Partial<TransferOptions>;
  /** The server's destination, where it is no plain one. */
  readonly destination?: (abort: () => void) => TransferDestination;
  /** Comes between once, when the transfer stands in this state. */
  readonly at?: string;
  readonly comes?: (server: RunningServer) => void;
}

function openerOf({ admin, token }: RunningServer, scope: 'push' | 'pull'): OpenSocket {
  const url = checkAdminUrl(admin);
  return webSocketOpener({
    route: transferRoute(url, scope),
    token,
    url: url.href,
    scope,
    maxPayload: 2 ** 26,
  });
}

/** Loses the first answer that `isLost` picks: the frame arrives and is thrown away. */
function losing(
  server: RunningServer,
  scope: 'push' | 'pull',
  isLost: (frame: string) => boolean,
): OpenSocket {
  const open = openerOf(server, scope);
  let hasLost = false;
  return (refused) => {
    const socket = open(refused);
    const listen = socket.addEventListener.bind(socket) as (type: string, listener: unknown) => void;
    const filtered = (type: string, listener: (event: { data: unknown }) => void) => {
      if (type !== 'message') return listen(type, listener);
      return listen(type, (event: { data: unknown }) => {
        const lost = !hasLost && isLost(Buffer.from(event.data as Uint8Array).toString());
        hasLost ||= lost;
        if (!lost) listener(event);
      });
    };
    return Object.assign(socket, { addEventListener: filtered as typeof socket.addEventListener });
  };
}

/** Goes deaf once four batches of rows have left: nothing more arrives, not even the answer to a ping. */
function goingDeaf(server: RunningServer, scope: 'push' | 'pull'): OpenSocket {
  const open = openerOf(server, scope);
  let batches = 0;
  const isDeaf = () => batches >= 4;
  return (refused) => {
    const socket = open(refused);
    const listen = socket.addEventListener.bind(socket) as (type: string, listener: unknown) => void;
    const { send, watch } = socket;
    const hearing = (type: string, listener: (event: { data: unknown }) => void) => {
      if (type !== 'message') return listen(type, listener);
      return listen(type, (event: { data: unknown }) => {
        if (!isDeaf()) listener(event);
      });
    };
    return Object.assign(socket, {
      addEventListener: hearing as typeof socket.addEventListener,
      send(text: string, done?: (error?: Error) => void) {
        if (text.includes('"action":"stream","step":"entities"')) batches += 1;
        send.call(socket, text, done);
      },
      watch: (onByte: () => void) =>
        watch?.call(socket, () => {
          if (!isDeaf()) onByte();
        }) ?? (() => {}),
    });
  };
}

/** Enough rows for every lane. */
const manyRows: MemoryContent = {
  ...smallContent,
  entities: Array.from({ length: 40 }, (_, index) => ({
    type: 'api::article.article',
    id: index + 1,
    data: { documentId: `a${index}`, title: 'Vapur '.repeat(30_000) },
  })),
};

export const scenes: Readonly<Record<string, Scene>> = {
  push: { direction: 'push' },
  pull: { direction: 'pull' },
  retry: {
    direction: 'push',
    options: (server, scope) => ({
      retryMessageOptions: { retryMessageTimeout: 200 },
      // The first answer of all that tells of no transferID: that of bootstrap.
      open: losing(server, scope, (frame) => !frame.includes('transferID') && !frame.includes('diagnostic')),
    }),
  },
  // The server is about to answer `start` when the client is aborted, and cannot roll back: the goodbye takes its long way.
  abort: {
    direction: 'push',
    destination(abort) {
      const store = createMemoryStore().destination();
      return {
        ...store,
        assetWriter() {
          abort();
          return store.assetWriter();
        },
        rollback: () => Promise.reject(new Error('the disk is gone')),
      };
    },
  },
  // A server that hangs amid the rows. The fixture tells of the heartbeat of every transfer, a test of a short one.
  silent: {
    direction: 'push',
    content: manyRows,
    options: (server, scope) => ({
      connectionOptions: { heartbeatTimeout: process.env['FERRY_RECORD'] === '1' ? 10_000 : 400 },
      open: goingDeaf(server, scope),
    }),
  },
  lost: {
    direction: 'pull',
    at: 'transferring.links.moving',
    comes({ server }) {
      for (const session of server.sessions) session.actor.send({ type: 'abort' });
    },
  },
};

/** Runs a scene and gives its recording, of both ends. The port is the only thing that is chance in it, besides time. */
export async function recordScene(name: string): Promise<string> {
  const scene = scenes[name];
  if (scene === undefined) throw new Error(`there is no scene ${name}`);
  const { direction, options, at, comes, destination, content = smallContent } = scene;
  let text = '';
  const inspection = createInspection({ now: () => Date.parse('2026-01-02T03:04:05.678Z') });
  inspection.attach(
    createRecorder({
      write: (lines) => {
        text += lines;
      },
    }),
  );
  const { inspect } = inspection;
  const abort = () => transfer.abort('the test');
  const server = await runServer({
    ids: seededIds(seededRandom(1)),
    source: createMemoryStore(content).source,
    destination: destination === undefined ? createMemoryStore().destination : () => destination(abort),
    inspect,
  });
  const ends =
    direction === 'push'
      ? { from: createMemoryStore(content).source(), to: server.admin, toToken: server.token }
      : { from: server.admin, fromToken: server.token, to: createMemoryStore().destination() };
  const more = options?.(server, direction) ?? {};
  const transfer = createTransfer({ ids: seededIds(seededRandom(2)), ...ends, ...more, inspect });
  let hasCome = false;
  transfer.actor.subscribe((snapshot) => {
    if (hasCome || statePath(snapshot.value) !== at) return;
    hasCome = true;
    comes?.(server);
  });
  await transfer.done.catch(() => {});
  await server.ended();
  await server.close();
  await inspection.close();
  return text.replaceAll(new URL(server.admin).host, '127.0.0.1:1337');
}
