import { createServer, type IncomingMessage } from 'node:http';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Sink } from '../inspect/sink.js';
import { createLegacySink } from '../inspect/xstate-inspectors/legacy-sink.js';
import { createStatelySink } from '../inspect/xstate-inspectors/stately-sink.js';
import { TransferError } from '../protocol/errors.js';
import { guardUpgrade, pathOf, plainRefusal, type UpgradeVerdict } from '../transport/guarded-upgrade.js';
import { inUrl, isFromHere, isLoopback } from './access.js';
import { listenOn } from './listen.js';
import { headers } from './static-page.js';

/** Options of `createInspectRelay`. */
export interface RelayOptions {
  /** The port; 0 takes a free one. @defaultValue 8080, which `@statelyai/inspect` expects */
  readonly port?: number | undefined;
  /** `127.0.0.1`, `localhost` or `::1`. @defaultValue '127.0.0.1' */
  readonly host?: string | undefined;
  /**
   * Serves a page that shows `https://stately.ai/inspect` in a frame and passes the relayed events to it. That page
   * comes from the internet. @defaultValue false
   */
  readonly statelyPage?: boolean | undefined;
  /** Origins of other pages that may connect, such as a viewer of yours. @defaultValue none */
  readonly origins?: readonly string[] | undefined;
}

/** Connects this process to viewers on this machine that were made for other inspectors. */
export interface Relay {
  /** `http://127.0.0.1:8080/`; its WebSockets are `ws://127.0.0.1:8080/` for Stately's viewers, `…/legacy` for old. */
  readonly url: string;
  readonly port: number;
  /** A sink for viewers of `@statelyai/inspect`, to pass to `inspection.attach`. */
  stately(): Sink;
  /** A sink for viewers of `@xstate/inspect` 0.8, to pass to `inspection.attach`. */
  legacy(): Sink;
  /** Disconnects every viewer, and frees the port. */
  close(): Promise<void>;
}

/** The actors that a late viewer receives, and the bytes that may wait for a slow one before it is disconnected. */
const mostActors = 500;
const mostBuffered = 8 * 1024 * 1024;
const longestEvent = 4 * 1024 * 1024;
const statelyOrigin = 'https://stately.ai';

type Kind = 'stately' | 'legacy';

interface Known {
  readonly kind: Kind;
  readonly definition: string;
  state: string | null;
}

/**
 * A WebSocket that connects `createWebSocketInspector` and `createWebSocketReceiver` of `@statelyai/inspect`, and the
 * receivers of `@xstate/inspect`. Their own relays listen on all interfaces and let any web page in.
 * @throws TransferError INSPECTOR_PORT if the port is taken, INVALID_OPTION if the host is not this machine
 */
export async function createInspectRelay(options: RelayOptions = {}): Promise<Relay> {
  const { host = '127.0.0.1', port = 8080, statelyPage = false, origins = [] } = options;
  if (!isLoopback(host)) {
    const reason = 'the relay is for this machine alone. Give 127.0.0.1, localhost or ::1';
    throw new TransferError('INVALID_OPTION', { option: 'host', value: host, reason });
  }
  const known = new Map<string, Known>();
  const kinds = new WeakMap<WebSocket, Kind>();
  const http = createServer((request, response) => {
    const file = statelyPage && isFromHere(request, bound) ? bridge[request.url ?? '/'] : undefined;
    if (file === undefined) response.writeHead(404, headers).end();
    else response.writeHead(200, { ...headers, ...bridgeHeaders, 'Content-Type': file.type }).end(file.body);
  });
  const sockets = new WebSocketServer({ noServer: true, maxPayload: longestEvent, perMessageDeflate: false });
  const judge = (request: IncomingMessage): UpgradeVerdict =>
    isFromHere(request, bound, origins)
      ? { webSockets: sockets, accept: (viewer) => accept(viewer, pathOf(request)) }
      : { refusal: plainRefusal('403 Forbidden') };
  http.on('upgrade', (request, socket, head) => guardUpgrade({ request, socket, head }, { judge }));
  const bound = await listenOn(http, port, host);

  function accept(viewer: WebSocket, path: string | null): void {
    const kind: Kind = path === '/legacy' ? 'legacy' : 'stately';
    kinds.set(viewer, kind);
    viewer.on('message', (data) => publish(String(data), viewer));
    for (const actor of known.values()) {
      if (actor.kind !== kind) continue;
      const { definition, state } = actor;
      viewer.send(definition);
      if (state !== null) viewer.send(state);
    }
  }

  function publish(text: string, from: WebSocket | null): void {
    const kind = remember(text);
    for (const socket of sockets.clients) {
      if (socket === from || socket.readyState !== socket.OPEN || kinds.get(socket) !== kind) continue;
      if (socket.bufferedAmount > mostBuffered) socket.terminate();
      else socket.send(text);
    }
  }

  /**
   * The kind of viewer that an event is for; null for `xstate.inspecting`, which an old receiver sends at its start.
   */
  function remember(text: string): Kind | null {
    const { type, sessionId } = eventIn(text);
    if (type === undefined || sessionId === undefined) return null;
    const kind: Kind = type.startsWith('service.') ? 'legacy' : 'stately';
    const key = `${kind} ${sessionId}`;
    const actor = known.get(key);
    if (type === '@xstate.actor' || type === 'service.register') {
      known.set(key, { kind, definition: text, state: null });
      if (known.size > mostActors) known.delete(known.keys().next().value ?? '');
    } else if (type === 'service.stop') known.delete(key);
    else if ((type === '@xstate.snapshot' || type === 'service.state') && actor !== undefined)
      actor.state = text;
    return kind;
  }

  const send = (event: object) => publish(JSON.stringify(event), null);
  return {
    port: bound,
    url: `http://${inUrl(host)}:${bound}/`,
    stately: () => createStatelySink({ send }),
    legacy: () => createLegacySink({ send }),
    async close() {
      for (const socket of sockets.clients) socket.terminate();
      http.closeAllConnections();
      await new Promise((resolve) => http.close(resolve));
    },
  };
}

function eventIn(text: string): { readonly type?: string; readonly sessionId?: string } {
  try {
    const { type, sessionId } = Object(JSON.parse(text)) as { type?: unknown; sessionId?: unknown };
    return typeof type === 'string' && typeof sessionId === 'string' ? { type, sessionId } : {};
  } catch {
    return {};
  }
}

const bridgeHeaders = {
  'Content-Security-Policy': `default-src 'none'; script-src 'self'; style-src 'unsafe-inline'; connect-src 'self'; frame-src ${statelyOrigin}; frame-ancestors 'none'`,
};

const bridge: Readonly<Record<string, { readonly type: string; readonly body: string }>> = {
  '/': {
    type: 'text/html; charset=utf-8',
    body: `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Ferry in Stately's inspector</title>
<style>html, body, iframe { width: 100%; height: 100%; margin: 0; border: 0 }</style>
<iframe title="Stately Inspector" src="${statelyOrigin}/inspect"></iframe>
<script src="/bridge.js"></script>
`,
  },
  '/bridge.js': {
    type: 'text/javascript; charset=utf-8',
    body: `const inspector = document.querySelector('iframe');
const waiting = [];
let isThere = false;
const tell = (event) => inspector.contentWindow.postMessage(event, '${statelyOrigin}');
addEventListener('message', ({ origin, data }) => {
  if (origin !== '${statelyOrigin}' || data?.type !== '@statelyai.connected') return;
  isThere = true;
  for (const event of waiting.splice(0)) tell(event);
});
new WebSocket('ws://' + location.host).onmessage = ({ data }) => {
  const event = JSON.parse(data);
  if (isThere) tell(event);
  else if (waiting.push(event) > 5000) waiting.shift();
};
`,
  },
};
