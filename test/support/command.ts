import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { EndingSignal } from '../../src/cli/host.js';
import { createProgram } from '../../src/cli/program.js';
import { testHost } from './test-host.js';

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
}

export interface ProcessSettings extends CommandSettings {
  /** A program that the command is handed to, with its parameters: it runs the rest of its own. */
  readonly within?: readonly string[];
}

export interface RunningCommand {
  /** Ends when the command has: see {@link runCommand}. */
  readonly done: Promise<CommandResult>;
  /** Resolves as soon as a line of `--json` fits; rejects where the command ends before. */
  event(fits: (event: CommandEvent) => boolean): Promise<CommandEvent>;
  /** Resolves as soon as a line of the text fits, with the first group of the pattern. */
  line(pattern: RegExp): Promise<string>;
  kill(signal: EndingSignal): void;
}

export interface RunningProcess extends Omit<RunningCommand, 'kill'> {
  kill(signal: NodeJS.Signals): void;
}

/** Starts the command in this process, without a terminal: a process of its own costs forty times as much. */
export function startCommand(parameters: readonly string[], settings: CommandSettings = {}): RunningCommand {
  const run = createRun(parameters, settings.env);
  // The cases of a worker take turns, and each says where it runs.
  process.chdir(settings.cwd ?? root);
  // A test removes its folder, and a process whose folder is gone loads no file. Leave before the next command begins.
  const ended = (exitCode: number | null) => {
    if (settings.cwd !== undefined) process.chdir(root);
    run.ended(exitCode);
  };
  const host = testHost(
    { PATH: process.env['PATH'], ...settings.env },
    {
      argv: parameters,
      wrote: (name, text) => run.wrote(name === 'out' ? 'stdout' : 'stderr')(text),
      exit(code) {
        ended(code);
        throw new Exited();
      },
    },
  );
  createProgram(host)
    .parseAsync([...parameters], { from: 'user' })
    .then(() => ended(Number(host.exitCode ?? 0)))
    .catch((error: unknown) => {
      if (!(error instanceof Exited)) run.failed(error);
    })
    .finally(() => host.signal('exit'));
  return {
    ...run.running,
    kill(signal) {
      try {
        host.signal(signal);
      } catch (error) {
        if (!(error instanceof Exited)) throw error;
      }
    },
  };
}

/** Ends what called `host.exit`, as the end of a process does. */
class Exited extends Error {}

/**
 * Runs the command to its end in this process. Rejects where anything was uncaught, and where a token of its flags or
 * its environment can be read in what it wrote: so every test of the command is a test of that too.
 */
export const runCommand = (parameters: readonly string[], settings?: CommandSettings) =>
  startCommand(parameters, settings).done;

const root = fileURLToPath(new URL('../..', import.meta.url));
const cli = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));

/** Starts the built command (`npm run build`) in a process of its own, as someone without a terminal would. */
export function startProcess(parameters: readonly string[], settings: ProcessSettings = {}): RunningProcess {
  const run = createRun(parameters, settings.env);
  const [program = '', ...rest] = [...(settings.within ?? []), process.execPath, cli, ...parameters];
  const child = spawn(program, rest, {
    cwd: settings.cwd ?? root,
    env: { PATH: process.env['PATH'], ...settings.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.stdout.setEncoding('utf8').on('data', run.wrote('stdout'));
  child.stderr.setEncoding('utf8').on('data', run.wrote('stderr'));
  child.once('error', run.failed);
  child.once('close', run.ended);
  return { ...run.running, kill: (signal) => child.kill(signal) };
}

/** Runs the built command to its end: see {@link runCommand}. */
export const runProcess = (parameters: readonly string[], settings?: ProcessSettings) =>
  startProcess(parameters, settings).done;

/** What a run of the command writes, and what tests wait for in it. */
function createRun(parameters: readonly string[], env: CommandSettings['env']) {
  const started = performance.now();
  const output = { stdout: '', stderr: '' };
  const waiting = new Set<() => void>();
  let resolve: (result: CommandResult) => void = () => {};
  let reject: (error: unknown) => void = () => {};
  const done = new Promise<CommandResult>((...settle) => {
    [resolve, reject] = settle;
  });
  done.catch(() => {});
  let told = 0;
  let isOver = false;

  const look = () => {
    for (const each of waiting) each();
  };
  const linesOf = () => output.stdout.split('\n').slice(0, -1);
  const found = <T>(find: () => T | undefined) =>
    new Promise<T>((resolve, reject) => {
      const each = () => {
        const value = find();
        if (value === undefined && !isOver) return;
        waiting.delete(each);
        if (value !== undefined) resolve(value);
        else reject(new Error(`The command ended before that:\n${output.stdout}\n${output.stderr}`));
      };
      waiting.add(each);
      each();
    });

  return {
    wrote: (name: keyof typeof output) => (text: string) => {
      if (isOver) return;
      output[name] += text;
      look();
    },
    ended(exitCode: number | null) {
      if (isOver) return;
      isOver = true;
      look();
      const fault = faultIn(`${output.stdout}${output.stderr}`, secretsOf(parameters, env));
      if (fault !== null) reject(new Error(`${fault}:\n${output.stdout}\n${output.stderr}`));
      else resolve({ exitCode, ...output, milliseconds: performance.now() - started });
    },
    failed(error: unknown) {
      isOver = true;
      look();
      reject(error);
    },
    running: {
      done,
      event: (fits: (event: CommandEvent) => boolean) =>
        found(() => {
          const events = linesOf()
            .slice(told)
            .map((line) => JSON.parse(line) as CommandEvent);
          const at = events.findIndex(fits);
          if (at >= 0) told += at + 1;
          return events[at];
        }),
      line: (pattern: RegExp) =>
        found(() =>
          linesOf()
            .map((line) => pattern.exec(line)?.[1])
            .find((group) => group !== undefined),
        ),
    },
  };
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
