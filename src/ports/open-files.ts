import { readFileSync } from 'node:fs';

/** How many files, sockets among them, this process may have open at once; undefined where the system does not tell. */
export function openFileLimit(): number | undefined {
  try {
    // Do not use process.report: it asks the name server about every socket.
    const [, limit] = /^Max open files +(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? [];
    return limit === undefined ? undefined : Number(limit);
  } catch {
    return undefined;
  }
}
