import { Terminal } from '@xterm/headless';

/** A terminal without a window: what a person would see of the bytes that are written to it. */
export interface Emulator {
  readonly isTTY: true;
  readonly columns: number;
  readonly rows: number;
  /** A line feed begins a line, as behind a real terminal's line discipline. */
  write(text: string): void;
  /** The lines on the screen and above it, without blanks at their ends, once all that was written is drawn. */
  screen(): Promise<readonly string[]>;
  /** The same, of what is drawn by now. */
  drawn(): readonly string[];
  resize(columns: number, rows: number): void;
  /** Calls back whenever something was drawn. */
  onDrawn(look: () => void): void;
}

export function createEmulator(columns = 80, rows = 24, convertEol = true): Emulator {
  const terminal = new Terminal({
    cols: columns,
    rows,
    convertEol,
    allowProposedApi: true,
    scrollback: 1000,
  });
  const looks: (() => void)[] = [];
  const drawn = () => {
    const { active } = terminal.buffer;
    const lines = Array.from(
      { length: active.length },
      (_, at) => active.getLine(at)?.translateToString(true) ?? '',
    );
    while (lines.at(-1) === '') lines.pop();
    return lines;
  };
  return {
    isTTY: true,
    get columns() {
      return terminal.cols;
    },
    get rows() {
      return terminal.rows;
    },
    write: (text) =>
      terminal.write(text, () => {
        for (const look of looks) look();
      }),
    screen: () => new Promise((resolve) => terminal.write('', () => resolve(drawn()))),
    drawn,
    resize: (newColumns, newRows) => terminal.resize(newColumns, newRows),
    onDrawn: (look) => void looks.push(look),
  };
}
