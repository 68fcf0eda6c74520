import { createGatheredLines } from '../export/gathered-lines.js';
import { type LineStage, lineFile } from '../export/layout.js';
import type { ReadingWatch } from '../export/reading-watch.js';
import type { ArchiveWriter } from './archive-writer.js';

export interface RowChunks {
  write(rows: readonly unknown[]): Promise<void>;
  /** Writes what is held. More may be written afterwards: it goes on in another entry. */
  end(): Promise<void>;
}

export interface RowChunksOptions {
  readonly writer: ArchiveWriter;
  readonly watch: ReadingWatch;
  readonly stage: LineStage;
  /** Bytes at which the next entry begins. */
  readonly limit: number;
}

/** A tar says how long an entry is before it comes, so the lines of an entry are held until there are enough. */
export function createRowChunks({ writer, watch, stage, limit }: RowChunksOptions): RowChunks {
  const seen = stage === 'schemas' ? watch.schema : watch.row;
  let number = 0;
  let held: Uint8Array[] = [];
  let length = 0;
  const lines = createGatheredLines();

  function hold(): void {
    if (lines.length === 0) return;
    const bytes = lines.take();
    held.push(bytes);
    length += bytes.length;
  }

  async function end(): Promise<void> {
    hold();
    if (length === 0) return;
    const [chunks, size] = [held, length];
    held = [];
    length = 0;
    number += 1;
    await writer.write(lineFile(stage, number), size, inOrder(chunks));
  }

  return {
    async write(rows) {
      for (const row of rows) {
        const line = JSON.stringify(row);
        seen(line);
        lines.add(line);
        if (!lines.isEnough) continue;
        hold();
        if (length >= limit) await end();
      }
    },
    end,
  };
}

export async function* inOrder(chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* chunks;
}
