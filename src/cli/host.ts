export interface Output {
  /** `written` is called with what went wrong, or without anything. */
  write(text: string, written?: (fault?: Error | null) => void): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** The signals that end a command: Ctrl-C, a supervisor's, and that of a terminal that is closed. */
export const endingSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
export type EndingSignal = (typeof endingSignals)[number];

export const byOf = (signal: EndingSignal): string => (signal === 'SIGINT' ? 'Ctrl-C' : signal);

export interface Host {
  readonly stdin: { readonly isTTY?: boolean };
  readonly stdout: Output;
  readonly stderr: Output;
  readonly env: Environment;
  readonly argv?: readonly string[] | undefined;
  /** How many files may be open at once; undefined where that is not known. */
  readonly openFiles?: (() => number | undefined) | undefined;
  exitCode?: number | string | null | undefined;
  on(signal: EndingSignal | 'exit', listener: () => void): unknown;
  off(signal: EndingSignal | 'exit', listener: () => void): unknown;
  exit(code: number): void;
}
