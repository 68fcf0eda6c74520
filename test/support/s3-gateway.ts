import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, rmSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { freePort } from './free-port.js';

/** A program that cannot reach another one waits for ever. */
const run = (program: string, options: readonly string[]) =>
  promisify(execFile)(program, options, { timeout: 20_000 });

/** An S3 that keeps its objects in memory. */
export interface S3Gateway {
  readonly endpoint: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  /** Ends it, with all that it holds. */
  stop(): Promise<void>;
}

const programs = ['ceph', 'monmaptool', 'ceph-mon', 'ceph-osd', 'radosgw', 'radosgw-admin'];

/** Whether this machine has the programs of a Ceph (Debian: radosgw, ceph-mon, ceph-osd). FERRY_S3=0 says no. */
export function hasS3Gateway(): boolean {
  if (process.env['FERRY_S3'] === '0') return false;
  const path = (process.env['PATH'] ?? '').split(':');
  return programs.every((name) => path.some((folder) => existsSync(join(folder, name))));
}

// None that was started here may outlive this process, even if it is stopped in the middle of a test.
const running = new Map<string, ChildProcess[]>();
process.on('exit', () => {
  for (const [folder, children] of running) {
    for (const child of children) child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  }
});

const credentials = { accessKeyId: 'ferrytest', secretAccessKey: 'ferry-test-secret' };

/** A Ceph of one monitor, one store and one gateway, on free ports of loopback: it takes five seconds. */
export async function startS3Gateway(): Promise<S3Gateway> {
  const folder = await mkdtemp(join(tmpdir(), 'ferry-s3-'));
  const [port, monitorPort] = [await freePort(), await freePort()];
  const file = join(folder, 'ceph.conf');
  const asCluster = ['-c', file];
  const [id, storeId] = [randomUUID(), randomUUID()];
  const children: ChildProcess[] = [];
  running.set(folder, children);
  const start = (program: string, ...options: readonly string[]) => {
    children.push(spawn(program, [...asCluster, '-f', ...options], { stdio: 'ignore' }));
  };
  const stop = async () => {
    for (const child of children.reverse()) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      // At once: nothing of it is kept.
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    running.delete(folder);
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    for (const name of ['osd', 'run']) await mkdir(join(folder, name));
    await writeFile(file, settings(folder, { id, port, monitorPort }));
    const map = join(folder, 'monmap');
    await run('monmaptool', ['--create', '--fsid', id, '--addv', 'a', `[v2:127.0.0.1:${monitorPort}]`, map]);
    await run('ceph-mon', [...asCluster, '--mkfs', '-i', 'a', '--monmap', map]);
    start('ceph-mon', '-i', 'a');
    await run('ceph', [...asCluster, '--connect-timeout', '60', 'osd', 'new', storeId]);
    await run('ceph-osd', [...asCluster, '-i', '0', '--mkfs', '--osd-uuid', storeId]);
    start('ceph-osd', '-i', '0');
    const keys = ['--access-key', credentials.accessKeyId, '--secret-key', credentials.secretAccessKey];
    const user = ['user', 'create', '--uid', 'ferry', '--display-name', 'ferry', ...keys];
    await run('radosgw-admin', [...asCluster, ...user]);
    start('radosgw', '-n', 'client.rgw');
    await listening(port);
  } catch (error) {
    await stop();
    throw error;
  }
  return { endpoint: `http://127.0.0.1:${port}`, credentials, stop };
}

interface Cluster {
  readonly id: string;
  readonly port: number;
  readonly monitorPort: number;
}

function settings(folder: string, { id, port, monitorPort }: Cluster): string {
  const values = {
    fsid: id,
    mon_host: `v2:127.0.0.1:${monitorPort}`,
    ...{ public_addr: '127.0.0.1', cluster_addr: '127.0.0.1', ms_bind_msgr1: false },
    // One user, on loopback: nothing between the programs is encrypted or signed.
    ...{ auth_cluster_required: 'none', auth_service_required: 'none', auth_client_required: 'none' },
    ...{ keyring: '/dev/null', ms_mon_client_mode: 'crc' },
    ...{ run_dir: join(folder, 'run'), crash_dir: join(folder, 'run'), rgw_data: join(folder, 'run') },
    ...{ admin_socket: join(folder, 'run', '$name.$pid.asok'), log_file: join(folder, 'run', '$name.log') },
    ...{ mon_data: join(folder, 'mon'), osd_data: join(folder, 'osd') },
    ...{ osd_objectstore: 'memstore', memstore_device_bytes: '8G', mon_data_avail_crit: 1 },
    ...{ mon_allow_pool_size_one: true, osd_pool_default_size: 1, osd_pool_default_min_size: 1 },
    ...{
      osd_pool_default_pg_num: 8,
      osd_pool_default_pg_autoscale_mode: 'off',
      osd_crush_chooseleaf_type: 0,
    },
    ...{ paxos_propose_interval: 0.02, paxos_min_wait: 0.01, rgw_rados_pool_pg_num_min: 4 },
    ...{ ms_async_op_threads: 2, objecter_tick_interval: 0.5 },
    ...{ rgw_frontends: `beast endpoint=127.0.0.1:${port}`, rgw_thread_pool_size: 32 },
  };
  const lines = Object.entries(values).map(([name, value]) => `${name}=${value}`);
  return ['[global]', ...lines, ''].join('\n');
}

/** It has no way to say that it is ready, but to take a connection. */
async function listening(port: number): Promise<void> {
  for (let attempt = 0; attempt < 300; attempt += 1) {
    if (await takesConnection(port)) return;
    await sleep(100);
  }
  throw new Error('The S3 gateway did not begin to listen in 30 s');
}

function takesConnection(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(port, '127.0.0.1');
    const answer = (taken: boolean) => {
      socket.destroy();
      resolve(taken);
    };
    socket.once('connect', () => answer(true)).once('error', () => answer(false));
  });
}
