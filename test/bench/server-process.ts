import { execFile, spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

export interface ServerProcess {
  readonly adminUrl: string;
  readonly token: string;
  /** Most memory that the process has held so far, in MiB. */
  peakMiB(): Promise<number>;
  stop(): Promise<void>;
}

const cli = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));

/** `strapi-ferry serve` of the built package over a folder, in a process of its own with Node's default flags. */
export async function serve(folder: string): Promise<ServerProcess> {
  const env = { ...process.env, NODE_OPTIONS: '' };
  const create = [cli, 'token', 'create', '--store', folder, '--scope', 'pull', '--json'];
  const { stdout } = await promisify(execFile)(process.execPath, create, { env });
  const { accessKey } = JSON.parse(stdout) as { accessKey: string };

  const parameters = [cli, 'serve', folder, '--port', '0', '--read-only', '--json'];
  const child = spawn(process.execPath, parameters, { env, stdio: ['ignore', 'pipe', 'inherit'] });
  const kill = () => child.kill('SIGKILL');
  process.on('exit', kill);
  const exited = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const url = await new Promise<string>((resolve, reject) => {
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      const listening = output.split('\n').find((line) => line.includes('"event":"listening"'));
      if (listening?.endsWith('}')) resolve((JSON.parse(listening) as { url: string }).url);
    });
    child.once('error', reject);
    child.once('close', (code) => reject(new Error(`serve ended with ${code}: ${output}`)));
  });
  return {
    adminUrl: url,
    token: accessKey,
    peakMiB: () => peakOf(child.pid),
    async stop() {
      process.off('exit', kill);
      child.kill('SIGTERM');
      await exited;
    },
  };
}

/** What Linux remembers of a process: its highest resident set. */
async function peakOf(pid: number | undefined): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  const peak = /^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1];
  if (peak === undefined) throw new Error(`no VmHWM of process ${pid}`);
  return Number(peak) / 1024;
}
