import type { FileSystem, FileWriter } from '../ports/files.js';
import { nodeFiles } from '../ports/node-files.js';
import { TransferError } from '../protocol/errors.js';
import type { Sink } from './sink.js';

/** Of `createRecorder`: the file to write, or somebody who takes the lines. */
export type RecorderOptions = {
  /** The words of peers too, diagnostics and reasons of failures: they can quote a row. @defaultValue false */
  readonly data?: boolean;
} & (
  | {
      /** The file; what stands there is replaced. */
      readonly path: string;
      /** The file system that `path` is on. @defaultValue the real one */
      readonly files?: Pick<FileSystem, 'create'>;
    }
  | {
      /** Takes whole lines, in place of a file; more come when its promise is resolved. */
      readonly write: (lines: string) => void | Promise<void>;
    }
);

/** Writes what happens to a file, as it happens: a process that is killed leaves all but its last moment. */
export interface Recorder extends Sink {
  /**
   * Makes the file, so that one that cannot be written is known before the transfer begins.
   * @throws TransferError RECORDING_UNWRITABLE
   */
  open(): Promise<void>;
}

/** A sink for `inspection.attach`. The format is that of docs/recording.md. */
export function createRecorder(options: RecorderOptions): Recorder {
  let file: FileWriter | null = null;
  let opening: Promise<void> | null = null;
  let header = '';

  async function create(): Promise<void> {
    if (!('path' in options)) return;
    const { path, files = nodeFiles } = options;
    try {
      file = await files.create(path);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new TransferError('RECORDING_UNWRITABLE', { path, reason }, error);
    }
  }
  function open(): Promise<void> {
    opening ??= create();
    return opening;
  }

  return {
    data: options.data ?? false,
    open,
    begin(told) {
      header = `${JSON.stringify(told)}\n`;
    },
    async write(records) {
      let lines = header;
      header = '';
      for (const record of records) lines += `${JSON.stringify(record)}\n`;
      if ('write' in options) {
        await options.write(lines);
        return;
      }
      await open();
      await file?.write(lines);
    },
    async close() {
      await file?.close();
    },
  };
}
