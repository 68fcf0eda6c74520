import type { ConnectionEnd } from '../../machines/connection.machine.js';
import type { Clock } from '../ports/clock.js';
import type { WireError } from '../protocol/messages.js';
import type { OpenSocket, SocketLike } from '../transport/socket.js';
import { corrupted } from './corrupted.js';
import { createListeners } from './socket-listeners.js';

/** A frame of the client, decoded. A confirmation of a pull's batch has a uuid and nothing else. */
export interface SentMessage {
  readonly uuid: string;
  readonly type?: 'command' | 'transfer';
  readonly kind?: 'action' | 'step';
  readonly command?: string;
  readonly action?: string;
  readonly step?: string;
  readonly params?: unknown;
  readonly data?: unknown;
  readonly transferID?: string;
}

/** A batch of a pull, as the peer sends it. */
export interface ScriptedBatch {
  readonly uuid: string;
  /** What the step's `start` answered. */
  readonly id: string;
  readonly data?: readonly unknown[] | null;
  readonly ended?: boolean;
  readonly error?: Readonly<Record<string, unknown>> | null;
}

/** How the peer behaves from the start. */
export interface ScriptedPeerOptions {
  /** Drives `delay`: without it every message arrives in the next microtask. */
  readonly clock?: Clock | undefined;
  /** Plays the other side: called with every frame that arrives at the peer. */
  readonly answer?: ((message: SentMessage, peer: ScriptedPeer) => void) | undefined;
  /** The peer answers the handshake by itself; otherwise `accept` or `refuse` does. @defaultValue true */
  readonly accepts?: boolean | undefined;
  /** The socket is open from the start, like one that a server hands over. @defaultValue false */
  readonly isOpen?: boolean | undefined;
}

/** The other side of a socket, played by a test: it says what arrives next and sees what was sent. No network. */
export interface ScriptedPeer {
  /** The socket that `open` gives. */
  readonly socket: SocketLike;
  /** Gives the socket, and begins its handshake. */
  readonly open: OpenSocket;
  /** The frames that the client has sent, oldest first, and as they went over the wire. */
  readonly sent: readonly SentMessage[];
  readonly frames: readonly string[];
  /** The calls on the socket, in order: `+open`, `-message`, `ping`, `close 1000`, `terminate`. */
  readonly listenerLog: readonly string[];

  /** Completes the handshake. */
  accept(): void;
  /** Refuses the handshake: the socket reports `error`, then `close`. */
  refuse(end: ConnectionEnd): void;
  /** Answers a request, by default with null. */
  answer(uuid: string, data?: unknown): void;
  /** Answers a request with an error. */
  error(uuid: string, error: Partial<WireError> & { message: string }): void;
  /** Sends a diagnostic. */
  diagnostic(message: string, kind?: 'info' | 'warning' | 'error', origin?: string): void;
  /** Sends a batch of a pull, which the client is to confirm. */
  batch(batch: ScriptedBatch): void;
  /** Sends a frame as it is: any text, or a value as JSON. */
  receive(frame: string | object): void;
  /** Sends a byte that is no whole frame. */
  byte(): void;

  /**
   * From now on the peer answers nothing by itself: no frame, no ping, no closing handshake. Frames of the client still
   * leave, and what the test sends still arrives.
   */
  hang(): void;
  /** From now on frames of the client no longer leave either: the buffers on the way are full. */
  clog(): void;
  /** The peer closes, or, with 1006, the connection breaks. */
  disconnect(code?: number, reason?: string): void;
  /** From now on every message to the client comes twice. */
  duplicate(): void;
  /** The next message to the client arrives after the one that follows it. */
  reorder(): void;
  /** Flips one bit of the next message to the client: 0 is in its first byte, 1 in its last. @defaultValue 0.5 */
  corrupt(place?: number): void;
  /**
   * The peer ends its half and does nothing more. The client's socket is closing and takes no frame, and closes only
   * when the client cuts it.
   */
  halfClose(): void;
  /** From now on every message to the client takes `ms` milliseconds of the clock. Order is kept. */
  delay(ms: number): void;
  /** The socket reports an error, without a close. */
  fail(message: string): void;
}

const [connecting, opened, closing, closed] = [0, 1, 2, 3];

/** A peer that does only what the test says. It stands at the transport port, in this process. */
export function createScriptedPeer(options: ScriptedPeerOptions = {}): ScriptedPeer {
  const { clock, answer: play } = options;
  const listeners = createListeners();
  const frames: string[] = [];
  const sent: SentMessage[] = [];
  const watchers = new Set<() => void>();
  let readyState = options.isOpen === true ? opened : connecting;
  let refused: Parameters<OpenSocket>[0] = () => {};
  let copies = 1;
  let corruptAt: number | null = null;
  /** Messages that wait for the next one; null if none has to wait. */
  let overtaken: string[] | null = null;
  let ms = 0;
  let lastArrival = 0;
  let isSilent = false;
  let isClogged = false;

  /** Everything to the client goes this way, so that nothing overtakes. */
  const arrive = (what: () => void) => {
    if (clock === undefined || (ms === 0 && lastArrival <= clock.now())) return queueMicrotask(what);
    lastArrival = Math.max(lastArrival, clock.now() + ms);
    clock.setTimeout(what, lastArrival - clock.now());
  };
  const showLife = () => {
    for (const watcher of [...watchers]) watcher();
  };
  const deliver = (text: string) => {
    if (readyState !== opened && readyState !== closing) return;
    showLife();
    listeners.emit('message', { data: text });
  };
  const endWith = (code: number, reason: string) => {
    if (readyState === closed) return;
    const wasConnecting = readyState === connecting;
    readyState = closed;
    // As in `ws`, a handshake that is given up is an error before it is a close.
    if (wasConnecting) listeners.emit('error', { message: 'the handshake was cut' });
    listeners.emit('close', { code, reason });
  };
  const take = (frame: string, done?: (error?: Error) => void) => {
    frames.push(frame);
    const message = JSON.parse(frame) as SentMessage;
    sent.push(message);
    queueMicrotask(() => {
      if (isClogged) return;
      if (readyState === closed) return done?.(new Error('the socket is closed'));
      done?.();
      if (!isSilent) play?.(message, peer);
    });
  };

  const socket: SocketLike = {
    get readyState() {
      return readyState;
    },
    send(frame, done) {
      if (readyState === opened) take(frame, done);
      else done?.(new Error('the socket is not open'));
    },
    close(code = 1005, reason = '') {
      listeners.log.push(`close ${code}`);
      if (readyState === closed) return;
      if (readyState === connecting) return queueMicrotask(() => endWith(1006, ''));
      readyState = closing;
      if (!isSilent) arrive(() => endWith(code, reason));
    },
    ping() {
      listeners.log.push('ping');
      if (!isSilent) arrive(showLife);
    },
    terminate() {
      listeners.log.push('terminate');
      if (readyState !== closed) queueMicrotask(() => endWith(1006, ''));
    },
    watch(onByte) {
      watchers.add(onByte);
      return () => watchers.delete(onByte);
    },
    addEventListener: listeners.add,
    removeEventListener: listeners.remove,
  };

  const peer: ScriptedPeer = {
    socket,
    open(onRefusal) {
      refused = onRefusal;
      if (options.accepts !== false) queueMicrotask(() => peer.accept());
      return socket;
    },
    sent,
    frames,
    listenerLog: listeners.log,
    accept() {
      if (readyState !== connecting || isSilent) return;
      readyState = opened;
      listeners.emit('open', {});
    },
    refuse(end) {
      refused(end);
      queueMicrotask(() => endWith(1006, ''));
    },
    answer: (uuid, data = null) => peer.receive({ uuid, data, error: null }),
    error: (uuid, { code = 'Error', message, details = {} }) =>
      peer.receive({ uuid, data: null, error: { code, message, details } }),
    diagnostic(message, kind = 'info', origin = 'scripted-peer') {
      const details = { message, origin, createdAt: '2026-01-02T03:04:05.678Z' };
      peer.receive({ diagnostic: { details, kind }, uuid: `diagnostic-${message}` });
    },
    batch({ uuid, id, data = null, ended = false, error = null }) {
      peer.receive({ uuid, data: { type: 'transfer', data, ended, error, id } });
    },
    receive(frame) {
      const said = typeof frame === 'string' ? frame : JSON.stringify(frame);
      const text = corruptAt === null ? said : corrupted(Buffer.from(said), corruptAt).toString();
      corruptAt = null;
      if (overtaken?.length === 0) return void overtaken.push(text);
      const texts = [text, ...(overtaken ?? [])];
      overtaken = null;
      for (const each of texts) for (let copy = 0; copy < copies; copy += 1) arrive(() => deliver(each));
    },
    byte: () => arrive(showLife),
    hang() {
      isSilent = true;
    },
    clog() {
      isSilent = true;
      isClogged = true;
    },
    disconnect: (code = 1006, reason = '') => arrive(() => endWith(code, reason)),
    duplicate() {
      copies = 2;
    },
    reorder() {
      overtaken = [];
    },
    corrupt(place = 0.5) {
      corruptAt = place;
    },
    halfClose() {
      arrive(() => {
        isSilent = true;
        if (readyState === opened) readyState = closing;
      });
    },
    delay(latency) {
      if (clock === undefined) throw new Error('delay needs the clock of createScriptedPeer');
      ms = latency;
    },
    fail: (message) => listeners.emit('error', { message, error: new Error(message) }),
  };
  return peer;
}
