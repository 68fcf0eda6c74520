import type { Ids } from '../ports/ids.js';
import type { Random } from '../ports/random.js';

/** Random numbers that are the same for the same seed (mulberry32: small, and even enough for schedules and names). */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Ids that are the same for the same random numbers: RFC 4122 uuids of version 4, and short ids. */
export function seededIds(random: Random): Ids {
  const hex = (digits: number) =>
    Array.from({ length: digits }, () => Math.floor(random() * 16).toString(16)).join('');
  return {
    uuid: () => {
      const variant = (8 + Math.floor(random() * 4)).toString(16);
      return `${hex(8)}-${hex(4)}-4${hex(3)}-${variant}${hex(3)}-${hex(12)}`;
    },
    id: () => hex(12),
  };
}
