import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export type ClientName = 'strapi' | 'ferry';
/**
 * `sink`: Ferry's client into nothing, to measure a server with. `archive`: Ferry into an archive; `plain`: what that
 * takes without Ferry.
 */
type ClientScript = ClientName | 'sink' | 'archive' | 'plain';

export interface Run {
  /** Of the transfer, as the process itself measures it. */
  readonly seconds: number;
  /** From the start of the process to its end. */
  readonly wholeSeconds: number;
  /** Most memory that the process ever held, in MiB. */
  readonly peakMiB: number;
  /** Items of each stage; Strapi's client leaves out a stage without items. */
  readonly counts: Readonly<Record<string, number>>;
  /** Of the sink alone: seconds of each of its pulls, by stage. */
  readonly pulls?: readonly Readonly<Record<string, number>>[];
}

/** A run that came to nothing: it failed, or was killed because it neither ended nor failed in time. */
export class RunFailed extends Error {}

const scripts: Record<ClientScript, URL> = {
  strapi: new URL('../strapi/harness/strapi-client.mjs', import.meta.url),
  ferry: new URL('./ferry-client.mjs', import.meta.url),
  sink: new URL('./ferry-sink.mjs', import.meta.url),
  archive: new URL('./ferry-archive.mjs', import.meta.url),
  plain: new URL('./plain-archive.mjs', import.meta.url),
};

/** Runs a client as both are run: a process of its own with Node's default flags. */
export function runClient(client: ClientScript, parameters: readonly string[], limit: number): Promise<Run> {
  return new Promise((resolve, reject) => {
    const started = performance.now();
    const child = fork(fileURLToPath(scripts[client]), [...parameters], {
      env: { ...process.env, NODE_OPTIONS: '', STRAPI_TELEMETRY_DISABLED: 'true' },
      execArgv: [],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    const output = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) {
      child[name]?.setEncoding('utf8').on('data', (text: string) => {
        output[name] += text;
      });
    }
    let hung = false;
    const timer = setTimeout(() => {
      hung = true;
      child.kill('SIGKILL');
    }, limit);
    child.once('error', (error) => reject(new RunFailed(error.message)));
    child.once('close', () => {
      clearTimeout(timer);
      const wholeSeconds = (performance.now() - started) / 1000;
      const line = output.stdout.trimEnd().split('\n').at(-1) ?? '';
      if (hung) reject(new RunFailed(`hung, and was killed after ${limit / 1000} s`));
      else if (line.startsWith('{"ok":true')) resolve(runOf(line, wholeSeconds));
      else reject(new RunFailed(reasonOf(line) ?? `ended without a word: ${output.stderr}`));
    });
  });
}

function reasonOf(line: string): string | null {
  return line.startsWith('{"ok":false') ? (JSON.parse(line) as { error: string }).error : null;
}

function runOf(line: string, wholeSeconds: number): Run {
  const { seconds, maxRSS, counts, times } = JSON.parse(line) as {
    seconds: number;
    maxRSS: number;
    counts: Record<string, number>;
    times?: readonly { stages: Record<string, number> }[];
  };
  const pulls = times === undefined ? {} : { pulls: times.map(({ stages }) => stages) };
  return { seconds, wholeSeconds, peakMiB: maxRSS / 1024, counts, ...pulls };
}
