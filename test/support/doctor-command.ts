import {
  type CommandOutcome,
  type CommandSettings,
  eventsOf,
  outcomeOf,
  runCommand,
  runProcess,
} from './command.js';

/** A line of `doctor --json`. */
interface DoctorLine {
  readonly check: string;
  readonly status: string;
  readonly message: string;
  readonly code?: string;
}

export interface Examined {
  readonly exitCode: number | null;
  /** `ok`, `warning`, `unchecked`, or the code of the error, by check. */
  readonly states: Readonly<Record<string, string>>;
  readonly messages: Readonly<Record<string, string>>;
  readonly error: CommandOutcome['error'];
}

/** Runs `strapi-ferry doctor <url> --json`; nothing may be written beside its lines. */
export async function examined(
  url: string,
  flags: readonly string[] = [],
  settings: CommandSettings = {},
): Promise<Examined> {
  // Node reads its own variables when a process begins.
  const run = Object.keys(settings.env ?? {}).some((name) => name.startsWith('NODE_'))
    ? runProcess
    : runCommand;
  const result = await run(['doctor', url, '--json', ...flags], settings);
  if (result.stderr !== '') throw new Error(`the doctor wrote to stderr: ${result.stderr}`);
  const lines = eventsOf(result)
    .filter(({ event }) => event === 'check')
    .map((event) => event as unknown as DoctorLine);
  const { exitCode, error } = outcomeOf(result);
  if (exitCode !== result.exitCode) throw new Error(`${exitCode} is told, ${result.exitCode} came`);
  return {
    exitCode,
    error,
    states: Object.fromEntries(lines.map(({ check, status, code }) => [check, code ?? status])),
    messages: Object.fromEntries(lines.map(({ check, message }) => [check, message])),
  };
}

/** Every line of a server where all is well; of one that is reached over http on this machine. */
export const allOk = Object.fromEntries(
  'dns proxy tcp tls route clock salt token upgrade scope session version'
    .split(' ')
    .concat('round trip')
    .map((check) => [check, 'ok']),
);

/** The lines after that one, as nothing of them can be checked. */
export function uncheckedAfter(check: string): Readonly<Record<string, string>> {
  const names = Object.keys(allOk);
  return Object.fromEntries(names.slice(names.indexOf(check) + 1).map((name) => [name, 'unchecked']));
}
