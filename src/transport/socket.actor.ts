import { type CallbackActorLogic, fromCallback } from 'xstate';
import type { ConnectionEnd, SocketCommand, SocketEvent } from '../../machines/connection.machine.js';
import { type Frame, textOf } from '../protocol/frame-bytes.js';
import { tellsNothingSent } from './browser-websocket.js';
import type { OpenSocket, SocketLike } from './socket.js';

/** The side of a connection that carries bytes, which the charts never see. */
export interface Wire {
  /**
   * Sends a frame; `left` is called once it has left. A frame for a socket that is gone is dropped: the connection
   * chart hears of the loss from the socket itself. A frame that is sent `again` is no sign of life when it leaves:
   * the kernel takes small frames for a dead connection too, and a resend every so often would keep it alive for ever.
   */
  send(frame: Frame, left?: () => void, again?: boolean): void;
}

export interface SocketActor {
  readonly logic: CallbackActorLogic<SocketCommand>;
  readonly wire: Wire;
}

/** How long a frame may be. */
export interface FrameGauge {
  /** The limit now, in bytes. */
  most(): number;
  /** A longer frame has come, or is coming. It is dropped. */
  refuse(): void;
}

/** Detached sockets still report: an error without a listener would be uncaught in Node. */
const ignoreLateError = () => {};

/**
 * The WebSocket as an actor: it reports opening, closing and signs of life to its chart, and hands the text of each
 * frame to `onFrame`, which must not throw: a throw in a socket's listener would reach no chart.
 */
export function createSocketActor(
  open: OpenSocket,
  onFrame: (frame: Frame) => void,
  gauge: FrameGauge,
): SocketActor {
  let current: SocketLike | null = null;
  /** A frame that has left is a sign of life: sent bytes drain. */
  let onDrained = () => {};
  /** Bytes of the longest frame that was sent. A frame that the peer took is no longer than its limit. */
  let longest = 0;

  const wire: Wire = {
    send(frame, left, again = false) {
      if (current?.readyState !== 1) return;
      longest = Math.max(longest, frame.length);
      const done = (error?: Error) => {
        if (error) return;
        if (!again) onDrained();
        left?.();
      };
      if (typeof frame !== 'string' && current.sendText) current.sendText(frame, done);
      else current.send(textOf(frame), done);
      if (tellsNothingSent(current)) done();
    },
  };

  const logic = fromCallback<SocketCommand>(({ sendBack, receive }) => {
    const report = (event: SocketEvent) => sendBack(event);
    let reported: ConnectionEnd | null = null;
    let failure: ConnectionEnd | null = null;
    let opened = false;
    let stopWatching = () => {};
    const alive = () => {
      stopWatching();
      stopWatching = () => {};
      onDrained = () => {};
      report({ type: 'socket.alive' });
    };

    const onOpen = () => {
      opened = true;
      report({ type: 'socket.opened' });
    };
    const onClose = ({ code, reason }: { code: number; reason: string }) => {
      const end = reported ?? (opened ? null : failure);
      if (end !== null) report({ type: 'socket.refused', ...end });
      else report({ type: 'socket.closed', closeCode: code, reason, longest });
    };
    const onError = ({ message, error }: { message?: unknown; error?: unknown }) => {
      if (isTooLong(error)) gauge.refuse();
      // After an open socket's error comes its close, which is what is reported.
      failure ??= { code: 'CONNECT_FAILED', details: { reason: reasonOf(error, message) } };
    };
    const onMessage = ({ data }: { data: unknown }) => {
      const frame = data instanceof Uint8Array ? data : String(data);
      if (frame.length > gauge.most()) gauge.refuse();
      else onFrame(frame);
    };

    let socket: SocketLike;
    try {
      socket = open((end) => {
        reported = end;
      });
    } catch (thrown) {
      report({ type: 'socket.refused', code: 'CONNECT_FAILED', details: { reason: reasonOf(thrown, '') } });
      return () => {};
    }
    current = socket;
    socket.addEventListener('open', onOpen);
    socket.addEventListener('close', onClose);
    socket.addEventListener('error', onError);
    socket.addEventListener('message', onMessage);
    socket.gauge?.(gauge.most, gauge.refuse);
    // A socket that was handed over open sends no `open` event.
    if (socket.readyState === 1) onOpen();

    let attached = true;
    const detach = (closed: (event: { code: number; reason: string }) => void) => {
      if (!attached) return;
      attached = false;
      socket.removeEventListener('message', onMessage);
      socket.removeEventListener('error', onError);
      socket.removeEventListener('open', onOpen);
      socket.removeEventListener('close', onClose);
      socket.addEventListener('error', ignoreLateError);
      socket.addEventListener('close', closed);
    };
    const cut = () => (socket.terminate ? socket.terminate() : socket.close());

    receive((command) => {
      if (command.type === 'socket.probe') {
        // A browser's socket shows no signs of life below its frames, so its silence means nothing.
        if (socket.watch === undefined) return alive();
        stopWatching();
        stopWatching = socket.watch(alive);
        onDrained = alive;
        if (socket.readyState === 1) socket.ping?.();
        return;
      }
      stopWatching();
      detach(({ code, reason }) => report({ type: 'socket.closed', closeCode: code, reason, longest }));
      if (socket.readyState === 3) report({ type: 'socket.closed', closeCode: 1006, reason: '', longest });
      else if (command.type === 'socket.close') socket.close(command.closeCode, command.reason);
      else cut();
    });

    return () => {
      stopWatching();
      onDrained = () => {};
      detach(() => {});
      if (current === socket) current = null;
      if (socket.readyState !== 3) cut();
    };
  });

  return { logic, wire };
}

/** What a receiver of `ws` says before it closes with 1009. */
const isTooLong = (error: unknown): boolean => Object(error).code === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH';

/** Node reports a refused connection as an AggregateError with an empty message, one error an address tried. */
export function reasonOf(error: unknown, message: unknown): string {
  const errors = error instanceof AggregateError ? error.errors : [error];
  const words = errors.map((one) => (one instanceof Error ? one.message : '')).filter((text) => text !== '');
  return [...new Set(words)].join(', ') || (typeof message === 'string' ? message : '') || 'unknown reason';
}
