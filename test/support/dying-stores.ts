import type { FileSystem } from '../../src/ports/files.js';
import type { Ids } from '../../src/ports/ids.js';
import type { Processes } from '../../src/ports/processes.js';
import type { TransferDestination, TransferSource } from '../../src/stores/index.js';
import { createMemoryFiles, type MemoryFiles } from '../../src/testing/memory-files.js';
import { countingIds, fakeProcesses, putLabel } from './stored-label.js';

interface Ends {
  source(): TransferSource;
  /** One that replaces what stands there. */
  destination(): TransferDestination;
}

interface DyingStore extends Ends {
  readonly process: ReturnType<ReturnType<typeof fakeProcesses>['spawn']>;
  /** The same place, for the next process. */
  next(disk: MemoryFiles): DyingStore;
}

/** What a process has of a machine. */
interface Ports {
  readonly files: FileSystem;
  readonly ids: Ids;
  readonly processes: Processes;
}

/** Stores of one kind whose processes die one after another. */
export function createDyingStores(endsOf: (ports: Ports) => Ends) {
  function storeOf(files: MemoryFiles, processes = fakeProcesses()): DyingStore {
    const process = processes.spawn();
    return {
      process,
      ...endsOf({ files, ids: countingIds(), processes: process }),
      next: (disk) => storeOf(disk, processes),
    };
  }

  /** What stands there after the commit of `new` over `old` was killed at operation `count`. */
  async function killedAt(count: number, after: 'kill' | 'powerCut', old: boolean) {
    const files = createMemoryFiles();
    const store = storeOf(files);
    if (old) await putLabel(store.destination(), 'old');
    const before = files.operations();
    files.failAfter(count);
    const outcome = await attempt(putLabel(store.destination(), 'new'));
    const killed = files.operations() - before > count;
    store.process.kill();
    const disk = files.reopen(after);
    return { outcome, killed, disk, next: store.next(disk) };
  }

  return { storeOf, killedAt };
}

export const attempt = (work: Promise<unknown>): Promise<'resolved' | 'rejected'> =>
  work.then(
    () => 'resolved',
    () => 'rejected',
  );

/** From the first on, as long as `check` says that there was one. Gives how many there were. */
export async function everyOperation(check: (count: number) => Promise<boolean>): Promise<number> {
  let count = 0;
  while (await check(count)) count += 1;
  return count;
}
