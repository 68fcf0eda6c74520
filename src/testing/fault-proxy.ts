import { connect, createServer, type Socket } from 'node:net';
import { corrupted } from './corrupted.js';
import { createDelayLine } from './delay-line.js';
import { createFrameSplitter, type Piece } from './websocket-frames.js';

/** `up` is from the client to the server. */
export type FlowDirection = 'up' | 'down';

/** The server behind the proxy. */
export interface FaultProxyOptions {
  readonly target: { readonly host?: string; readonly port: number };
  /** Of the target's admin panel, for `adminUrl`. @defaultValue '/admin' */
  readonly adminPath?: string | undefined;
}

/** The faults of a message of a WebSocket. */
export type MessageFault =
  /** It never arrives; all others do. */
  | 'drop'
  /** It and all behind it come late; pings overtake them. */
  | 'delay'
  /** It comes a second time, late. */
  | 'duplicate'
  /** It comes late, and those behind it overtake it. */
  | 'reorder'
  /** One bit of it is flipped. */
  | 'corrupt'
  /** Both ends see a reset; the message is lost. */
  | 'cut'
  /** Its receiver sees the connection end, its sender sees nothing; everything from here on is lost. */
  | 'halfClose'
  /** Everything from here on is lost, and neither end sees the connection close. */
  | 'blackHole'
  /** Its receiver takes `ms` for each of its messages, pings among them. */
  | 'slowReader';

/** The message to strike, and the fault. */
export interface Strike {
  readonly direction: FlowDirection;
  /** The number of the message, counted from this call: 1 is the next one. */
  readonly number: number;
  /** @defaultValue none: the caller may only want to know when it comes */
  readonly fault?: MessageFault;
  /** How late the message or its copy comes, or how slow its receiver is; milliseconds. @defaultValue 0 */
  readonly ms?: number;
  /** The byte with the flipped bit: 0 is the first of the message, 1 the last. @defaultValue 0.5 */
  readonly place?: number;
}

/** A TCP proxy that can delay, cut connections in the middle, swallow bytes, and strike a message. */
export interface FaultProxy {
  /** Its port on the loopback interface. */
  readonly port: number;
  /** The target's admin panel, through this proxy. */
  readonly adminUrl: string;
  /** Every byte arrives `ms` milliseconds later, each way. Order and throughput stay the same. */
  delay(ms: number): void;
  /** Resets every connection once `bytes` more bytes have passed. */
  cutAfter(bytes: number, direction: FlowDirection): void;
  /** Swallows everything, either way, once `bytes` more bytes have passed. Neither end sees the connection close. */
  blackHoleAfter(bytes: number, direction: FlowDirection): void;
  /**
   * Strikes one message of WebSockets that open after this call; a message is a frame, as `ws` sends it. Resolves when
   * the message has come. There is one strike at a time: another call replaces one that waits.
   */
  strike(strike: Strike): Promise<void>;
  /** Ends all faults. Bytes in a black hole stay lost, so its connections are reset. */
  heal(): void;
  /** Bytes that have passed since the proxy was created. */
  bytes(): { readonly up: number; readonly down: number };
  /** Cuts open connections and stops listening. */
  close(): Promise<void>;
}

interface Fault {
  readonly kind: 'cut' | 'blackHole';
  readonly direction: FlowDirection;
  left: number;
}

interface Aim extends Strike {
  left: number;
  readonly struck: () => void;
}

/** The most bytes on the way in one direction; beyond that the sender has to wait, as for a full window. */
const window = 4 * 1024 * 1024;

/** Listens on a free port of the loopback interface. */
export async function createFaultProxy({
  target,
  adminPath = '/admin',
}: FaultProxyOptions): Promise<FaultProxy> {
  const host = target.host ?? '127.0.0.1';
  const sockets = new Set<Socket>();
  const passed = { up: 0, down: 0 };
  let latency = 0;
  let fault: Fault | null = null;
  let aim: Aim | null = null;
  let isBlack = false;
  let heldUntil = { up: 0, down: 0 };
  let readingTime = { up: 0, down: 0 };

  // Node can neither reset nor close a socket that is just ending, and then hangs at its exit.
  const reset = (socket: Socket) => {
    if (socket.writableEnded) socket.destroy();
    else socket.resetAndDestroy();
  };
  const resetAll = () => sockets.forEach(reset);

  /** The part of a chunk that still passes; arms what happens after it. */
  const pass = (chunk: Buffer, direction: FlowDirection): Buffer => {
    if (isBlack) return chunk.subarray(0, 0);
    if (fault?.direction !== direction || fault.left >= chunk.length) {
      if (fault?.direction === direction) fault.left -= chunk.length;
      passed[direction] += chunk.length;
      return chunk;
    }
    const { kind, left } = fault;
    fault = null;
    passed[direction] += left;
    if (kind === 'blackHole') isBlack = true;
    else setTimeout(resetAll, latency);
    return chunk.subarray(0, left);
  };

  const carry = (from: Socket, to: Socket, direction: FlowDirection) => {
    const split = aim === null ? null : createFrameSplitter();
    const line = createDelayLine();
    let onTheWay = 0;
    let lastDue = 0;
    // Nothing overtakes when the delay changes.
    const later = (deliver: () => void) => {
      const earliest = Math.max(performance.now() + latency, heldUntil[direction], lastDue);
      lastDue = earliest + readingTime[direction];
      line(lastDue, deliver);
    };
    const write = (bytes: Buffer) => {
      if (!to.destroyed) to.write(bytes);
    };
    const forward = (bytes: Buffer) => {
      const kept = pass(bytes, direction);
      if (kept.length === 0) return;
      onTheWay += kept.length;
      if (onTheWay >= window) from.pause();
      later(() => {
        if (to.destroyed) return;
        to.write(kept, () => {
          onTheWay -= kept.length;
          if (onTheWay < window) from.resume();
        });
      });
    };
    /** Delivers outside of the line, so that others may come first. */
    const overtaken = (bytes: Buffer, ms: number) => {
      const kept = pass(bytes, direction);
      setTimeout(() => write(kept), latency + ms);
    };
    const strike = ({ bytes, payloadAt }: Piece, { fault: kind, ms = 0, place = 0.5 }: Strike) => {
      switch (kind) {
        case 'drop':
          return;
        case 'reorder':
          return overtaken(bytes, ms);
        case 'duplicate':
          forward(bytes);
          return overtaken(bytes, ms);
        case 'corrupt':
          // A mask is an exclusive or: a bit that flips under it flips in the payload.
          return forward(
            Buffer.concat([bytes.subarray(0, payloadAt), corrupted(bytes.subarray(payloadAt), place)]),
          );
        case 'cut':
          return resetAll();
        case 'halfClose':
          later(() => to.end());
          isBlack = true;
          return;
        case 'blackHole':
          isBlack = true;
          return;
        case 'delay':
          heldUntil[direction] = performance.now() + ms;
          break;
        case 'slowReader':
          readingTime[direction] = ms;
      }
      forward(bytes);
    };
    const carryPiece = (piece: Piece) => {
      if (piece.kind === 'ping' && heldUntil[direction] > performance.now())
        return write(pass(piece.bytes, direction));
      if (piece.kind !== 'message' || aim?.direction !== direction) return forward(piece.bytes);
      aim.left -= 1;
      if (aim.left > 0) return forward(piece.bytes);
      const hit = aim;
      aim = null;
      strike(piece, hit);
      hit.struck();
    };
    from.on('data', (chunk: Buffer) => {
      if (split === null) forward(chunk);
      else for (const piece of split(chunk)) carryPiece(piece);
    });
    from.on('end', () => {
      if (!isBlack) later(() => to.end());
    });
    from.on('error', () => {
      if (!isBlack) reset(to);
    });
    from.on('close', () => {
      sockets.delete(from);
      if (!isBlack) later(() => to.destroy());
    });
  };

  const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    const upstream = connect({ host, port: target.port, allowHalfOpen: true, noDelay: true });
    sockets.add(client).add(upstream);
    carry(client, upstream, 'up');
    carry(upstream, client, 'down');
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port');
  const { port } = address;

  return {
    port,
    adminUrl: `http://127.0.0.1:${port}${adminPath}`,
    delay(ms) {
      latency = ms;
    },
    cutAfter(bytes, direction) {
      fault = { kind: 'cut', direction, left: bytes };
    },
    blackHoleAfter(bytes, direction) {
      fault = { kind: 'blackHole', direction, left: bytes };
    },
    strike: (wanted) =>
      new Promise((resolve) => {
        aim = { ...wanted, left: wanted.number, struck: resolve };
      }),
    heal() {
      if (isBlack) resetAll();
      [fault, aim, isBlack, latency] = [null, null, false, 0];
      [heldUntil, readingTime] = [
        { up: 0, down: 0 },
        { up: 0, down: 0 },
      ];
    },
    bytes: () => ({ ...passed }),
    close() {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => {
        server.close(() => resolve());
      });
    },
  };
}
