import { execFile } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type DatabaseConnection, type DatabaseServer, spawnServer } from './database-server.js';
import { freePort } from './free-port.js';

const run = promisify(execFile);

export interface Postgres extends DatabaseServer {
  /** Makes an empty database, or a copy of another one to which nothing is connected. */
  createDatabase(name: string, copyOf?: string): Promise<DatabaseConnection>;
  /** Of a database: `postgres://…`. */
  url(database: string): string;
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

/** A PostgreSQL of its own: on a free port of loopback, its files in a folder of its own. A test that skips without asks `postgresPrograms`. */
export async function startPostgres(): Promise<Postgres> {
  const programs = postgresPrograms();
  if (programs === null)
    throw new Error('There is no PostgreSQL on this machine: apt-get install postgresql');
  const port = await freePort();
  const stop = await spawnServer({
    ...{ name: 'PostgreSQL', user: 'postgres', signal: 'SIGQUIT', ready: 'ready to accept connections' },
    async prepare(asOwner) {
      const [data, secret] = [join(asOwner.cwd, 'data'), join(asOwner.cwd, 'password')];
      await writeFile(secret, password);
      const method = ['--username', user, '--pwfile', secret, '--auth', 'scram-sha-256'];
      const kind = ['--encoding', 'UTF8', '--locale', 'C', '--no-sync'];
      await run(join(programs, 'initdb'), ['--pgdata', data, ...method, ...kind], asOwner);
      const settings = { listen_addresses: '127.0.0.1', port, unix_socket_directories: '', fsync: 'off' };
      const options = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
      return [join(programs, 'postgres'), '-D', data, ...options];
    },
  });
  const env = { ...process.env, PGPASSWORD: password };
  return {
    async createDatabase(database, copyOf) {
      const there = ['--host', '127.0.0.1', '--port', String(port), '--username', user];
      const like = copyOf === undefined ? [] : ['--template', copyOf];
      await run(join(programs, 'createdb'), [...there, '--maintenance-db', 'postgres', ...like, database], {
        env,
      });
      return { client: 'postgres', host: '127.0.0.1', port, user, password, database };
    },
    url: (database) => `postgres://${user}:${password}@127.0.0.1:${port}/${database}`,
    stop,
  };
}
