import { corrupted } from '../../src/testing/corrupted.js';
import { createListeners } from '../../src/testing/socket-listeners.js';
import type { OpenSocket, SocketLike } from '../../src/transport/socket.js';
import { diesSilently, type Fault, type Schedule, strikesOf } from './schedule.js';
import type { End } from './shapes.js';
import { asReceived, beginningOf } from './simulated-frames.js';
import type { SimulatedProcess } from './simulated-process.js';
import type { SimulatedTime } from './simulated-time.js';

/** Milliseconds from one end to the other. */
const latency = 2;
/** The bytes that the kernel buffers for a peer that reads nothing. */
const kernelBuffer = 256 * 1024;

const [connecting, opened, closing, closed] = [0, 1, 2, 3];

export interface SimulatedNetworkOptions {
  readonly time: SimulatedTime;
  readonly client: SimulatedProcess;
  readonly server: SimulatedProcess;
  readonly schedule: Schedule;
  /** Called once the handshake is done. */
  readonly accept: (socket: SocketLike) => void;
  /** Runs a fault outside of the network: a kill, a full disk, a clock jump. */
  readonly strike: (fault: Fault) => void;
  readonly note: (line: string) => void;
}

/** One connection between two processes, with the faults of a schedule. */
export interface SimulatedNetwork {
  readonly open: OpenSocket;
  /** The number of frames that an end has sent. */
  sent(end: End): number;
  hasStruck(): boolean;
  /** The number of listeners for one end's messages. */
  listening(end: End): number;
}

/** What arrives of a frame. */
interface Copy {
  readonly frame: string | Uint8Array;
  /** Milliseconds that it is late. */
  readonly ms: number;
}

/** One end's socket, and what is on its way to the other. */
interface Half {
  readonly end: End;
  readonly process: SimulatedProcess;
  readonly listeners: ReturnType<typeof createListeners>;
  readonly watchers: Set<() => void>;
  state: number;
  sent: number;
  /** The next frame arrives no earlier, so that nothing overtakes. */
  arrivesFrom: number;
  /** Messages are held back until then; pings are not. */
  heldUntil: number;
  /** Everything that this end sends from here on is lost. */
  isLost: boolean;
  /** The number of bytes that were lost. */
  lost: number;
  /** The milliseconds that the other end takes for each message. */
  readingTime: number;
}

export function createSimulatedNetwork(options: SimulatedNetworkOptions): SimulatedNetwork {
  const { time, schedule, accept, strike, note } = options;
  const client = createHalf('client', options.client);
  const server = createHalf('server', options.server);
  const halves = [client, server] as const;
  const strikes = strikesOf(schedule);
  let struck = false;

  const other = (half: Half) => (half === client ? server : client);

  function emit(half: Half, type: string, event: object): void {
    if (half.process.isAlive) half.listeners.emit(type, event);
  }

  /** Runs `what` at the other end, after everything that was sent before it. */
  function arrive(half: Half, what: () => void, ms = latency): void {
    if (half.isLost) return;
    half.arrivesFrom = Math.max(half.arrivesFrom, time.now() + ms);
    time.setTimeout(what, half.arrivesFrom - time.now());
  }

  function showLife(half: Half): void {
    if (half.process.isAlive) for (const watcher of [...half.watchers]) watcher();
  }

  function endWith(half: Half, code: number, reason = ''): void {
    if (half.state === closed) return;
    const wasBroken = code === 1006 && half.state !== closing;
    half.state = closed;
    note(`${half.end} closed ${code}`);
    // As in `ws`, a connection that breaks is an error before it is a close.
    if (wasBroken) emit(half, 'error', { message: 'read ECONNRESET' });
    emit(half, 'close', { code, reason });
  }

  function deliver(half: Half, frame: string | Uint8Array): void {
    if (!half.process.isAlive || (half.state !== opened && half.state !== closing)) return;
    showLife(half);
    const data = asReceived(half.end, frame);
    if (data !== null) {
      emit(half, 'message', { data });
      return;
    }
    // As in `ws`, text that is no UTF-8 is an error, and closes both ends.
    emit(half, 'error', { message: 'Invalid WebSocket frame: invalid UTF-8 sequence' });
    arrive(half, () => endWith(other(half), 1007));
    half.state = closing;
    endWith(half, 1006);
  }

  function transmit(half: Half, given: string | Uint8Array, done: (error?: Error) => void): void {
    half.sent += 1;
    // The caller may use its buffer again.
    const frame = typeof given === 'string' ? given : Buffer.from(given);
    note(`${half.end} #${half.sent} ${frame.length} ${beginningOf(frame)}`);
    const due = strikes.filter(({ message }) => message.from === half.end && message.number === half.sent);
    const copies = due.reduce<readonly Copy[]>(
      (all, { fault }) => all.flatMap((copy) => (copy.ms > 0 ? [copy] : afflict(half, copy.frame, fault))),
      [{ frame, ms: 0 }],
    );
    if (half.isLost) {
      half.lost += frame.length;
      if (half.lost <= kernelBuffer) queueMicrotask(done);
      return;
    }
    const held = Math.max(0, half.heldUntil - time.now());
    const to = other(half);
    for (const copy of copies) {
      if (copy.ms > 0) time.setTimeout(() => deliver(to, copy.frame), latency + copy.ms);
      else arrive(half, () => deliver(to, copy.frame), latency + held);
    }
    if (half.readingTime === 0) queueMicrotask(done);
    else {
      half.arrivesFrom += half.readingTime;
      time.setTimeout(() => half.process.isAlive && done(), half.arrivesFrom - time.now());
    }
  }

  /** Applies a fault to this frame. Gives what arrives instead of it, with the delay of each. */
  function afflict(half: Half, frame: Copy['frame'], fault: Fault): readonly Copy[] {
    const { kind, ms, place } = fault;
    const [as, peer] = [{ frame, ms: 0 }, other(half)];
    struck = true;
    note(`strikes: ${kind}`);
    switch (kind) {
      case 'drop':
        return [];
      case 'delay':
        half.heldUntil = time.now() + ms;
        return [as];
      case 'duplicate':
        return [as, { frame: typeof frame === 'string' ? frame : Buffer.from(frame), ms }];
      case 'reorder':
        return [{ frame, ms }];
      case 'corrupt':
        return [{ frame: corrupted(typeof frame === 'string' ? Buffer.from(frame) : frame, place), ms: 0 }];
      case 'cut':
        for (const one of halves) arrive(other(one), () => endWith(one, 1006));
        for (const one of halves) one.isLost = true;
        return [];
      case 'halfClose':
        arrive(half, () => endWith(peer, 1006));
        for (const one of halves) one.isLost = true;
        return [];
      case 'blackHole':
        for (const one of halves) one.isLost = true;
        return [];
      case 'slowReader':
        half.readingTime = ms;
        return [as];
      default:
        strike(fault);
        return [as];
    }
  }

  /** Pings overtake messages that are held back, and wait behind those that are read slowly. */
  function passBy(half: Half, what: () => void): void {
    if (half.readingTime > 0) arrive(half, what);
    else if (!half.isLost) time.setTimeout(what, latency);
  }

  function ping(half: Half): void {
    const to = other(half);
    passBy(half, () => {
      if (!to.process.isAlive || to.state === closed) return;
      showLife(to);
      passBy(to, () => half.state !== closed && showLife(half));
    });
  }

  function socketOf(half: Half): SocketLike {
    const to = other(half);
    const send = (frame: string | Uint8Array, done: (error?: Error) => void = () => {}) => {
      if (!half.process.isAlive) return;
      if (half.state === opened) transmit(half, frame, done);
      else queueMicrotask(() => done(new Error('the socket is not open')));
    };
    return {
      get readyState() {
        return half.state;
      },
      send,
      sendText: send,
      close(code = 1005, reason = '') {
        if (half.state === closed || !half.process.isAlive) return;
        if (half.state === connecting) return queueMicrotask(() => endWith(half, 1006));
        half.state = closing;
        arrive(half, () => {
          if (to.state === closed || !to.process.isAlive) return;
          arrive(to, () => endWith(half, code, reason));
          to.state = closing;
          endWith(to, code, reason);
        });
      },
      terminate() {
        if (half.state === closed || !half.process.isAlive) return;
        arrive(half, () => endWith(to, 1006));
        half.isLost = true;
        queueMicrotask(() => endWith(half, 1006));
      },
      ping: () => ping(half),
      roundTrip: () =>
        new Promise((resolve) => {
          const onPong = () => {
            half.watchers.delete(onPong);
            resolve();
          };
          half.watchers.add(onPong);
          ping(half);
        }),
      watch(onByte) {
        half.watchers.add(onByte);
        return () => half.watchers.delete(onByte);
      },
      addEventListener: half.listeners.add,
      removeEventListener: half.listeners.remove,
    };
  }

  for (const half of halves) {
    half.process.onDeath(() => {
      note(`${half.end} is dead`);
      // The system closes the sockets of a dead process; a machine that is off does not.
      if (!diesSilently(schedule, half.end)) arrive(half, () => endWith(other(half), 1006));
      half.isLost = true;
      half.state = closed;
    });
  }

  return {
    open() {
      const socket = socketOf(client);
      time.setTimeout(() => {
        server.state = opened;
        accept(socketOf(server));
      }, latency);
      time.setTimeout(() => {
        if (client.state !== connecting) return;
        client.state = opened;
        emit(client, 'open', {});
      }, 2 * latency);
      return socket;
    },
    sent: (end) => (end === 'client' ? client : server).sent,
    hasStruck: () => struck,
    listening(end) {
      const { log } = (end === 'client' ? client : server).listeners;
      const count = (word: string) => log.filter((line) => line === word).length;
      return count('+message') - count('-message');
    },
  };
}

function createHalf(end: End, process: SimulatedProcess): Half {
  return {
    end,
    process,
    listeners: createListeners(),
    watchers: new Set(),
    state: connecting,
    sent: 0,
    arrivesFrom: 0,
    heldUntil: 0,
    isLost: false,
    lost: 0,
    readingTime: 0,
  };
}
