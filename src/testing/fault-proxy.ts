import { connect, createServer, type Socket } from 'node:net';

/** `up` is from the client to the server. */
export type FlowDirection = 'up' | 'down';

/** What stands behind the proxy. */
export interface FaultProxyOptions {
  readonly target: { readonly host?: string; readonly port: number };
  /** Of the target's admin panel, for `adminUrl`. @defaultValue '/admin' */
  readonly adminPath?: string;
}

/** A TCP proxy that can be slow, cut connections in the middle, and swallow what it is given. */
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
  let isBlack = false;

  const resetAll = () => {
    for (const socket of sockets) socket.resetAndDestroy();
  };

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
    const queue: { readonly due: number; readonly deliver: () => void }[] = [];
    let onTheWay = 0;
    let isWaiting = false;
    // One queue by time of arrival: a delay that changes lets nothing overtake.
    const deliverDue = () => {
      isWaiting = false;
      while (queue[0] !== undefined && queue[0].due <= performance.now()) queue.shift()?.deliver();
      if (queue[0] !== undefined) wakeAt(queue[0].due);
    };
    const wakeAt = (due: number) => {
      if (isWaiting) return;
      isWaiting = true;
      setTimeout(deliverDue, due - performance.now());
    };
    const later = (deliver: () => void) => {
      const due = Math.max(performance.now() + latency, queue.at(-1)?.due ?? 0);
      if (latency === 0 && queue.length === 0) return deliver();
      queue.push({ due, deliver });
      wakeAt(due);
      return undefined;
    };
    from.on('data', (chunk: Buffer) => {
      const kept = pass(chunk, direction);
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
    });
    from.on('end', () => {
      if (!isBlack) later(() => to.end());
    });
    from.on('error', () => to.resetAndDestroy());
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
    heal() {
      if (isBlack) resetAll();
      [fault, isBlack, latency] = [null, false, 0];
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
