import type { FileWriter } from '../../ports/files.js';
import { createGatheredLines } from '../export/gathered-lines.js';
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
  const lines = createGatheredLines();

  async function flush(): Promise<void> {
    if (lines.length === 0) return;
    if (file === undefined) {
      number += 1;
      length = 0;
      if (number === 1) await makeFolder(stage);
      file = await createFile(lineFile(stage, number));
    }
    length += lines.length;
    await file.write(lines.take());
  }

  async function end(): Promise<void> {
    await flush();
    const ended = file;
    file = undefined;
    await ended?.close();
  }

  async function writeTexts(texts: Iterable<string>): Promise<void> {
    for (const json of texts) {
      seen(json);
      const open = file === undefined ? 0 : length;
      if (open + lines.length + json.length + 1 > limit) await end();
      lines.add(json);
      if (lines.isEnough) await flush();
    }
  }

  return {
    write: (rows) => writeTexts(rows.map((row) => JSON.stringify(row))),
    writeTexts,
    written: () => number,
    end,
    async abort() {
      lines.take();
      await file?.abort();
      file = undefined;
    },
  };
}
