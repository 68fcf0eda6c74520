import type { FileWriter } from '../../ports/files.js';
import { type LineStage, lineFile } from '../export/layout.js';
import type { ReadingWatch } from '../export/reading-watch.js';

export interface LineWriter {
  write(rows: readonly unknown[]): Promise<void>;
  writeTexts(texts: readonly string[]): Promise<void>;
  written(): number;
  /** Flushes. More may be written afterwards: it goes on in another file. */
  end(): Promise<void>;
  abort(): Promise<void>;
}

/** Length of the text that is gathered before it is written, in UTF-16 code units. */
const gather = 128 * 1024;

export interface LineWriterOptions {
  readonly stage: LineStage;
  readonly limit: number;
  readonly watch: ReadingWatch;
  readonly makeFolder: (folder: string) => Promise<void>;
  readonly createFile: (file: string) => Promise<FileWriter>;
}

/** A stage without rows leaves no file and no folder, as with Strapi. */
export function createLineWriter(options: LineWriterOptions): LineWriter {
  const { stage, limit, makeFolder, createFile, watch } = options;
  const seen = stage === 'schemas' ? watch.schema : watch.row;
  let number = 0;
  let file: FileWriter | undefined;
  let length = 0;
  let text = '';

  async function flush(): Promise<void> {
    if (text === '') return;
    if (file === undefined) {
      number += 1;
      length = 0;
      if (number === 1) await makeFolder(stage);
      file = await createFile(lineFile(stage, number));
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

  async function writeText(json: string): Promise<void> {
    seen(json);
    const line = `${json}\n`;
    const open = file === undefined ? 0 : length;
    if (open + text.length + line.length > limit) await end();
    text += line;
    if (text.length >= gather) await flush();
  }

  return {
    async write(rows) {
      for (const row of rows) await writeText(JSON.stringify(row));
    },
    async writeTexts(texts) {
      for (const json of texts) await writeText(json);
    },
    written: () => number,
    end,
    async abort() {
      text = '';
      await file?.abort();
      file = undefined;
    },
  };
}
