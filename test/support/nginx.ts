import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './free-port.js';

export interface Nginx {
  /** An admin panel through it: with the three lines that let a WebSocket pass, and without. */
  readonly good: string;
  readonly bad: string;
  stop(): Promise<void>;
}

/** What docs/doctor.md tells to put there. */
const threeLines =
  'proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection "upgrade";';

/** A real nginx in front of a server on that port: in the foreground, on loopback, all its files in one folder. */
export async function startNginx(port: number): Promise<Nginx> {
  const folder = await mkdtemp(join(tmpdir(), 'ferry-nginx-'));
  const [good, bad] = [await freePort(), await freePort()];
  const before = (listen: number, lines: string) =>
    `server { listen 127.0.0.1:${listen}; location / { proxy_pass http://127.0.0.1:${port}; ${lines} } }`;
  const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${folder}/${name};`,
  );
  await writeFile(
    join(folder, 'nginx.conf'),
    `daemon off; worker_processes 1; pid ${folder}/pid; error_log stderr;
events {}
http { access_log off; client_max_body_size 0; ${paths.join(' ')}
${before(good, threeLines)}
${before(bad, '')} }`,
  );
  const child = spawn('nginx', ['-p', folder, '-c', join(folder, 'nginx.conf'), '-e', 'stderr'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const stop = async () => {
    if (child.exitCode === null && child.pid !== undefined) {
      child.kill('SIGTERM');
      await once(child, 'exit');
    }
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await listening(child, good);
  } catch (error) {
    await stop();
    throw error;
  }
  return { good: `http://127.0.0.1:${good}/admin`, bad: `http://127.0.0.1:${bad}/admin`, stop };
}

/** Resolves when it takes connections, and rejects where it ends before. It says neither by itself. */
async function listening(child: ChildProcess, port: number): Promise<void> {
  let said = '';
  let ended: Error | null = null;
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  child.once('error', () => {
    ended = new Error('There is no nginx on this machine: apt-get install nginx-light');
  });
  child.once('close', (code) => {
    ended ??= new Error(`nginx ended with ${code}: ${said}`);
  });
  while (!(await takesConnections(port))) if (ended !== null) throw ended;
}

function takesConnections(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  return new Promise((resolve) => {
    socket.once('error', () => resolve(false));
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
  });
}
