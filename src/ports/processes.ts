import { createHash } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/** Which processes run: a store recognises by it what a killed process has left. */
export interface Processes {
  /** A name of this process that a later process of the same pid does not share. Letters, digits and dashes. */
  readonly self: string;
  /** Whether the process of this name still runs. Undefined where that cannot be seen from here. */
  alive(name: string): boolean | undefined;
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

function textOf(read: () => string): string {
  try {
    return read();
  } catch {
    // Not Linux, or a sandbox without /proc.
    return '';
  }
}

/**
 * Identifies the processes that this one can see: those of the same boot and the same PID namespace. Two containers
 * share a boot id and have two namespaces; the first namespace has the same number on every machine.
 */
const neighbourhood = createHash('sha256')
  .update(textOf(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8')) || hostname())
  .update(textOf(() => readlinkSync('/proc/self/ns/pid')))
  .digest('hex')
  .slice(0, 16);

/**
 * The processes that can be seen from here. In a container that is started again the pid is often the same (1) as that of
 * the killed process: hence the time of the start in the name, and the neighbourhood that the pid is of.
 */
export const realProcesses: Processes = {
  self: `${process.pid}-${startedAt()}-${neighbourhood}`,
  alive(name) {
    const [first = '', start, where] = name.split('-');
    const pid = Number(first);
    if (!/^\d{1,10}$/.test(first) || pid === 0) return false;
    if (where !== neighbourhood) return undefined;
    if (pid === process.pid) return Math.abs(Number(start) - startedAt()) <= rounding;
    return pidRuns(pid);
  },
};
