import { stripVTControlCharacters } from 'node:util';
import stringWidth from 'fast-string-truncated-width';
import type { Output } from '../host.js';

/** The lines at the bottom of a terminal that are drawn again and again; what is printed goes above them. */
export interface Screen {
  readonly width: number;
  draw(lines: readonly string[]): void;
  print(text: string, to?: Output): void;
  clear(): void;
}

const hideCursor = '\u001B[?25l';
const showCursor = '\u001B[?25h';

export function createScreen(out: Output): Screen {
  let drawn: readonly string[] = [];
  const columns = () => Math.max(out.columns ?? 80, 20);

  /** A terminal that has become narrower wraps what it shows: then a line takes several rows of it. */
  const erase = () => {
    const rows = drawn.reduce((sum, line) => sum + Math.max(1, Math.ceil(widthOf(line) / columns())), 0);
    drawn = [];
    if (rows === 0) return '';
    return `\r${rows > 1 ? `\u001B[${rows - 1}A` : ''}\u001B[J`;
  };

  return {
    get width() {
      // The last column stays free: a cursor behind it wraps in some terminals.
      return columns() - 1;
    },
    draw(lines) {
      // What is above the top cannot be erased.
      const shown = lines.slice(-Math.max(1, (out.rows ?? 24) - 1)).map((line) => cut(line, columns() - 1));
      const before = drawn.length === 0 ? hideCursor : '';
      const erased = erase();
      drawn = shown;
      out.write(`${before}${erased}${shown.join('\n')}`);
    },
    print(text, to = out) {
      const lines = drawn;
      out.write(erase());
      to.write(`${text}\n`);
      if (lines.length > 0) {
        drawn = lines;
        out.write(lines.join('\n'));
      }
    },
    clear() {
      if (drawn.length > 0) out.write(`${erase()}${showCursor}`);
    },
  };
}

const widthOf = (line: string) => stringWidth(line).width;

/** A line that is too long is cut, and loses its style with that: codes that open one would stay open. */
function cut(line: string, width: number): string {
  if (widthOf(line) <= width) return line;
  const text = stripVTControlCharacters(line);
  const { index } = stringWidth(text, { limit: width - 1 });
  return `${text.slice(0, index)}…`;
}
