import type { Clock } from '../ports/clock.js';
import type { FileSystem } from '../ports/files.js';
import type { Ids } from '../ports/ids.js';
import type { Processes } from '../ports/processes.js';
import type { Given } from '../protocol/given.js';
import type { Limits } from '../protocol/limits.js';

/** What a folder or an archive takes from its platform. */
export interface StorePorts {
  /** @default the disk */
  readonly files?: FileSystem | undefined;
  /** @default random ids */
  readonly ids?: Ids | undefined;
  /** @default the processes of this machine */
  readonly processes?: Processes | undefined;
  /** For the signs of life that other containers and machines know this process by. @default the system's clock */
  readonly clock?: Clock | undefined;
}

/** What a folder and an archive that are written have in common. */
export interface LocalDestinationOptions extends StorePorts {
  /**
   * The limits of a reader with default settings: content beyond them is written, and named by `notices`.
   * @default see Limits
   */
  readonly limits?: Given<Limits> | undefined;
  /** For the entries of an archive, and the metadata of content that comes without. @default the system's clock */
  readonly date?: (() => Date) | undefined;
}
