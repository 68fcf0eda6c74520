import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** A line of `--json`. */
export interface CommandEvent {
  readonly event: string;
  readonly ms: number;
  readonly state?: string;
  readonly stage?: string;
  readonly message?: string;
}

/** The last line of `--json`. */
export interface CommandOutcome extends CommandEvent {
  readonly ok: boolean;
  readonly exitCode: number;
  readonly counts?: Readonly<Record<string, { readonly items: number; readonly dropped: number }>>;
  readonly differences?: number;
  readonly schemaDifferences?: readonly { readonly path: string; readonly kind: string }[];
  readonly error?: {
    readonly code: string;
    readonly message: string;
    readonly details: Readonly<Record<string, unknown>>;
  };
}

export interface CommandResult {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly milliseconds: number;
}

export interface CommandSettings {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** A program that the command is handed to, with its parameters: it runs the rest of its own. */
  readonly within?: readonly string[];
}

export interface RunningCommand {
  /** Ends when the process has: see {@link runCommand}. */
  readonly done: Promise<CommandResult>;
  /** Resolves as soon as a line of `--json` fits; rejects where the command ends before. */
  event(fits: (event: CommandEvent) => boolean): Promise<CommandEvent>;
  /** Resolves as soon as a line of the text fits, with the first group of the pattern. */
  line(pattern: RegExp): Promise<string>;
  kill(signal: NodeJS.Signals): void;
}

const cli = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));

/** Starts the built command (`npm run build`), as someone without a terminal would. */
export function startCommand(parameters: readonly string[], settings: CommandSettings = {}): RunningCommand {
  const started = performance.now();
  const [program = '', ...rest] = [...(settings.within ?? []), process.execPath, cli, ...parameters];
  const child = spawn(program, rest, {
    cwd: settings.cwd ?? process.cwd(),
    env: { PATH: process.env['PATH'], ...settings.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = { stdout: '', stderr: '' };
  let told = 0;
  let ended = false;
  const waiting = new Set<() => void>();
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      output[name] += text;
      for (const look of waiting) look();
    });
  }
  const done = new Promise<CommandResult>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (exitCode) => {
      ended = true;
      for (const look of waiting) look();
      const fault = faultIn(`${output.stdout}${output.stderr}`, secretsOf(parameters, settings.env));
      if (fault !== null) reject(new Error(`${fault}:\n${output.stdout}\n${output.stderr}`));
      else resolve({ exitCode, ...output, milliseconds: performance.now() - started });
    });
  });
  done.catch(() => {});

  return {
    done,
    event: (fits) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const lines = output.stdout.split('\n').slice(0, -1);
          const found = lines.slice(told).findIndex((line) => fits(JSON.parse(line) as CommandEvent));
          if (found >= 0) {
            waiting.delete(look);
            resolve(JSON.parse(lines[told + found] ?? '') as CommandEvent);
            told += found + 1;
          } else if (ended) {
            waiting.delete(look);
            reject(new Error(`The command ended before that:\n${output.stdout}\n${output.stderr}`));
          }
        };
        waiting.add(look);
        look();
      }),
    line: (pattern) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const lines = output.stdout.split('\n').slice(0, -1);
          const found = lines.map((line) => pattern.exec(line)?.[1]).find((group) => group !== undefined);
          if (found === undefined && !ended) return;
          waiting.delete(look);
          if (found !== undefined) resolve(found);
          else reject(new Error(`The command ended before that:\n${output.stdout}\n${output.stderr}`));
        };
        waiting.add(look);
        look();
      }),
    kill: (signal) => child.kill(signal),
  };
}

/**
 * Runs the built command to its end. Rejects where anything was uncaught, and where a token of its flags or its
 * environment can be read in what it wrote: so every test of the command is a test of that too.
 */
export function runCommand(
  parameters: readonly string[],
  settings: CommandSettings = {},
): Promise<CommandResult> {
  return startCommand(parameters, settings).done;
}

/** The events of a run with `--json`. */
export function eventsOf({ stdout }: CommandResult): readonly CommandEvent[] {
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as CommandEvent);
}

/** The result of a run with `--json`: its last line. */
export function outcomeOf(result: CommandResult): CommandOutcome {
  const last = eventsOf(result).at(-1);
  if (last?.event !== 'result') throw new Error(`no result:\n${result.stdout}\n${result.stderr}`);
  return last as CommandOutcome;
}

function secretsOf(parameters: readonly string[], env: CommandSettings['env'] = {}): readonly string[] {
  const flags = parameters.filter((_, at) => (parameters[at - 1] ?? '').endsWith('-token'));
  const variables = Object.entries(env).flatMap(([name, value]) => (name.endsWith('_TOKEN') ? [value] : []));
  return [...flags, ...variables].filter((secret) => secret !== '');
}

function faultIn(text: string, secrets: readonly string[]): string | null {
  if (secrets.some((secret) => text.includes(secret))) return 'The command wrote a token';
  if (/^\s+at .+:\d+:\d+\)?$/m.test(text)) return 'The command wrote a stack: something was uncaught';
  return null;
}
