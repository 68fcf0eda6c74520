import type { InspectionEvent } from 'xstate';
import type { Fate } from '../../machines/lifecycle.machine.js';
import type { Clock } from '../../src/ports/clock.js';
import { type ErrorCode, errorTable, TransferError } from '../../src/protocol/errors.js';
import type { RunningSession } from '../../src/server/session.js';
import { createDirectorySource } from '../../src/stores/directory/source.js';
import { createMemoryFiles, type MemoryFiles } from '../../src/testing/memory-files.js';
import { settled } from '../../src/testing/test-clock.js';
import type { Transfer } from '../../src/transfer/create-transfer.js';
import { destinationOn, destinationPath, sourcePath, startClient, startServer } from './ends.js';
import { createPreparedFolders, type PreparedFolder, type PreparedFolders, putFolder } from './folders.js';
import { faultAsItStands, faultOfFolders, type NextProcess } from './invariants.js';
import { diesSilently, endsOf, type Fault, hasKind, isBorne, type Schedule } from './schedule.js';
import { type End, shapes } from './shapes.js';
import { createSimulatedNetwork, type SimulatedNetwork } from './simulated-network.js';
import { createSimulatedProcess, type SimulatedProcess } from './simulated-process.js';
import { createSimulatedTime, type SimulatedTime } from './simulated-time.js';

/** The result of a simulation. */
export interface Simulated {
  readonly schedule: Schedule;
  /** How the transfer ended for its client: completed, a code of the error table, or its process was killed. */
  readonly outcome: 'completed' | 'killed' | ErrorCode;
  /** Violations of the invariants; empty if all is well. */
  readonly violations: readonly string[];
  /** Everything that happened, in order. A seed always gives the same trace. */
  readonly trace: readonly string[];
  /** The duration in simulated milliseconds. */
  readonly ms: number;
  /** Whether the fault struck at all. */
  readonly hasStruck: boolean;
  /** The number of frames that each end sent. */
  readonly sent: Readonly<Record<End, number>>;
}

interface SimulationOptions {
  /** Gives the inspector of both ends, once their clock exists. */
  readonly inspectBy?: (clock: Clock) => (event: InspectionEvent) => void;
}

/** Runs schedules, one at a time. */
export interface Simulator {
  simulate(schedule: Schedule, options?: SimulationOptions): Promise<Simulated>;
}

/** The longest that a transfer may take, in simulated milliseconds. */
const longest = 20 * 60_000;
/** By then an ended transfer must have released everything. */
const afterwards = 60_000;

export function createSimulator(): Simulator {
  const folders = createPreparedFolders();
  return { simulate: (schedule, options = {}) => runSchedule(schedule, folders, options) };
}

/** One transfer of a simulation: with the faults of its schedule, or, once they have stopped, without any. */
interface World {
  readonly schedule: Schedule;
  readonly time: SimulatedTime;
  readonly processes: Readonly<Record<End, SimulatedProcess>>;
  readonly disks: Readonly<Record<End, MemoryFiles>>;
  readonly source: PreparedFolder;
  readonly old: PreparedFolder | null;
  readonly note: (line: string) => void;
  readonly violations: string[];
  readonly inspect?: (event: InspectionEvent) => void;
}

/** A transfer that has ended, and its network. */
interface Ended {
  readonly outcome: Simulated['outcome'];
  readonly network: SimulatedNetwork;
  readonly session: RunningSession | undefined;
}

async function runSchedule(
  schedule: Schedule,
  folders: PreparedFolders,
  { inspectBy }: SimulationOptions,
): Promise<Simulated> {
  const trace: string[] = [];
  const violations: string[] = [];
  const time = createSimulatedTime();
  const inspect = inspectBy?.(time);
  const note = (line: string) => trace.push(`${time.now()} ${line}`);
  const disks = { client: createMemoryFiles(), server: createMemoryFiles() };
  const [sourceEnd, destinationEnd] = endsOf(schedule);
  const source = await folders(schedule.shape, 'new');
  const old = schedule.replaces ? await folders(shapes[1] ?? schedule.shape, 'old') : null;
  if (schedule.source === 'directory') await putFolder(disks[sourceEnd], sourcePath, source);
  if (old !== null) await putFolder(disks[destinationEnd], destinationPath, old);

  const processOf = (name: End, salt: number) =>
    createSimulatedProcess({ name, seed: schedule.seed * 2 + salt, time, disk: disks[name] });
  const processes = { client: processOf('client', 0), server: processOf('server', 1) };
  const shared = { time, source, old, note, violations };
  const world = { ...shared, schedule, processes, disks, ...(inspect === undefined ? {} : { inspect }) };
  const onRejection = (reason: unknown) => void violations.push(`an unhandled rejection: ${reason}`);
  process.on('unhandledRejection', onRejection);
  try {
    const { outcome, network, session } = await transferOnce(world);
    const ms = time.now();
    if (schedule.also !== undefined) await completeWithoutFaults(world, outcome);
    else await checkFolders(world, outcome, session?.fate() ?? 'none');
    if (outcome !== 'completed' && isBorne(schedule)) violations.push(`it ended with ${outcome}`);
    note(`${outcome}, ${disks.client.operations()} and ${disks.server.operations()} operations`);
    const sent = { client: network.sent('client'), server: network.sent('server') };
    return { schedule, outcome, violations, trace, ms, hasStruck: network.hasStruck(), sent };
  } finally {
    process.off('unhandledRejection', onRejection);
  }
}

async function transferOnce(world: World): Promise<Ended> {
  const { schedule, time, processes, source, note, inspect } = world;
  const [, destinationEnd] = endsOf(schedule);
  const endOptions = (one: SimulatedProcess) => ({
    process: one,
    schedule,
    content: source.content,
    ...(inspect === undefined ? {} : { inspect }),
  });
  let session: RunningSession | undefined;
  const network = createSimulatedNetwork({
    time,
    schedule,
    note,
    ...processes,
    strike: (fault) => strike(fault, processes, destinationEnd),
    accept(socket) {
      session = startServer(socket, endOptions(processes.server));
      watch('server', session.actor, note);
    },
  });
  const transfer = startClient(network.open, endOptions(processes.client));
  watch('client', transfer.actor, note);
  const outcome = await runToTheEnd(world, network, transfer, () => session);
  return { outcome, network, session };
}

/**
 * All faults have stopped: what is dead is started again, what lives goes on as it is. The same transfer must complete
 * now.
 */
async function completeWithoutFaults(world: World, before: Simulated['outcome']): Promise<void> {
  const { schedule, time, disks, processes, violations, note } = world;
  await checkAsItStands(world, before);
  const livingDisks = { ...disks };
  const livingProcesses = { ...processes };
  for (const end of ['client', 'server'] as const) {
    processes[end].emptyDisk();
    if (processes[end].isAlive) continue;
    livingDisks[end] = disks[end].reopen(diesSilently(schedule, end) ? 'powerCut' : 'kill');
    const seed = schedule.seed * 2 + 7;
    livingProcesses[end] = createSimulatedProcess({
      name: `${end} again`,
      seed,
      time,
      disk: livingDisks[end],
    });
  }
  note('all faults stop');
  const { also: _, ...first } = schedule;
  const later = {
    ...world,
    schedule: { ...first, message: null },
    disks: livingDisks,
    processes: livingProcesses,
  };
  const { outcome, session } = await transferOnce(later);
  const mayHoldAnotherType =
    schedule.direction === 'push' && before === 'completed' && hasKind(schedule, 'corrupt');
  // A push keeps a type that it does not name, for which this server would have to read its folder: it refuses.
  if (outcome === 'PEER_ERROR' && mayHoldAnotherType) return;
  if (outcome !== 'completed')
    violations.push(`without faults it ended with ${outcome}, before with ${before}`);
  await checkFolders(later, outcome, session?.fate() ?? 'none');
}

/** Of a destination that lives on: old or new, and new where the client was told so. */
async function checkAsItStands(world: World, outcome: Simulated['outcome']): Promise<void> {
  const { schedule, disks, processes, old, source, violations } = world;
  const [, destinationEnd] = endsOf(schedule);
  if (!processes[destinationEnd].isAlive) return;
  violations.push(
    ...(await faultAsItStands({
      schedule,
      outcome,
      path: destinationPath,
      disk: disks[destinationEnd],
      old: old?.files ?? null,
      fresh: source.files,
    })),
  );
}

async function checkFolders(world: World, outcome: Simulated['outcome'], fate: Fate): Promise<void> {
  const { schedule, disks, processes, old, source, violations } = world;
  const [, destinationEnd] = endsOf(schedule);
  violations.push(
    ...(await faultOfFolders({
      schedule,
      outcome,
      fate: processes.server.isAlive ? fate : null,
      wasKilled: !processes[destinationEnd].isAlive,
      path: destinationPath,
      disk: disks[destinationEnd],
      old: old?.files ?? null,
      fresh: source.files,
      next: () => nextProcess(world, destinationEnd),
    })),
  );
}

/** The next process; it finds the disk as a kill or a power cut has left it. */
function nextProcess({ schedule, time, disks, processes }: World, end: End): NextProcess {
  const wasKilled = !processes[end].isAlive && !diesSilently(schedule, end);
  const disk = disks[end].reopen(wasKilled ? 'kill' : 'powerCut');
  const next = createSimulatedProcess({ name: 'next', seed: schedule.seed, time, disk });
  const { files, ids, processes: known } = next;
  const source = createDirectorySource({ path: destinationPath, files, ids, processes: known });
  return { disk, source, destination: destinationOn(next) };
}

function strike(
  { kind, process, operations, ms }: Fault,
  processes: Readonly<Record<End, SimulatedProcess>>,
  destination: End,
): void {
  if (kind === 'fullDisk') processes[destination].fillDisk();
  if (kind === 'clockJump') processes[process].clock.jump(ms);
  if (kind === 'kill') {
    const victim = processes[process];
    victim.killAfter(operations);
    // Kills a process that does nothing on its disk.
    victim.clock.setTimeout(() => victim.kill(), operations);
  }
}

function watch(
  name: End,
  actor: { subscribe(observer: { next(snapshot: { value: unknown }): void; error(): void }): unknown },
  note: (line: string) => void,
): void {
  let last = '';
  actor.subscribe({
    next({ value }) {
      const state = JSON.stringify(value);
      if (state !== last) note(`${name} ${state}`);
      last = state;
    },
    error: () => note(`${name} is in error`),
  });
}

async function runToTheEnd(
  world: World,
  network: SimulatedNetwork,
  transfer: Transfer,
  session: () => RunningSession | undefined,
): Promise<Simulated['outcome']> {
  const { time, processes, violations } = world;
  const began = time.now();
  let told: Simulated['outcome'] | null = null;
  transfer.done.then(
    () => {
      told = 'completed';
    },
    (error: unknown) => {
      told = codeOf(error, violations);
    },
  );
  let sessionIsOver = false;
  let watched: RunningSession | undefined;

  const isOver = () => {
    if (watched !== session()) {
      watched = session();
      watched?.closed.then((code) => {
        sessionIsOver = true;
        if (code === 'UNEXPECTED') violations.push('the session ended with UNEXPECTED');
      });
    }
    const clientIsOver = told !== null || !processes.client.isAlive;
    return clientIsOver && (sessionIsOver || !processes.server.isAlive);
  };
  await settled();
  while (!isOver()) {
    if (time.now() - began > longest) {
      violations.push(`it was not over after ${longest} ms`);
      break;
    }
    if (!(await step(world))) {
      if (!isOver()) violations.push('nothing happens any more, and it is not over');
      break;
    }
  }
  const over = time.now();
  let goesOn = true;
  while (goesOn && time.now() < over + afterwards) goesOn = await step(world);
  checkLeft(world, network, session);
  return told ?? 'killed';
}

/** Runs what is due next, and everything that follows from it at once; false if nothing is left. */
async function step({ time, violations }: World): Promise<boolean> {
  try {
    if (!time.step()) return false;
  } catch (error) {
    violations.push(`an uncaught exception: ${error instanceof Error ? error.stack : error}`);
  }
  await settled();
  return true;
}

function checkLeft(
  { processes, violations }: World,
  network: SimulatedNetwork,
  session: () => RunningSession | undefined,
): void {
  for (const end of ['client', 'server'] as const) {
    const { isAlive, clock } = processes[end];
    if (!isAlive) continue;
    if (clock.pending() > 0) violations.push(`${clock.pending()} timers of the ${end} are left`);
    if (network.listening(end) > 0 && (end === 'client' || session() !== undefined))
      violations.push(`the ${end} still listens to its socket`);
  }
}

/** The code of an error. A missing code, or one that stands for a bug of Ferry's, is a violation. */
function codeOf(error: unknown, violations: string[]): ErrorCode {
  if (error instanceof TransferError && error.code in errorTable && error.code !== 'UNEXPECTED')
    return error.code;
  violations.push(`an error that no table has: ${error instanceof Error ? error.stack : error}`);
  return 'UNEXPECTED';
}
