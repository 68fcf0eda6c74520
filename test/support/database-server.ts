import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { chown, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** How a Strapi reaches a database of a server. */
export interface DatabaseConnection {
  /** As Strapi's configuration calls the kind. */
  readonly client: 'postgres' | 'mysql';
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
}

/** A server of databases, of a test's own. */
export interface DatabaseServer {
  /** Makes an empty database. */
  createDatabase(name: string): Promise<DatabaseConnection>;
  /** Ends it, with whatever is connected, and removes its files. */
  stop(): Promise<void>;
}

/** How its programs are run. */
interface AsOwner {
  /** A folder of its own, which is removed with it. */
  readonly cwd: string;
  readonly uid?: number;
  readonly gid?: number;
}

interface ServerKind {
  /** For people. */
  readonly name: string;
  /** The user that its package has made: it refuses to run as root. */
  readonly user: string;
  /** Ends it at once: nothing of it is kept. */
  readonly signal: NodeJS.Signals;
  /** What it writes to stderr when it takes connections. */
  readonly ready: string;
  /** Makes its files; answers its program and the arguments of it. */
  prepare(asOwner: AsOwner): Promise<readonly [string, ...string[]]>;
}

// None that was started here may outlive this process, even if it is stopped in the middle of a test.
const running = new Map<ChildProcess, { readonly folder: string; readonly signal: NodeJS.Signals }>();
process.on('exit', () => {
  for (const [child, { folder, signal }] of running) {
    child.kill(signal);
    rmSync(folder, { recursive: true, force: true });
  }
});

/** Starts a server with a folder of its own. Resolves when it takes connections, with what ends it. */
export async function spawnServer(kind: ServerKind): Promise<() => Promise<void>> {
  const { name, user, signal, prepare } = kind;
  const owner = ownerOfFiles(user);
  const folder = await mkdtemp(join(tmpdir(), `ferry-${name.toLowerCase()}-`));
  if (owner !== null) await chown(folder, owner.uid, owner.gid);
  let child: ChildProcess | null = null;
  const stop = async () => {
    if (child !== null && child.exitCode === null && child.signalCode === null) {
      child.kill(signal);
      await once(child, 'exit');
    }
    if (child !== null) running.delete(child);
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    const asOwner = { cwd: folder, ...owner };
    const [program, ...options] = await prepare(asOwner);
    child = spawn(program, options, { ...asOwner, stdio: ['ignore', 'ignore', 'pipe'] });
    running.set(child, { folder, signal });
    await isReady(child, kind);
  } catch (error) {
    await stop();
    throw error;
  }
  return stop;
}

function ownerOfFiles(user: string): { readonly uid: number; readonly gid: number } | null {
  if (process.getuid?.() !== 0) return null;
  const idOf = (flag: string) => Number(execFileSync('id', [flag, user], { encoding: 'utf8' }));
  return { uid: idOf('-u'), gid: idOf('-g') };
}

/** Rejects where it ends before. */
function isReady(child: ChildProcess, { name, ready }: ServerKind): Promise<void> {
  let said = '';
  return new Promise((resolve, reject) => {
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      if (said.includes(ready)) resolve();
    });
    child.once('error', reject);
    child.once('close', (code) => reject(new Error(`${name} ended with ${code}: ${said}`)));
  });
}
