import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FileSystem } from './files.js';
import { nodeFiles } from './node-files.js';
import { type Processes, realProcesses } from './processes.js';

const begin = 'strapi-ferry-';

/** A folder of this process alone for what it pulls from servers, among the system's temporary files. The caller removes it. */
export function makeScratchFolder(): string {
  return mkdtempSync(join(tmpdir(), `${begin}${realProcesses.self}.`));
}

interface LeftScratch {
  readonly files: FileSystem;
  readonly processes: Processes;
  /** The system's temporary files. */
  readonly folder: string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** Of a process that cannot be seen from here only its folder tells. Milliseconds. */
const untouched = 7 * 24 * 60 * 60 * 1000;

/** Removes such folders of processes that were killed. What cannot be removed, another user's for instance, stays. */
export async function removeLeftScratch(
  { files, processes, folder, now }: LeftScratch = {
    ...{ files: nodeFiles, processes: realProcesses },
    ...{ folder: tmpdir(), now: () => Date.now() },
  },
): Promise<void> {
  for (const name of (await files.list(folder).catch(() => undefined)) ?? []) {
    const [, owner] = /^strapi-ferry-(\d+-\d+-[0-9a-f]+)\.[^.]+$/.exec(name) ?? [];
    if (owner === undefined) continue;
    const path = join(folder, name);
    const lookAtAge = async () => now() - ((await files.look(path))?.changed ?? 0) < untouched;
    try {
      if (!(processes.alive(owner) ?? (await lookAtAge()))) await files.remove(path);
    } catch {
      // It stays.
    }
  }
}
