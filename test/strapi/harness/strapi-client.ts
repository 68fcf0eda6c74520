import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Version } from './app-folder.js';

export interface ClientOptions {
  /** Which Strapi's client. @default 'current' */
  version?: Version;
  /** @default true */
  checksums?: boolean;
  /** @default 'strict' */
  schemaStrategy?: 'strict' | 'exact' | 'ignore';
  /** @default 'ignore' */
  versionStrategy?: 'exact' | 'ignore' | 'patch' | 'minor' | 'major';
  only?: ('content' | 'files' | 'config')[];
  exclude?: ('content' | 'files' | 'config')[];
  /** Milliseconds between its resends; Strapi's default is 30 000. */
  retryTimeout?: number;
  /** Kills the client, as a user's Ctrl-C or a lost machine would. */
  signal?: AbortSignal;
}

interface Measured {
  seconds: number;
  /** Kilobytes. */
  maxRSS: number;
}

export type ClientResult<Result> =
  | ({ ok: true } & Measured & Result)
  | ({ ok: false; error: string; warnings: string[]; details: unknown } & Measured);

export interface TransferReport {
  /** Items of each stage, as Strapi's engine counted them; a stage without items is missing. */
  counts: Partial<Record<'schemas' | 'entities' | 'assets' | 'links' | 'configuration', number>>;
  warnings: string[];
}

export interface FolderSummary {
  metadata: { createdAt: string; strapi: { version: string } };
  schemas: number;
  counts: Record<'entities' | 'links' | 'configuration' | 'assets', number>;
  /** Entities of each type. */
  types: Record<string, number>;
  /** SHA-256 over the sorted rows of a stage. */
  rowHashes: Record<'entities' | 'links' | 'configuration', string>;
  /** File name → SHA-256 of its bytes. */
  assets: Record<string, string>;
}

export interface Remote {
  adminUrl: string;
  token: string;
}

/** Strapi's client pulls a server into an unpacked export. */
export function strapiPull(from: Remote, folder: string, options: ClientOptions = {}) {
  return run<TransferReport>(['pull', from.adminUrl, from.token, folder], options);
}

/** Strapi's client pushes an unpacked export to a server. */
export function strapiPush(folder: string, to: Remote, options: ClientOptions = {}) {
  return run<TransferReport>(['push', folder, to.adminUrl, to.token], options);
}

/** Reads an unpacked export to its end with Strapi's own reader; throws where that finds a fault. */
export async function strapiRead(folder: string, options: ClientOptions = {}): Promise<FolderSummary> {
  const result = await run<FolderSummary>(['read', folder], options);
  if (!result.ok) throw new Error(`Strapi cannot read ${folder}: ${result.error}`);
  return result;
}

const script = fileURLToPath(new URL('./strapi-client.mjs', import.meta.url));

function run<Result>(parameters: string[], options: ClientOptions): Promise<ClientResult<Result>> {
  return new Promise((resolve, reject) => {
    // Forked for its channel alone: the child ends when this process does.
    const child = fork(script, [...flagsOf(options), ...parameters], {
      env: { ...process.env, NODE_OPTIONS: '', STRAPI_TELEMETRY_DISABLED: 'true' },
      execArgv: [],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      killSignal: 'SIGKILL',
      ...(options.signal ? { signal: options.signal } : {}),
    });
    let stdout = '';
    let stderr = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    child.once('error', reject);
    child.once('close', (code, signal) => {
      const line = stdout.trimEnd().split('\n').at(-1) ?? '';
      if (line.startsWith('{"ok":')) resolve(JSON.parse(line) as ClientResult<Result>);
      else reject(new Error(`Strapi's client ended with ${signal ?? code}:\n${stderr || stdout}`));
    });
  });
}

function flagsOf(options: ClientOptions): string[] {
  const flags: string[] = [];
  if (options.version) flags.push('--version', options.version);
  if (options.checksums === false) flags.push('--no-checksums');
  if (options.schemaStrategy) flags.push('--schema-strategy', options.schemaStrategy);
  if (options.versionStrategy) flags.push('--version-strategy', options.versionStrategy);
  if (options.only) flags.push('--only', options.only.join(','));
  if (options.exclude) flags.push('--exclude', options.exclude.join(','));
  if (options.retryTimeout) flags.push('--retry-timeout', String(options.retryTimeout));
  return flags;
}
