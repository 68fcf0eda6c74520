import { type ChildProcess, fork } from 'node:child_process';
import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export interface Exit {
  code: number | null;
  signal: string | null;
}

export interface Tokens {
  full: string;
  push: string;
  pull: string;
}

interface Ready {
  port: number;
  version: string;
  tokens: Tokens;
}

type FromChild =
  | ({ type: 'ready' } & Ready)
  | { type: 'seeded' }
  | { type: 'answer'; id: number; result?: unknown; error?: string };

export type Content = 'hard' | 'site' | 'none' | BulkContent;

/** What a benchmark wants: each article has four links. */
export interface BulkContent {
  articles: number;
  /** @default 20 */
  authors?: number;
  assetBytes: number;
  assetCount: number;
}

export interface BootOptions {
  appDir: string;
  seed?: Exclude<Content, 'none'>;
  only?: 'seed';
  bucket?: boolean;
  uploadDelay?: number;
}

const script = fileURLToPath(new URL('../boot.mjs', import.meta.url));

// Nothing that was started here may outlive this process, even if it is stopped in the middle of a test.
const running = new Map<ChildProcess, string>();
process.on('exit', () => {
  for (const [child, folder] of running) {
    child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  }
});

/** A Strapi in a process of its own: what boot.mjs is told and what it says. */
export class StrapiProcess {
  readonly exited: Promise<Exit>;
  readonly #child: ChildProcess;
  readonly #calls = new Map<number, (answer: { result?: unknown; error?: string }) => void>();
  readonly #ready: Promise<Ready | null>;
  #output = '';
  #lastCall = 0;

  constructor(options: BootOptions, env: Record<string, string>) {
    this.#child = fork(script, [JSON.stringify(options)], {
      cwd: options.appDir,
      env: {
        ...process.env,
        NODE_OPTIONS: '',
        NODE_ENV: 'production',
        STRAPI_TELEMETRY_DISABLED: 'true',
        JWT_SECRET: 'test-jwt-secret',
        ...env,
      },
      execArgv: [],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    running.set(this.#child, options.appDir);
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.#output += text;
      });
    }
    // `close` and not `exit`: the last words of a process that dies are what one wants to read.
    this.exited = new Promise((resolve) => {
      this.#child.once('close', (code, signal) => resolve({ code, signal }));
    });
    this.#ready = this.#listen();
    this.#ready.catch(() => {});
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  output(): string {
    return this.#output;
  }

  async ready(): Promise<Ready> {
    const ready = await this.#ready;
    if (!ready) throw new Error('This Strapi was started to seed a folder, not to serve');
    return ready;
  }

  async seeded(): Promise<void> {
    await this.#ready;
    await this.exited;
  }

  call(command: string, params: object = {}): Promise<unknown> {
    this.#lastCall += 1;
    const id = this.#lastCall;
    return new Promise((resolve, reject) => {
      if (!this.#child.connected) {
        reject(new Error(`Strapi is gone, it cannot do ${command}`));
        return;
      }
      this.#calls.set(id, ({ result, error }) => {
        if (error === undefined) resolve(result);
        else reject(new Error(`${command}: ${error}`));
      });
      this.#child.send({ id, command, params });
    });
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.exited;
  }

  #listen(): Promise<Ready | null> {
    return new Promise((resolve, reject) => {
      this.#child.on('message', (message: FromChild) => {
        if (message.type === 'ready') resolve(message);
        else if (message.type === 'seeded') resolve(null);
        else {
          this.#calls.get(message.id)?.(message);
          this.#calls.delete(message.id);
        }
      });
      void this.exited.then(({ code, signal }) => {
        running.delete(this.#child);
        const error = `Strapi ended with ${signal ?? code}`;
        reject(new Error(`${error} before it was ready:\n${this.#output}`));
        for (const answer of this.#calls.values()) answer({ error });
        this.#calls.clear();
      });
    });
  }
}
