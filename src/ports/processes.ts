/** Which processes live: what a killed one has left in a store is known by it. */
export interface Processes {
  /** A name of this process that a later process of the same pid does not share. Letters, digits and dashes. */
  readonly self: string;
  /** Whether the process of this name still runs. */
  alive(name: string): boolean;
}

/** Both clocks are monotonic, so this is one number all through a process, give or take their rounding. */
const startedAt = (): number =>
  Math.round(Number(process.hrtime.bigint() / 1_000_000n) - process.uptime() * 1000);

/** Milliseconds between two readings of the start of one and the same process. */
const rounding = 100;

function pidRuns(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it runs, as another user.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/**
 * The processes of this machine. In a container that is started again the pid is often the same (1) as that of the
 * killed process: hence the time of the start in the name. Processes of *other* containers on one disk cannot be seen.
 */
export const realProcesses: Processes = {
  self: `${process.pid}-${startedAt()}`,
  alive(name) {
    const [pid, start] = name.split('-').map(Number);
    if (pid === undefined || !Number.isSafeInteger(pid) || pid <= 0) return false;
    if (pid === process.pid) return Math.abs((start ?? 0) - startedAt()) <= rounding;
    return pidRuns(pid);
  },
};
