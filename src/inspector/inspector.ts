import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Recording } from '../inspect/reading.js';
import { type RecordingHeader, recordingFormat } from '../inspect/records.js';
import type { Sink } from '../inspect/sink.js';
import { ferryVersion } from '../inspect/version.js';
import { type Clock, realClock } from '../ports/clock.js';
import { messageOf, TransferError } from '../protocol/errors.js';
import { guardUpgrade, pathOf, plainRefusal, type UpgradeVerdict } from '../transport/guarded-upgrade.js';
import { inUrl, isFromHere, isFromPage, isLoopback } from './access.js';
import { admit } from './admission.js';
import { builtPage } from './built-page.js';
import { listenOn } from './listen.js';
import { type ControlCommand, type FromPage, isControlCommand, type ToPage } from './live-messages.js';
import { createPageFeed } from './page-feed.js';
import { isSame } from './proof.js';
import { takeReports } from './reports.js';
import { createRing, type Reported } from './ring.js';
import { type SharedSecret, userSecret } from './shared-secret.js';
import { servePage } from './static-page.js';

/** Options of `createInspector`. */
export interface InspectorOptions {
  /** The port; 0 takes a free one. @defaultValue 4747 */
  readonly port?: number | undefined;
  /** `127.0.0.1`, `localhost` or `::1`: other machines cannot reach it. @defaultValue '127.0.0.1' */
  readonly host?: string | undefined;
  /** The folder of the page. @defaultValue the one in the package */
  readonly page?: string | undefined;
  /** Bytes of records that are kept; older ones are folded into a state. @defaultValue 24 MiB */
  readonly keep?: number | undefined;
  /** Whether the page may steer the reporting processes that allow it. @defaultValue true with `onControl` */
  readonly control?: boolean | undefined;
  /** Steers this process. A page must send the token that is in `url`. */
  readonly onControl?: ((command: ControlCommand) => void | Promise<void>) | undefined;
  /** The secret of the processes that may report here. @defaultValue from a file that only this user can read */
  readonly secret?: SharedSecret | undefined;
  /** @defaultValue the real one */
  readonly clock?: Clock | undefined;
}

/** A page on this machine that shows the records of its sinks. */
export interface Inspector {
  /** The page's address for a person to open. It holds the token if the page may steer. */
  readonly url: string;
  readonly port: number;
  /** A sink for this process, to pass to `inspection.attach`. */
  sink(): Sink;
  /** Shows a recording; resolves once all of it is read. */
  show(recording: Recording): Promise<void>;
  /** Disconnects every page, and frees the port. */
  close(): Promise<void>;
}

export const defaultInspectorPort = 4747;
const defaultKeep = 24 * 1024 * 1024;
/** The most bytes of a frame from a page: a command. */
const longestCommand = 4096;
/** The most bytes of a frame from a reporting process. */
const longestReport = 16 * 1024 * 1024;
const mostUnproven = 32;

/**
 * Serves the inspector's page on this machine, with records of this process, of others that report, and of recordings.
 * @throws TransferError INSPECTOR_PORT if the port is taken, INVALID_OPTION if the host is not this machine
 */
export async function createInspector(options: InspectorOptions = {}): Promise<Inspector> {
  const { host = '127.0.0.1', port = defaultInspectorPort, keep = defaultKeep, onControl } = options;
  const { secret = userSecret, clock = realClock } = options;
  if (!isLoopback(host)) {
    const reason = 'the inspector is for this machine alone. Give 127.0.0.1, localhost or ::1';
    throw new TransferError('INVALID_OPTION', { option: 'host', value: host, reason });
  }
  const ring = createRing(keep);
  const page = options.page ?? builtPage();
  const control = options.control ?? onControl !== undefined;
  const token = randomBytes(24).toString('base64url');
  const feeds = new Set<{ wake(): void }>();
  const wakeAll = () => {
    for (const feed of feeds) feed.wake();
  };
  let unproven = 0;
  /** Sends a command to each process that allows steering. */
  const controls = new Map<Reported, (command: ControlCommand) => void | Promise<void>>();

  const http = createServer((request, response) => {
    if (!isFromHere(request, bound)) {
      response
        .writeHead(403, { 'Content-Type': 'text/plain' })
        .end('This inspector is for its own machine.\n');
      return;
    }
    servePage(page, request, response).catch(() => response.destroy());
  });
  const pages = new WebSocketServer({ noServer: true, maxPayload: longestCommand, perMessageDeflate: false });
  const reporters = new WebSocketServer({
    noServer: true,
    maxPayload: longestReport,
    perMessageDeflate: false,
  });
  http.on('upgrade', (request, socket, head) => guardUpgrade({ request, socket, head }, { judge, clock }));
  const bound = await listenOn(http, port, host);

  async function judge(request: IncomingMessage): Promise<UpgradeVerdict> {
    const path = pathOf(request);
    if (isFromHere(request, bound) && path === '/records') return { webSockets: pages, accept: acceptPage };
    if (!isFromHere(request, bound) || path !== '/report' || isFromPage(request))
      return { refusal: plainRefusal('403 Forbidden') };
    const known = await secret();
    return {
      webSockets: reporters,
      accept(webSocket) {
        if (unproven >= mostUnproven) {
          webSocket.terminate();
          return;
        }
        unproven += 1;
        const admitted = () => acceptReporter(webSocket);
        void admit(webSocket, request.socket, { secret: known, control, clock, admitted }).finally(() => {
          unproven -= 1;
        });
      },
    };
  }

  function acceptPage(socket: WebSocket): void {
    const send = (message: ToPage) => socket.send(JSON.stringify(message));
    send({ type: 'hello', format: recordingFormat, version: ferryVersion, control });
    const feed = createPageFeed(socket, ring);
    feeds.add(feed);
    socket.on('close', () => feeds.delete(feed));
    socket.on('message', (data) => {
      void steer(String(data)).then((answer) => answer !== null && send(answer));
    });
    feed.wake();
  }

  function acceptReporter(socket: WebSocket): void {
    takeReports(socket, {
      open(header, send) {
        const reported = open(header);
        if (send !== null) controls.set(reported, send);
        return reported;
      },
      moved: wakeAll,
      over(reported) {
        controls.delete(reported);
        reported.isGone = true;
        wakeAll();
      },
    });
  }

  function open(header: RecordingHeader): Reported {
    const reported = ring.open(header);
    wakeAll();
    return reported;
  }

  async function steer(frame: string): Promise<ToPage | null> {
    const asked = commandIn(frame);
    if (asked === null || !control) return null;
    const refuse = (reason: string): ToPage => ({ type: 'controlled', id: asked.id, done: false, reason });
    if (!isSame(asked.token, token)) return refuse('the token is wrong: open the link that was printed');
    const reported = ring.reported.find(({ name }) => name === asked.reporter);
    const obey = reported === undefined ? undefined : controls.get(reported);
    if (obey === undefined) return refuse('this process cannot be steered');
    try {
      await obey(asked.command);
      return { type: 'controlled', id: asked.id, done: true, reason: '' };
    } catch (error) {
      return refuse(messageOf(error));
    }
  }

  return {
    port: bound,
    url: `http://${inUrl(host)}:${bound}/${control ? `#token=${token}` : ''}`,
    sink() {
      let reported: Reported | null = null;
      return {
        begin(header) {
          reported = open(header);
          if (onControl !== undefined) controls.set(reported, onControl);
        },
        write(records) {
          reported?.add(records);
          wakeAll();
        },
        close() {
          if (reported === null) return;
          controls.delete(reported);
          reported.isGone = true;
          wakeAll();
        },
      };
    },
    async show(recording) {
      const reported = open(recording.header);
      for await (const records of recording.records) {
        reported.add(records);
        wakeAll();
      }
      reported.isGone = true;
      wakeAll();
    },
    async close() {
      for (const socket of [...pages.clients, ...reporters.clients]) socket.terminate();
      http.closeAllConnections();
      await new Promise((resolve) => http.close(resolve));
    },
  };
}

function commandIn(frame: string): FromPage | null {
  try {
    const { type, id, token, reporter, command } = JSON.parse(frame) as FromPage;
    if (type !== 'control' || typeof id !== 'number' || !isControlCommand(command)) return null;
    return { type, id, token: String(token), reporter: String(reporter), command };
  } catch {
    return null;
  }
}
