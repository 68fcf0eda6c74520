import type { FileReader, FileSystem, FileWriter } from '../../src/ports/files.js';
import type { Ids } from '../../src/ports/ids.js';
import type { Processes } from '../../src/ports/processes.js';
import { systemError } from '../../src/testing/memory-disk.js';
import { seededIds, seededRandom } from '../../src/testing/seeded.js';
import type { ProcessClock, SimulatedTime } from './simulated-time.js';

/** A process with its own clock, disk and ids, which can die at any moment. */
export interface SimulatedProcess {
  readonly name: string;
  readonly clock: ProcessClock;
  readonly files: FileSystem;
  readonly ids: Ids;
  readonly processes: Processes;
  readonly isAlive: boolean;
  /** Ends the process as kill -9 does: none of its code runs any more, and it cleans nothing up. */
  kill(): void;
  /** Kills the process in the middle of a disk operation: the one after the next `count`. */
  killAfter(count: number): void;
  /** From now on the disk has no room for another byte. */
  fillDisk(): void;
  /** It has room again. */
  emptyDisk(): void;
  /** Called once it is dead. */
  onDeath(listener: () => void): void;
}

export interface SimulatedProcessOptions {
  readonly name: string;
  readonly seed: number;
  readonly time: SimulatedTime;
  /** The disk that the process uses through `files` while it lives. */
  readonly disk: FileSystem;
}

export function createSimulatedProcess(options: SimulatedProcessOptions): SimulatedProcess {
  const { name, time, disk } = options;
  const clock = time.clockOfProcess();
  const listeners: (() => void)[] = [];
  let isAlive = true;
  let isFull = false;
  let left = Number.POSITIVE_INFINITY;

  function kill(): void {
    if (!isAlive) return;
    isAlive = false;
    clock.stop();
    for (const listener of listeners) listener();
  }

  /** Stops a dead process: its promises never settle. */
  const onlyAlive = (): Promise<void> | undefined => (isAlive ? undefined : new Promise(() => {}));

  async function operate<T>(work: () => Promise<T>): Promise<T> {
    await onlyAlive();
    left -= 1;
    if (left < 0) kill();
    await onlyAlive();
    const result = await work();
    await onlyAlive();
    return result;
  }

  async function* streaming(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of chunks) {
      await onlyAlive();
      yield chunk;
    }
  }

  const writing = (path: string, writer: FileWriter): FileWriter => ({
    write: (chunk) =>
      operate(async () => {
        if (isFull) throw systemError('ENOSPC', path);
        await writer.write(chunk);
      }),
    close: () => operate(() => writer.close()),
    abort: () => operate(() => writer.abort()),
  });

  const reading = (reader: FileReader): FileReader => ({
    size: reader.size,
    stream: (from, to) => streaming(reader.stream(from, to)),
    close: () => operate(() => reader.close()),
  });

  const files: FileSystem = {
    stat: (path) => operate(() => disk.stat(path)),
    look: (path) => operate(() => disk.look(path)),
    list: (path) => operate(() => disk.list(path)),
    read: (path, readOptions) => operate(() => disk.read(path, readOptions)),
    stream: (path, readOptions) => streaming(disk.stream(path, readOptions)),
    openFile: (path) => operate(async () => reading(await disk.openFile(path))),
    create: (path, makeOptions) => operate(async () => writing(path, await disk.create(path, makeOptions))),
    write: (path, content, writeOptions) =>
      operate(async () => {
        // A file name needs no room, its content does.
        await disk.write(path, isFull ? '' : content, writeOptions);
        if (isFull && content !== '') throw systemError('ENOSPC', path);
      }),
    touch: (path) => operate(() => disk.touch(path)),
    makeDirectory: (path, makeOptions) => operate(() => disk.makeDirectory(path, makeOptions)),
    rename: (from, to) => operate(() => disk.rename(from, to)),
    remove: (path) => operate(() => disk.remove(path)),
    removeEmptyDirectory: (path) => operate(() => disk.removeEmptyDirectory(path)),
    realPath: (path) => operate(() => disk.realPath(path)),
    unmovable: (path) => operate(() => disk.unmovable(path)),
    syncDirectory: (path) => operate(() => disk.syncDirectory(path)),
  };

  return {
    name,
    clock,
    files,
    ids: seededIds(seededRandom(options.seed)),
    processes: { self: name, alive: (other) => other === name && isAlive },
    get isAlive() {
      return isAlive;
    },
    kill,
    killAfter(count) {
      left = count;
    },
    fillDisk() {
      isFull = true;
    },
    emptyDisk() {
      isFull = false;
    },
    onDeath: (listener) => void listeners.push(listener),
  };
}
