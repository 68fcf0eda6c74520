import { connect, createServer, type Socket } from 'node:net';
import { corrupted } from './corrupted.js';
import { createDelayLine } from './delay-line.js';
import { createFrameSplitter, type Piece } from './websocket-frames.js';

/** `up` is from the client to the server. */
export type FlowDirection = 'up' | 'down';

/** What stands behind the proxy. */
export interface FaultProxyOptions {
  readonly target: { readonly host?: string; readonly port: number };
  /** Of the target's admin panel, for `adminUrl`. @defaultValue '/admin' */
  readonly adminPath?: string;
}

/** What can befall a message of a WebSocket. */
export type MessageFault =
  /** It never arrives; all others do. */
  | 'drop'
  /** It and all behind it come late; pings pass by. */
  | 'delay'
  /** It comes a second time, late. */
  | 'duplicate'
  /** It comes late, and those behind it overtake it. */
  | 'reorder'
  /** One bit of it is another. */
  | 'corrupt'
  /** Both ends hear of a reset; it is lost. */
  | 'cut'
  /** Its receiver hears of an end, its sender of nothing; from here on all is lost. */
  | 'halfClose'
  /** From here on all is lost, and nobody says so. */
  | 'blackHole'
  /** Its receiver takes that long for each of its messages, pings among them. */
  | 'slowReader';

/** Which message is struck, and how. */
export interface Strike {
  readonly direction: FlowDirection;
  /** The how-manieth from now on, from 1. */
  readonly number: number;
  /** @defaultValue none: one may only want to know when it comes */
  readonly fault?: MessageFault;
  /** How late it or its copy comes, how slow its receiver is; milliseconds. @defaultValue 0 */
  readonly ms?: number;
  /** Where the bit is: 0 is the first byte of the message, 1 the last. @defaultValue 0.5 */
  readonly place?: number;
}

/** A TCP proxy that can be slow, cut connections in the middle, swallow what it is given, and strike a message. */
export interface FaultProxy {
  /** Where it listens, on the loopback interface. */
  readonly port: number;
  /** The target's admin panel, through this proxy. */
  readonly adminUrl: string;
  /** Every byte arrives so many milliseconds later, each way. Order is kept, and throughput. */
  delay(ms: number): void;
  /** Resets every connection once so many bytes have passed from now on. */
  cutAfter(bytes: number, direction: FlowDirection): void;
  /** Once so many bytes have passed from now on, nothing passes any more, either way, and nothing is said of it. */
  blackHoleAfter(bytes: number, direction: FlowDirection): void;
  /**
   * Strikes one message of WebSockets that are opened after this call; a message is a frame, as `ws` sends it. Resolves
   * when it came. One strike at a time: another call takes the place of one that waits.
   */
  strike(strike: Strike): Promise<void>;
  /** No more faults; what a black hole has swallowed stays lost, so its connections are reset. */
  heal(): void;
  /** Bytes that have passed since the proxy was created. */
  bytes(): { readonly up: number; readonly down: number };
  /** Cuts what is open and stops listening. */
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

/** Bytes on the way in one direction, at most; beyond that the sender is made to wait, as by a full window. */
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

  // One that is just ending Node can neither reset nor close then, and hangs when it exits.
  const reset = (socket: Socket) => {
    if (socket.writableEnded) socket.destroy();
    else socket.resetAndDestroy();
  };
  const resetAll = () => sockets.forEach(reset);

  /** How much of a chunk still passes, and what happens after it. */
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
    // A delay that changes lets nothing overtake.
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
    /** Out of the line, by which others may come first. */
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
          // A mask is an exclusive or: the bit that changes under it is the one that changes.
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
