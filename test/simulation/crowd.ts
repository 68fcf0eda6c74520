import type { Clock } from '../../src/ports/clock.js';
import type { FileSystem } from '../../src/ports/files.js';
import type { Random } from '../../src/ports/random.js';
import { TransferError } from '../../src/protocol/errors.js';
import type { RunningSession } from '../../src/server/session.js';
import { createDirectorySource } from '../../src/stores/directory/source.js';
import { createMemoryStore } from '../../src/stores/memory.js';
import type { TransferSource } from '../../src/stores/store.js';
import { createMemoryFiles } from '../../src/testing/memory-files.js';
import { seededRandom } from '../../src/testing/seeded.js';
import { settled } from '../../src/testing/test-clock.js';
import { destinationPath, startClient, startServer } from './ends.js';
import { contentOfFolder, isSameFolder } from './folder-content.js';
import { createPreparedFolders, type PreparedFolder, putFolder } from './folders.js';
import { calm } from './schedule.js';
import { shapes } from './shapes.js';
import { createSimulatedNetwork } from './simulated-network.js';
import { createSimulatedProcess } from './simulated-process.js';
import { createSimulatedTime } from './simulated-time.js';
import { slowFiles } from './slow-files.js';

/** What came of a crowd at one store. */
export interface CrowdOutcome {
  /** How each transfer ended, by its name: completed, or the code of its error. */
  readonly outcomes: Readonly<Record<string, string>>;
  /** What each reader of the folder saw, in order: the label of one version, or what it was instead. */
  readonly seen: readonly string[];
  readonly violations: readonly string[];
}

const labels = ['old', 'first', 'second'] as const;
const folders = createPreparedFolders();
/** That read the folder beside the server. */
const readerCount = 4;
/** Simulated milliseconds. */
const longest = 20 * 60_000;

/**
 * Two pushes, a pull and a revocation at one store, at moments that the seed draws, while others read
 * the folder again and again: every reader must see one version, whole.
 *
 * @param change Gives another disk in place of the server's.
 */
export async function simulateCrowd(
  seed: number,
  change: (disk: FileSystem, clock: Clock) => FileSystem = (disk) => disk,
): Promise<CrowdOutcome> {
  const random = seededRandom(seed);
  const time = createSimulatedTime();
  const shape = oneOf(
    random,
    shapes.filter(({ name }) => name === 'a little' || name === 'many files'),
  );
  const versions = new Map<string, PreparedFolder>();
  for (const label of labels) versions.set(label, await folders(shape, label));
  const disk = createMemoryFiles();
  await putFolder(disk, destinationPath, versionOf(versions, 'old'));
  const server = createSimulatedProcess({
    name: 'server',
    seed,
    time,
    disk: change(slowFiles(disk, time, random), time),
  });
  const violations: string[] = [];
  const outcomes: Record<string, string> = {};
  const seen: string[] = [];
  const committed = new Set<string>();
  const revoked = oneOf(random, ['first', 'second', 'pull', 'nobody']);
  const revokedAt = random() * 400;
  const within = (ms: number) => new Promise<void>((resolve) => void time.setTimeout(resolve, random() * ms));
  let running = 3;

  async function transfer(name: 'first' | 'second' | 'pull'): Promise<void> {
    await within(300);
    const direction = name === 'pull' ? 'pull' : 'push';
    const schedule = calm(direction, shape, direction === 'push' ? 'memory' : 'directory');
    const ownDisk = createMemoryFiles();
    const client = createSimulatedProcess({ name, seed: seed + name.length, time, disk: ownDisk });
    const { content } = versionOf(versions, name === 'pull' ? 'old' : name);
    const end = { schedule, content, folder: destinationPath };
    const isRevoked = () => revoked === name && time.now() > revokedAt;
    let session: RunningSession | undefined;
    const network = createSimulatedNetwork({
      ...{ time, schedule, client, server, note: () => {}, strike: () => {} },
      accept(socket) {
        const authorize = async () => (isRevoked() ? ('UNAUTHORIZED' as const) : null);
        session = startServer(socket, { ...end, process: server, authorize });
      },
    });
    const { done } = startClient(network.open, { ...end, process: client });
    outcomes[name] = await done.then(() => 'completed', codeOf);
    await session?.closed;
    if (session?.fate() === 'completed') committed.add(name);
    if (name === 'pull' && outcomes[name] === 'completed') {
      const got = await contentOfFolder(ownDisk, destinationPath);
      const label = labels.find((each) => isSameFolder(got, versionOf(versions, each).files, true));
      if (label === undefined) violations.push('the pull has neither old nor new');
    }
    running -= 1;
  }

  async function readAgainAndAgain(): Promise<void> {
    const wanted = new Map<string, string>();
    for (const [label, { content }] of versions)
      wanted.set(await textOf(createMemoryStore(content).source()), label);
    while (running > 0) {
      await within(15);
      const { files, ids, processes, clock } = server;
      const source = createDirectorySource({ path: destinationPath, files, ids, processes, clock });
      const text = await textOf(source).catch(codeOf);
      const label = wanted.get(text);
      seen.push(label ?? text.slice(0, 80));
      if (label === undefined) violations.push(`a reader saw neither old nor new: ${text.slice(0, 200)}`);
    }
  }

  const readers = Array.from({ length: readerCount });
  const all = Promise.all([
    transfer('first'),
    transfer('second'),
    transfer('pull'),
    ...readers.map(readAgainAndAgain),
  ]);
  let isOver = false;
  void all.then(() => {
    isOver = true;
  });
  await settled();
  while (!isOver && time.now() < longest && time.step()) await settled();
  if (!isOver) violations.push('it came to no end');
  violations.push(...(await faultAtTheEnd(disk, versions, committed)));
  return { outcomes, seen, violations };
}

/** The folder is one that was committed, or the old one where none was. */
async function faultAtTheEnd(
  disk: FileSystem,
  versions: ReadonlyMap<string, PreparedFolder>,
  committed: ReadonlySet<string>,
): Promise<readonly string[]> {
  const folder = await contentOfFolder(disk, destinationPath);
  const label = [...versions].find(([, { files }]) => isSameFolder(folder, files, true))?.[0] ?? 'neither';
  const mayBe = committed.size === 0 ? ['old'] : [...committed];
  return mayBe.includes(label)
    ? []
    : [`the folder is ${label} in the end, and committed were ${mayBe.join(', ')}`];
}

/** All that a source gives, as one text. */
async function textOf(source: TransferSource): Promise<string> {
  await source.open();
  try {
    const parts: unknown[] = [];
    for (const step of ['entities', 'links', 'configuration'] as const)
      for await (const rows of source.rows(step)) parts.push(...rows);
    const assets: string[] = [];
    for await (const { filename, stream } of source.assets()) {
      let size = 0;
      for await (const chunk of stream()) size += chunk.length;
      assets.push(`${filename} ${size}`);
    }
    return JSON.stringify([parts, assets.sort()]);
  } finally {
    await source.close();
  }
}

const codeOf = (error: unknown) => (error instanceof TransferError ? error.code : String(error));

function versionOf(versions: ReadonlyMap<string, PreparedFolder>, label: string): PreparedFolder {
  const version = versions.get(label);
  if (version === undefined) throw new Error(`no version is called ${label}`);
  return version;
}

function oneOf<T>(random: Random, choices: readonly T[]): T {
  return choices[Math.floor(random() * choices.length)] as T;
}
