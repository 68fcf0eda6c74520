import type { FileSystem, FileWriter } from '../ports/files.js';
import { nodeFiles } from '../ports/node-files.js';
import { messageOf, TransferError } from '../protocol/errors.js';
import type { Sink } from './sink.js';

/** Options of `createRecorder`: the file to write, or a consumer of the lines. */
export type RecorderOptions = {
  /** Records peers' words too, diagnostics and reasons of failures: they can quote a row. @defaultValue false */
  readonly data?: boolean | undefined;
} & (
  | {
      /** The path of the file; an existing file is replaced. */
      readonly path: string;
      /** The file system that `path` is on. @defaultValue the real one */
      readonly files?: Pick<FileSystem, 'create'> | undefined;
    }
  | {
      /** Takes whole lines instead of a file; the next ones come once its promise has resolved. */
      readonly write: (lines: string) => void | Promise<void>;
    }
);

/** Writes records to a file as they happen: a killed process loses only the last moment. */
export interface Recorder extends Sink {
  /**
   * Creates the file, so that an error of the disk is known before the transfer begins.
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
      throw new TransferError('RECORDING_UNWRITABLE', { path, reason: messageOf(error) }, error);
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
