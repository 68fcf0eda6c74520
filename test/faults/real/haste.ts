import type { Schedule } from '../../simulation/schedule.js';

/** How many times shorter a fault lasts here than in a simulation. */
const times = 100;

/** The same schedule, with a fault that lasts less. */
export function hastened(schedule: Schedule): Schedule {
  const { fault } = schedule;
  return { ...schedule, fault: { ...fault, ms: Math.round(fault.ms / times) } };
}

/**
 * What each end is told, by options that anybody can give: a message is sent again soon, but nothing is given up soon. A
 * process of a busy machine may come to nothing for a second.
 */
const retryMessageOptions = { retryMessageTimeout: 30_000 / times, retryMessageMaxRetries: 15 };
const connectionOptions = {
  connectTimeout: 5_000,
  heartbeatTimeout: 4_000,
  busyTimeout: 5_000,
  batchTimeout: 10_000,
  closeTimeout: 500,
};

export const hasty = {
  client: { retryMessageOptions, connectionOptions },
  server: {
    retryMessageOptions,
    connectionOptions: { ...connectionOptions, heartbeatTimeout: 5_000 },
    limits: { initTimeout: 5_000, idleTimeout: 10_000 },
  },
};

/** No transfer may take longer. Milliseconds. */
export const longest = 30_000;

/** Where a process came to nothing for longer, the machine has too much else to do. Milliseconds. */
export const longestStall = 500;
