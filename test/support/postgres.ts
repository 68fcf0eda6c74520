import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { chown, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from './free-port.js';

const run = promisify(execFile);

/** How a database of it is reached. */
export interface PostgresConnection {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
}

export interface Postgres {
  /** Makes an empty database, or a copy of another one to which nothing is connected. */
  createDatabase(name: string, copyOf?: string): Promise<PostgresConnection>;
  /** Of a database: `postgres://…`. */
  url(database: string): string;
  /** Ends it, with whatever is connected, and removes its files. */
  stop(): Promise<void>;
}

const user = 'ferry';
const password = 'test-postgres-password';

/**
 * Where the programs of the newest PostgreSQL of this machine lie; null where none is installed, or FERRY_POSTGRES is 0. Debian has
 * them out of the path.
 */
export function postgresPrograms(): string | null {
  if (process.env['FERRY_POSTGRES'] === '0') return null;
  const all = '/usr/lib/postgresql';
  const versions = existsSync(all)
    ? readdirSync(all)
        .map(Number)
        .sort((one, other) => other - one)
    : [];
  const debian = versions.map((version) => join(all, String(version), 'bin'));
  const path = (process.env['PATH'] ?? '').split(':').filter((folder) => folder.startsWith('/'));
  return [...debian, ...path].find((folder) => existsSync(join(folder, 'initdb'))) ?? null;
}

// None that was started here may outlive this process, even if it is stopped in the middle of a test.
const running = new Map<ChildProcess, string>();
process.on('exit', () => {
  for (const [child, folder] of running) {
    child.kill('SIGQUIT');
    rmSync(folder, { recursive: true, force: true });
  }
});

/** A PostgreSQL of its own: on a free port of loopback, its files in a folder of its own. A test that skips without asks `postgresPrograms`. */
export async function startPostgres(): Promise<Postgres> {
  const programs = postgresPrograms();
  if (programs === null)
    throw new Error('There is no PostgreSQL on this machine: apt-get install postgresql');
  const owner = ownerOfFiles();
  const folder = await mkdtemp(join(tmpdir(), 'ferry-postgres-'));
  if (owner !== null) await chown(folder, owner.uid, owner.gid);
  const [data, secret] = [join(folder, 'data'), join(folder, 'password')];
  const asOwner = { cwd: folder, ...owner };
  await writeFile(secret, password);
  const method = ['--username', user, '--pwfile', secret, '--auth', 'scram-sha-256'];
  const kind = ['--encoding', 'UTF8', '--locale', 'C', '--no-sync'];
  const port = await freePort();
  let child: ChildProcess | null = null;
  const stop = async () => {
    if (child !== null && child.exitCode === null && child.signalCode === null) {
      // At once: nothing of it is kept.
      child.kill('SIGQUIT');
      await once(child, 'exit');
    }
    if (child !== null) running.delete(child);
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    await run(join(programs, 'initdb'), ['--pgdata', data, ...method, ...kind], asOwner);
    const settings = { listen_addresses: '127.0.0.1', port, unix_socket_directories: '', fsync: 'off' };
    const options = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    child = spawn(join(programs, 'postgres'), ['-D', data, ...options], {
      ...asOwner,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    running.set(child, folder);
    await ready(child);
  } catch (error) {
    await stop();
    throw error;
  }
  const env = { ...process.env, PGPASSWORD: password };
  return {
    async createDatabase(database, copyOf) {
      const there = ['--host', '127.0.0.1', '--port', String(port), '--username', user];
      const like = copyOf === undefined ? [] : ['--template', copyOf];
      await run(join(programs, 'createdb'), [...there, '--maintenance-db', 'postgres', ...like, database], {
        env,
      });
      return { host: '127.0.0.1', port, user, password, database };
    },
    url: (database) => `postgres://${user}:${password}@127.0.0.1:${port}/${database}`,
    stop,
  };
}

/** PostgreSQL refuses to run as root: then it runs as the user that its package has made. */
function ownerOfFiles(): { readonly uid: number; readonly gid: number } | null {
  if (process.getuid?.() !== 0) return null;
  const idOf = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
  return { uid: idOf('-u'), gid: idOf('-g') };
}

/** Resolves when it takes connections, and rejects where it ends before. */
function ready(child: ChildProcess): Promise<void> {
  let said = '';
  return new Promise((resolve, reject) => {
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      if (said.includes('ready to accept connections')) resolve();
    });
    child.once('error', reject);
    child.once('close', (code) => reject(new Error(`PostgreSQL ended with ${code}: ${said}`)));
  });
}
