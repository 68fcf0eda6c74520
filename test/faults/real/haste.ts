import type { Schedule } from '../../../src/testing/simulation/schedule.js';

/** How many times faster all that is waited for passes here than in a simulation. */
const times = 100;

/** The same schedule, with a fault that lasts as much shorter. */
export function hastened(schedule: Schedule): Schedule {
  const { fault } = schedule;
  return { ...schedule, fault: { ...fault, ms: Math.round(fault.ms / times) } };
}

const retryMessageOptions = { retryMessageTimeout: 30_000 / times, retryMessageMaxRetries: 5 };
/** Not a hundredth of ten seconds: a process of a machine that is busy may be silent that long. */
const linkOptions = {
  connectTimeout: 3_000,
  heartbeatTimeout: 1_000,
  busyTimeout: 180_000 / times,
  batchTimeout: 300_000 / times,
  closeTimeout: 500,
};

/** What each end is told, by options that anybody can give. */
export const hasty = {
  client: { retryMessageOptions, linkOptions },
  server: {
    retryMessageOptions,
    linkOptions: { ...linkOptions, heartbeatTimeout: 1_500 },
    limits: { initTimeout: 1_000, idleTimeout: 300_000 / times },
  },
};

/** No transfer may take longer. */
export const longest = (20 * 60_000) / times;
