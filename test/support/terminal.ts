import { fileURLToPath } from 'node:url';
import { spawn } from '@lydell/node-pty';
import { createEmulator } from './emulator.js';

export interface TerminalSettings {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** @default 80 */
  readonly columns?: number;
  /** @default 24 */
  readonly rows?: number;
}

interface TerminalEnd {
  readonly exitCode: number;
  /** Every byte that came, with the codes. */
  readonly raw: string;
}

/** The built command in a real pseudo-terminal, and what a person sees of it. */
export interface RunningTerminal {
  /** The lines on the screen and above it, without blanks at their ends. */
  screen(): readonly string[];
  /** Resolves with the screen as soon as it fits; rejects where the command ends before. */
  until(fits: RegExp): Promise<string>;
  type(text: string): void;
  resize(columns: number, rows: number): void;
  readonly done: Promise<TerminalEnd>;
}

export const ctrlC = '\u0003';
export const enter = '\r';
export const hideCursor = '\u001B[?25l';
export const showCursor = '\u001B[?25h';

const cli = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));

/** Starts the built command (`npm run build`), as someone at a terminal would. */
export function startTerminal(
  parameters: readonly string[],
  settings: TerminalSettings = {},
): RunningTerminal {
  const { columns = 80, rows = 24 } = settings;
  const emulator = createEmulator(columns, rows, false);
  const pty = spawn(process.execPath, [cli, ...parameters], {
    name: 'xterm-256color',
    cols: columns,
    rows,
    cwd: settings.cwd ?? process.cwd(),
    env: { PATH: process.env['PATH'], TERM: 'xterm-256color', LANG: 'C.UTF-8', ...settings.env },
  });
  let raw = '';
  let ended = false;
  const waiting = new Set<() => void>();
  const lookAll = () => {
    for (const look of waiting) look();
  };
  emulator.onDrawn(lookAll);
  pty.onData((data) => {
    raw += data;
    emulator.write(data);
  });
  const done = new Promise<TerminalEnd>((resolve) => {
    pty.onExit(async ({ exitCode, signal }) => {
      await emulator.screen();
      ended = true;
      lookAll();
      resolve({ exitCode: signal ? 128 + signal : exitCode, raw });
    });
  });

  return {
    screen: emulator.drawn,
    until: (fits) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const text = emulator.drawn().join('\n');
          if (!fits.test(text) && !ended) return;
          waiting.delete(look);
          if (fits.test(text)) resolve(text);
          else reject(new Error(`The command ended before that:\n${text}`));
        };
        waiting.add(look);
        look();
      }),
    type: (text) => pty.write(text),
    resize(newColumns, newRows) {
      emulator.resize(newColumns, newRows);
      pty.resize(newColumns, newRows);
    },
    done,
  };
}
