import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type DatabaseServer, spawnServer } from './database-server.js';
import { freePort } from './free-port.js';

const run = promisify(execFile);

const user = 'ferry';
const password = 'test-mariadb-password';

interface Programs {
  readonly install: string;
  readonly server: string;
  readonly client: string;
}

/** The programs of the MariaDB of this machine; null where one is missing, or FERRY_MARIADB is 0. Debian has the server out of the path. */
export function mariadbPrograms(): Programs | null {
  if (process.env['FERRY_MARIADB'] === '0') return null;
  const path = (process.env['PATH'] ?? '').split(':').filter((folder) => folder.startsWith('/'));
  const [install, server, client] = ['mariadb-install-db', 'mariadbd', 'mariadb'].map((name) =>
    ['/usr/sbin', ...path].map((folder) => join(folder, name)).find((program) => existsSync(program)),
  );
  if (install === undefined || server === undefined || client === undefined) return null;
  return { install, server, client };
}

/** A MariaDB of its own: on a free port of loopback, its files in a folder of its own. A test that skips without asks `mariadbPrograms`. */
export async function startMariadb(): Promise<DatabaseServer> {
  const programs = mariadbPrograms();
  if (programs === null)
    throw new Error('There is no MariaDB on this machine: apt-get install mariadb-server');
  const port = await freePort();
  const stop = await spawnServer({
    ...{ name: 'MariaDB', user: 'mysql', signal: 'SIGKILL', ready: 'ready for connections' },
    async prepare(asOwner) {
      const [data, first] = [join(asOwner.cwd, 'data'), join(asOwner.cwd, 'first.sql')];
      await writeFile(first, firstStatements);
      const plain = [
        ...['--no-defaults', `--datadir=${data}`, '--skip-name-resolve'],
        ...['--innodb-flush-method=nosync', '--innodb-log-file-size=16M'],
      ];
      const install = ['--auth-root-authentication-method=normal', '--skip-test-db'];
      await run(programs.install, [...plain, ...install], asOwner);
      const settings = {
        ...{ 'bind-address': '127.0.0.1', port, socket: join(asOwner.cwd, 'socket'), 'init-file': first },
        ...{ 'innodb-flush-log-at-trx-commit': 0, 'innodb-doublewrite': 0 },
      };
      const options = Object.entries(settings).map(([name, value]) => `--${name}=${value}`);
      return [programs.server, ...plain, ...options];
    },
  });
  const there = ['--no-defaults', '--host=127.0.0.1', `--port=${port}`, `--user=${user}`];
  const env = { ...process.env, MYSQL_PWD: password };
  return {
    async createDatabase(database) {
      const statement = `create database ${database} character set utf8mb4`;
      await run(programs.client, [...there, '--execute', statement], { env });
      return { client: 'mysql', host: '127.0.0.1', port, user, password, database };
    },
    stop,
  };
}

const firstStatements = `
create user ${user}@'127.0.0.1' identified by '${password}';
grant all on *.* to ${user}@'127.0.0.1';
alter user root@localhost identified by '${password}';
`;
