import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';
import type { Direction } from '../../../machines/lifecycle.machine.js';
import { realClock } from '../../ports/clock.js';
import type { RetryMessageOptions } from '../../protocol/retry.js';
import type { SocketLike } from '../../transport/socket.js';
import { withSignsOfLife } from '../../transport/websocket.js';
import { createScriptedPeer } from '../scripted-peer.js';
import { createJudge } from './judge.js';
import type { Scene, SceneOptions } from './scene.js';

/** The input of one run of a client that takes a URL. */
export interface ClientRunByUrl {
  readonly direction: Direction;
  /** Of an admin panel, on the loopback interface. It takes one connection, with any token. */
  readonly url: string;
  /** The retry options that the client must keep to. */
  readonly retryMessageOptions: RetryMessageOptions;
}

/** How many times `retryMessageTimeout` a scene waits for what an ended client still sends. */
export const lingerOnLoopback = 1.5;

/** A scene with a scripted peer behind a real socket, and the real clock. */
export async function sceneOnLoopback(
  { plan, script, retryMessageOptions }: SceneOptions,
  patience: number,
): Promise<Scene<ClientRunByUrl>> {
  const { direction } = plan;
  const path = `/admin/transfer/runner/${direction}`;
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, path });
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;

  let line: SocketLike | null = null;
  let hangUp = () => {};
  const hungUp = new Promise<void>((resolve) => {
    hangUp = resolve;
  });
  /** Resolves once the client has received everything that was sent before. */
  const arrived = async () => {
    // The peer sends in the next microtask.
    await Promise.resolve();
    await line?.roundTrip?.();
  };
  const judge = createJudge(plan, script, (then) => void arrived().then(then));
  const peer = createScriptedPeer({
    isOpen: true,
    answer: (message, playing) =>
      judge.answer(message, {
        ...playing,
        // A Strapi sends a batch later than its answer: Strapi's client loses a batch that it reads with an answer.
        batch: (batch) => void arrived().then(() => playing.batch(batch)),
      }),
  });

  server.once('connection', (socket) => {
    server.close();
    line = withSignsOfLife(socket);
    peer.socket.addEventListener('message', ({ data }) => socket.send(String(data)));
    peer.socket.addEventListener('close', () => socket.terminate());
    socket.on('message', (data) => {
      try {
        peer.socket.send(String(data));
      } catch {
        socket.close(1007, 'no JSON');
      }
    });
    socket.on('error', () => {});
    socket.on('close', (code) => {
      peer.disconnect(code);
      hangUp();
    });
  });

  return {
    judge,
    peer,
    given: { direction, url: `http://127.0.0.1:${port}/admin`, retryMessageOptions },
    async until(running) {
      const end = await within(patience, running);
      await within(patience, Promise.race([hungUp, arrived()]));
      return end;
    },
    async linger() {
      await within(lingerOnLoopback * retryMessageOptions.retryMessageTimeout, hungUp);
      return 0;
    },
    async close() {
      line?.terminate?.();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** The result of `coming`, or null if it takes longer than `ms`. */
async function within<T>(ms: number, coming: Promise<T>): Promise<T | null> {
  let timer: unknown;
  const late = new Promise<null>((resolve) => {
    timer = realClock.setTimeout(() => resolve(null), ms);
  });
  return Promise.race([coming, late]).finally(() => realClock.clearTimeout(timer));
}
