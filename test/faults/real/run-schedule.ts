import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as wait } from 'node:timers/promises';
import { nodeFiles } from '../../../src/ports/node-files.js';
import { errorTable } from '../../../src/protocol/errors.js';
import type { SessionSummary } from '../../../src/server/transfer-server.js';
import { createDirectoryDestination, createDirectorySource } from '../../../src/stores/index.js';
import { createFaultProxy, type FaultProxy, type MessageFault } from '../../../src/testing/fault-proxy.js';
import { type PreparedFolders, putFolder } from '../../simulation/folders.js';
import { faultOfFolders } from '../../simulation/invariants.js';
import { endsOf, type Fault, isBorne, type Schedule } from '../../simulation/schedule.js';
import { type End, shapes } from '../../simulation/shapes.js';
import type { Tried } from '../findings.js';
import { type EndProcess, startEnd } from './end-process.js';
import { hastened, hasty, longest, longestStall } from './haste.js';
import { mountSmallDisk, type SmallDisk } from './small-disk.js';

type Ends = Readonly<Record<End, EndProcess>>;

/** What lies where, all of it below one folder. */
interface Folders {
  readonly root: string;
  readonly source: string;
  readonly destination: string;
  /** Of the destination; null where its disk is none that could be filled. */
  readonly disk: SmallDisk | null;
}

/** What one came to, and whether the machine had too much else to do for saying that it should have been got over. */
export interface TriedForReal extends Tried {
  readonly wasBusy: boolean;
}

/** One schedule, over a real socket between two real processes. */
export async function runForReal(planned: Schedule, prepared: PreparedFolders): Promise<TriedForReal> {
  const schedule = hastened(planned);
  const source = await prepared(schedule.shape, 'new');
  const old = schedule.replaces ? await prepared(shapes[1] ?? schedule.shape, 'old') : null;
  const folders = await makeFolders(schedule);
  const ends = { client: startEnd('client.mjs'), server: startEnd('server.mjs') };
  let proxy: FaultProxy | null = null;
  try {
    if (schedule.source === 'directory') await putFolder(nodeFiles, folders.source, source);
    if (old !== null) await putFolder(nodeFiles, folders.destination, old);
    const content = schedule.source === 'memory' ? source.content : null;
    const folderOf = (end: End) => folders[end === endsOf(schedule)[0] ? 'source' : 'destination'];

    ends.server.tell({ folder: folderOf('server'), content, options: hasty.server });
    const { port, token } = (await ends.server.hear()) as { port: number; token: string };
    proxy = await createFaultProxy({ target: { port } });
    await ends.client.hear();
    const strike = strikeOnce(schedule, proxy, ends, folders.disk);
    const began = performance.now();
    const stalls = monitorEventLoopDelay();
    stalls.enable();
    const { direction } = schedule;
    const url = proxy.adminUrl;
    ends.client.tell({ direction, folder: folderOf('client'), content, url, token, options: hasty.client });

    const { outcome, session, stalled, violations } = await runToTheEnd(ends, strike);
    const ms = performance.now() - began;
    stalls.disable();
    const wasBusy = Math.max(stalled, stalls.max / 1e6) > longestStall;
    const { hasStruck } = strike;
    if (outcome !== 'completed' && (isBorne(planned) || !hasStruck()) && !wasBusy)
      violations.push(`it ended with ${outcome}`);
    folders.disk?.empty();
    const failed = await faultOfFolders({
      schedule,
      outcome,
      fate: session?.fate ?? null,
      wasKilled: ends[endsOf(schedule)[1]].isDead(),
      path: folders.destination,
      disk: nodeFiles,
      old: old?.files ?? null,
      fresh: source.files,
      next: () => ({
        disk: nodeFiles,
        source: createDirectorySource({ path: folders.destination }),
        destination: createDirectoryDestination({ path: folders.destination, force: true }),
      }),
    });
    violations.push(...failed, ...(await strayIn(folders)));
    return { schedule, outcome, violations, ms, hasStruck: hasStruck(), wasBusy };
  } finally {
    for (const end of Object.values(ends)) end.bury();
    await Promise.all(Object.values(ends).map(({ exit }) => exit));
    await proxy?.close();
    folders.disk?.unmount();
    await rm(folders.root, { recursive: true });
  }
}

async function makeFolders({ fault }: Schedule): Promise<Folders> {
  const root = await mkdtemp(join(tmpdir(), 'ferry-real-'));
  const to = join(root, 'to');
  await mkdir(to);
  const disk = fault.kind === 'fullDisk' ? mountSmallDisk(to) : null;
  return { root, source: join(root, 'from', 'content'), destination: join(to, 'content'), disk };
}

/** What lies beside the destination. */
async function strayIn({ destination }: Folders): Promise<readonly string[]> {
  const beside = await readdir(join(destination, '..'));
  return beside.filter((name) => name !== 'content').map((name) => `${name} is left beside the folder`);
}

/** The one fault of a schedule. */
interface TheStrike {
  hasStruck(): boolean;
  /** Where it has struck, all of it is over. */
  over(): Promise<void>;
}

const isOfMessages = (kind: Fault['kind']): kind is MessageFault =>
  !['kill', 'fullDisk', 'clockJump'].includes(kind);

function strikeOnce(
  { message, fault }: Schedule,
  proxy: FaultProxy,
  ends: Ends,
  disk: SmallDisk | null,
): TheStrike {
  let afterwards: Promise<void> | null = null;
  if (message !== null) {
    const { kind, ms, place } = fault;
    proxy
      .strike({
        direction: message.from === 'client' ? 'up' : 'down',
        number: message.number,
        ...(isOfMessages(kind) ? { fault: kind, ms, place } : {}),
      })
      .then(() => {
        afterwards = strikeProcess(fault, ends, disk);
      });
  }
  return {
    hasStruck: () => afterwards !== null,
    over: async () => (await afterwards) ?? undefined,
  };
}

/** What is no matter of messages. */
async function strikeProcess(
  { kind, process, ms, operations, isSilent }: Fault,
  ends: Ends,
  disk: SmallDisk | null,
): Promise<void> {
  const victim = ends[process];
  if (kind === 'fullDisk') disk?.fill();
  if (kind === 'clockJump') {
    victim.sleep();
    await wait(ms);
    victim.wake();
  }
  if (kind === 'kill') {
    // Its operations cannot be counted from here; one takes a millisecond or less.
    await wait(operations);
    victim.kill(isSilent);
  }
}

interface Ended {
  readonly outcome: Tried['outcome'];
  /** Null where the server is dead. */
  readonly session: Pick<SessionSummary, 'fate' | 'failure'> | null;
  /** The longest that one of the two came to nothing. Milliseconds. */
  readonly stalled: number;
  readonly violations: string[];
}

interface SaidByClient {
  readonly outcome: string;
  readonly stalled: number;
}

interface SaidByServer extends Pick<SessionSummary, 'fate' | 'failure'> {
  readonly stalled: number;
}

/** Both ends end by themselves, or are dead. */
async function runToTheEnd({ client, server }: Ends, strike: TheStrike): Promise<Ended> {
  const violations: string[] = [];
  const late = (what: string, ms: number) => () => {
    violations.push(`${what} after ${ms} ms`);
    return null;
  };
  const said = (await within(
    longest,
    client.hear(),
    late('the client was not over', longest),
  )) as SaidByClient | null;
  const session = (await within(
    longest,
    server.hear(),
    late('the session was not over', longest),
  )) as SaidByServer | null;
  await strike.over();
  if (!server.isDead()) server.tell({});
  for (const [name, end] of Object.entries({ client, server })) {
    if (!end.isDead()) await within(patience, end.exit, late(`the ${name} still ran`, patience));
    end.bury();
    const { code, stderr } = await end.exit;
    if (code !== 0 && code !== null) violations.push(`the ${name} exited with ${code}`);
    if (stderr !== '') violations.push(`the ${name} said ${stderr}`);
  }
  const summary = server.isDead() ? null : session;
  if (summary?.failure === 'UNEXPECTED') violations.push('the session ended with UNEXPECTED');
  const stalled = Math.max(said?.stalled ?? 0, session?.stalled ?? 0);
  return { outcome: outcomeOf(said?.outcome ?? null, violations), session: summary, stalled, violations };
}

/** A process that has nothing left to do ends in less. */
const patience = 5_000;

async function within<T>(ms: number, promise: Promise<T>, late: () => null): Promise<T | null> {
  const timeout = new AbortController();
  const tooLate = wait(ms, null, { signal: timeout.signal }).then(late, () => null);
  try {
    return await Promise.race([promise, tooLate]);
  } finally {
    timeout.abort();
  }
}

/** What the client said; what is no code of the table, or stands for a fault of ours, is a violation. */
function outcomeOf(said: string | null, violations: string[]): Tried['outcome'] {
  if (said === null) return 'killed';
  if (said === 'completed') return 'completed';
  const code = (Object.keys(errorTable) as (keyof typeof errorTable)[]).find((one) => one === said);
  if (code !== undefined && code !== 'UNEXPECTED') return code;
  violations.push(`an error that no table has: ${said}`);
  return 'UNEXPECTED';
}
