export interface Line {
  readonly text: string;
  /** From one. */
  readonly number: number;
}

export class BrokenText extends Error {
  readonly line: number;
  constructor(line: number, reason: string) {
    super(reason);
    this.line = line;
  }
}

const newline = 0x0a;
const decoder = new TextDecoder('utf-8', { fatal: true });

export class LongLine extends BrokenText {}

/** Bytes that are decoded at once, unless a line is longer: a reader holds one group while it waits. */
const portion = 8 * 1024;

/**
 * The lines of a file, in groups; blank ones are left out. A group ends with a newline byte, which is never a part of
 * another character in UTF-8. What stands behind the last one of a chunk waits, copied, for the next: no chunk is kept.
 *
 * @param longest Bytes that a line may have: it is held whole. Looked at from chunk to chunk.
 * @throws LongLine, BrokenText
 */
export async function* readLines(
  chunks: AsyncIterable<Uint8Array>,
  longest: number,
): AsyncGenerator<readonly Line[]> {
  let waiting: Uint8Array[] = [];
  let held = 0;
  let number = 0;
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = groupEnd(chunk, start); end !== -1; end = groupEnd(chunk, start)) {
      const lines = splitLines(joined([...waiting, chunk.subarray(start, end)]), number);
      waiting = [];
      held = 0;
      start = end + 1;
      number += lines.count;
      yield lines.lines;
    }
    if (start === chunk.length) continue;
    held += chunk.length - start;
    if (held > longest) throw new LongLine(number + 1, `it is longer than ${longest} bytes`);
    waiting.push(new Uint8Array(chunk.subarray(start)));
  }
  const { lines } = splitLines(joined(waiting), number);
  if (lines.length > 0) yield lines;
}

/** Where the newline stands that ends the group which begins at `start`; -1 where none follows. */
function groupEnd(chunk: Uint8Array, start: number): number {
  const end = chunk.lastIndexOf(newline, start + portion);
  return end >= start ? end : chunk.indexOf(newline, start);
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const [first] = parts;
  if (parts.length === 1 && first !== undefined) return first;
  return Buffer.concat(parts);
}

function splitLines(bytes: Uint8Array, before: number): { readonly lines: Line[]; readonly count: number } {
  // Decode the group at once: that is much faster than line by line.
  const texts = decodeAll(bytes, before).split('\n');
  const lines: Line[] = [];
  for (const [index, text] of texts.entries()) {
    if (text !== '' && text !== '\r') lines.push({ text, number: before + index + 1 });
  }
  return { lines, count: texts.length };
}

function decodeAll(bytes: Uint8Array, before: number): string {
  try {
    return decoder.decode(bytes);
  } catch {
    throw new BrokenText(before + brokenLine(bytes), 'it is not UTF-8');
  }
}

/** The number, from one, of the first line that cannot be decoded. */
function brokenLine(bytes: Uint8Array): number {
  let number = 1;
  for (let start = 0; ; number += 1) {
    const found = bytes.indexOf(newline, start);
    const end = found === -1 ? bytes.length : found;
    try {
      decoder.decode(bytes.subarray(start, end));
    } catch {
      return number;
    }
    if (found === -1) return number;
    start = end + 1;
  }
}
