import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { createScriptedPeer, type ScriptedPeer, type SentMessage } from '../../src/testing/scripted-peer.js';
import { kindOf, type StrapiScript, strapiScript } from '../../src/testing/strapi-script.js';
import { smallContent } from './small-content.js';

/** A request that has arrived, in the hands of a server that means ill. */
export interface Moment {
  readonly message: SentMessage;
  /** Answers as a Strapi would. */
  readonly answer: () => void;
  /** Sends a frame, whatever it is. */
  readonly send: (frame: string) => void;
  readonly socket: WebSocket;
  /** From now on nothing more is answered; `dead`: no ping either. */
  readonly hush: (dead?: boolean) => void;
}

export interface ServedScriptOptions {
  readonly direction: 'push' | 'pull';
  /** The request, as `kindOf` names it, that `misbehave` answers. */
  readonly at?: string;
  /** Called with the first such request, or with `always` with each. */
  readonly misbehave?: (moment: Moment) => void;
  readonly always?: boolean;
  /** Has each frame to the client pass through it. */
  readonly garble?: (frame: string) => string;
}

export interface ServedScript {
  readonly url: string;
  /** Whether the moment has come. */
  reached(): boolean;
  /** What the last connection was sent that said anything. */
  script(): StrapiScript | null;
  /** Connections that are open at the moment. */
  open(): number;
  close(): Promise<void>;
}

/** A scripted Strapi behind a real WebSocket on a real port. */
export async function serveScript(options: ServedScriptOptions): Promise<ServedScript> {
  let reached = false;
  let script: StrapiScript | null = null;
  // Pongs are ours to send: a process that hangs sends none.
  const sockets = new WebSocketServer({ noServer: true, autoPong: false });
  const connect = (socket: WebSocket) => {
    const server = strapiScript({ direction: options.direction, content: smallContent, batchSize: 3 });
    let silent = false;
    let dead = false;
    const obey = (message: SentMessage, peer: ScriptedPeer) => {
      try {
        server.answer(message, peer);
      } catch (error) {
        peer.error(message.uuid, { message: String(error) });
      }
    };
    const answer = (message: SentMessage, peer: ScriptedPeer) => {
      if (silent) return;
      const isIt = kindOf(message) === options.at && (options.always === true || !reached);
      if (!isIt) return obey(message, peer);
      reached = true;
      const hush = (alsoPings = false) => {
        silent = true;
        dead = alsoPings;
      };
      const send = (frame: string) => socket.send(frame);
      options.misbehave?.({ message, answer: () => obey(message, peer), send, socket, hush });
    };
    const peer = createScriptedPeer({ isOpen: true, answer });
    const garble = options.garble ?? String;
    peer.socket.addEventListener('message', ({ data }) => socket.send(garble(String(data))));
    socket.on('message', (data) => {
      script = server;
      peer.socket.send(String(data));
    });
    socket.on('ping', () => {
      if (!dead) socket.pong();
    });
    socket.on('error', () => {});
  };
  const server = createServer();
  server.on('upgrade', (request: IncomingMessage, stream: Duplex, head: Buffer) => {
    sockets.handleUpgrade(request, stream, head, connect);
  });
  return {
    url: `http://127.0.0.1:${await listen(server)}/admin`,
    reached: () => reached,
    script: () => script,
    open: () => sockets.clients.size,
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets.clients) socket.terminate();
        server.close(() => resolve());
      }),
  };
}

/** A server that is no Strapi: every request, upgrades too, is answered with that status. */
export async function serveStatus(
  status: number,
  headers: Readonly<Record<string, string>> = {},
  body = '<html>something else</html>',
): Promise<{ readonly url: string; close(): Promise<void> }> {
  const server = createServer((_, response) => {
    response.writeHead(status, { ...headers, connection: 'close' });
    response.end(body);
  });
  const port = await listen(server);
  return {
    url: `http://127.0.0.1:${port}/admin`,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}
