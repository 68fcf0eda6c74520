import type { ConnectionEnd } from '../../machines/connection.machine.js';

/**
 * The transport port: what a connection needs of a WebSocket. A `WebSocket` of `ws` and of a browser both fit; tests
 * script one.
 */
export interface SocketLike {
  /** 0 connecting, 1 open, 2 closing, 3 closed. */
  readonly readyState: number;
  /**
   * `done` is called once the frame has left for the kernel: this is the back-pressure. A browser's socket calls it never;
   * there a frame counts as sent at once.
   */
  send(frame: string, done?: (error?: Error) => void): void;
  /** Begins the closing handshake. */
  close(code?: number, reason?: string): void;
  addEventListener(type: 'open', listener: () => void): void;
  /** `data`: text, or the same as UTF-8, which is then the listener's. */
  addEventListener(type: 'message', listener: (event: { data: unknown }) => void): void;
  addEventListener(type: 'error', listener: (event: { message?: unknown; error?: unknown }) => void): void;
  addEventListener(type: 'close', listener: (event: { code: number; reason: string }) => void): void;
  removeEventListener(type: 'open', listener: () => void): void;
  removeEventListener(type: 'message', listener: (event: { data: unknown }) => void): void;
  removeEventListener(type: 'error', listener: (event: { message?: unknown; error?: unknown }) => void): void;
  removeEventListener(type: 'close', listener: (event: { code: number; reason: string }) => void): void;
  /** Node only: sends a text that is UTF-8 already. Its memory is the caller's again when this returns. */
  sendText?(text: Uint8Array, done?: (error?: Error) => void): void;
  /** Node only. */
  ping?(): void;
  /** Node only: resolves once the peer has answered a ping that was sent for this, and all before it has arrived. */
  roundTrip?(): Promise<void>;
  /**
   * Node only, of an accepted socket: once more than `most()` bytes have come since the last whole message, it reads no
   * more and calls `over`.
   */
  gauge?(most: () => number, over: () => void): void;
  /** Node only: cuts the connection without a handshake. */
  terminate?(): void;
  /**
   * Calls `onByte` at every sign of life below the frames, until the returned function is called. A socket without it
   * is never held dead for its silence.
   */
  watch?(onByte: () => void): () => void;
}

/**
 * Opens a socket. `refused` is called, before any `close`, where the handshake was answered with something else, or where an
 * open socket ends for a reason that its close does not tell.
 */
export type OpenSocket = (refused: (end: ConnectionEnd) => void) => SocketLike;
