import { type Clock, realClock } from '../ports/clock.js';
import { keepNewest } from '../transport/keep-newest.js';

export interface SlowDownOptions {
  /** Refusals of one address that are told at once. @default 5 */
  readonly failures?: number;
  /** An address that failed in nothing for so long begins anew. Milliseconds. @default 60000 */
  readonly window?: number;
  /** The first wait; each further one is twice as long. Milliseconds. @default 100 */
  readonly firstWait?: number;
  /** No wait is longer. Milliseconds. @default 5000 */
  readonly longestWait?: number;
  /** Addresses that are remembered; beyond that the one that failed longest ago is forgotten. @default 10000 */
  readonly addresses?: number;
  /** Refusals that wait at one time, of all addresses. @default 1000 */
  readonly waiting?: number;
  /** Refusals that wait at one time, of one address. @default 10 */
  readonly waitingOfOne?: number;
  /** @default the real clock */
  readonly clock?: Clock;
}

/** Makes guessing slow: whoever fails again and again is told so later and later. Who succeeds never waits. */
export interface SlowDown {
  /**
   * Counts a failure, and resolves when it may be told; `tooMany` at once where so many wait already that this one
   * shall not cost memory for longer.
   */
  failed(address: string): Promise<'due' | 'tooMany'>;
  /** Ends every wait. */
  close(): void;
}

interface Failures {
  count: number;
  waiting: number;
  last: number;
}

export function createSlowDown(options: SlowDownOptions = {}): SlowDown {
  const {
    failures = 5,
    window = 60_000,
    firstWait = 100,
    longestWait = 5_000,
    addresses = 10_000,
    waiting = 1_000,
    waitingOfOne = 10,
    clock = realClock,
  } = options;
  // A Map remembers the order: the first of it failed longest ago.
  const known = new Map<string, Failures>();
  const waits = new Set<() => void>();

  function count(address: string): Failures {
    const key = networkOf(address);
    const now = clock.now();
    const before = known.get(key);
    const entry =
      before !== undefined && now - before.last < window ? before : { count: 0, waiting: 0, last: now };
    entry.count += 1;
    entry.last = now;
    known.delete(key);
    known.set(key, entry);
    keepNewest(known, addresses);
    return entry;
  }

  return {
    failed(address) {
      const entry = count(address);
      const further = entry.count - failures;
      if (further <= 0) return Promise.resolve('due');
      if (waits.size >= waiting || entry.waiting >= waitingOfOne) return Promise.resolve('tooMany');
      return new Promise((resolve) => {
        const end = () => {
          clock.clearTimeout(timer);
          waits.delete(end);
          entry.waiting -= 1;
          resolve('due');
        };
        const timer = clock.setTimeout(
          end,
          Math.min(longestWait, firstWait * 2 ** Math.min(further - 1, 30)),
        );
        entry.waiting += 1;
        waits.add(end);
      });
    },
    close() {
      for (const end of [...waits]) end();
    },
  };
}

/**
 * What one attacker can be expected to have: an IPv4 address (also where it is written as an IPv6 one), or the
 * half of an IPv6 address that its provider gave it, the other half being its own to choose.
 */
function networkOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  if (!address.includes(':')) return address;
  const [head = '', tail] = (address.split('%')[0] ?? '').split('::');
  const parts = (text: string) => text.split(':').filter((part) => part !== '');
  if (tail === undefined) return parts(head).slice(0, 4).join(':');
  const zeros = Math.max(0, 8 - parts(head).length - parts(tail).length);
  return [...parts(head), ...Array<string>(zeros).fill('0'), ...parts(tail)].slice(0, 4).join(':');
}
