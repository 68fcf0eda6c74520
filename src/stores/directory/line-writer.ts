import { dirname, join } from 'node:path';
import type { FileSystem, FileWriter } from '../../ports/files.js';
import { type LineStage, lineFile } from '../export/layout.js';

/** Writes the lines of one stage. */
export interface LineWriter {
  write(rows: readonly unknown[]): Promise<void>;
  /** Flushes. More may be written afterwards: it goes on in another file. */
  end(): Promise<void>;
  abort(): Promise<void>;
}

/** Length of the text that is gathered before it is written, in UTF-16 code units. */
const gather = 128 * 1024;

export interface LineWriterOptions {
  readonly files: FileSystem;
  /** The folder of the version. */
  readonly root: string;
  readonly stage: LineStage;
  /** Length at which the next file begins. */
  readonly limit: number;
}

/** A stage without rows leaves no file and no folder, as with Strapi. */
export function createLineWriter({ files, root, stage, limit }: LineWriterOptions): LineWriter {
  let number = 0;
  let file: FileWriter | undefined;
  let length = 0;
  let text = '';

  async function flush(): Promise<void> {
    if (text === '') return;
    if (file === undefined) {
      number += 1;
      length = 0;
      const path = join(root, lineFile(stage, number));
      if (number === 1) await files.makeDirectory(dirname(path));
      file = await files.create(path);
    }
    length += text.length;
    const flushed = text;
    text = '';
    await file.write(flushed);
  }

  async function end(): Promise<void> {
    await flush();
    const ended = file;
    file = undefined;
    await ended?.close();
  }

  return {
    async write(rows) {
      for (const row of rows) {
        const line = `${JSON.stringify(row)}\n`;
        const open = file === undefined ? 0 : length;
        if (open + text.length + line.length > limit) await end();
        text += line;
        if (text.length >= gather) await flush();
      }
    },
    end,
    async abort() {
      text = '';
      await file?.abort();
      file = undefined;
    },
  };
}
