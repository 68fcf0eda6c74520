import { createHash } from 'node:crypto';
import { setImmediate as turn } from 'node:timers/promises';
import { createDirectoryDestination } from '../../src/stores/directory/destination.js';
import { createDirectorySource } from '../../src/stores/directory/source.js';
import { createMemoryStore } from '../../src/stores/memory.js';
import { createMemoryFiles, type MemoryFiles } from '../../src/testing/memory-files.js';
import { createScriptedPeer, type ScriptedPeer, type SentMessage } from '../../src/testing/scripted-peer.js';
import { kindOf, strapiScript } from '../../src/testing/strapi-script.js';
import { TestClock } from '../../src/testing/test-clock.js';
import {
  createTransfer,
  type TransferOptions,
  type TransferResult,
} from '../../src/transfer/create-transfer.js';
import { smallContent } from './small-content.js';

export type Direction = 'push' | 'pull';

const stages = ['entities', 'assets', 'links', 'configuration'];
const moments: Readonly<Record<Direction, readonly string[]>> = {
  push: [
    ...['init', 'bootstrap', 'getMetadata', 'getSchemas', 'beforeTransfer'],
    ...stages.flatMap((stage) => [`${stage}.start`, `${stage}.stream`, `${stage}.end`]),
    ...['close', 'end'],
  ],
  // `close` and `end` of a pull come when everything has been read: what goes wrong there changes nothing.
  pull: [
    ...['init', 'bootstrap', 'getMetadata', 'getSchemas', 'entities.start', 'confirmation'],
    ...['entities.end', ...stages.slice(1).flatMap((stage) => [`${stage}.start`, `${stage}.end`])],
  ],
};

/** Every request of a transfer, and a pull's confirmations of batches: each state of the lifecycle that waits. */
export const everyMoment = (['push', 'pull'] as const).flatMap((direction) =>
  moments[direction].map((at) => [direction, at] as const),
);

/** A request that has arrived, in the hands of a server that means ill. */
export interface Lie {
  readonly message: SentMessage;
  readonly peer: ScriptedPeer;
  /** Answers as a Strapi would. */
  readonly answer: () => void;
  /** From now on nothing more is answered; pings are. */
  readonly hush: () => void;
}

export interface LyingServer {
  readonly direction: Direction;
  /** The request, as `kindOf` names it, that `misbehave` answers. */
  readonly at: string;
  readonly misbehave: (lie: Lie) => void;
  /** Whether `misbehave` answers each such request, not the first alone. */
  readonly always?: boolean;
}

const path = '/data/content';
const url = 'http://lying.example/admin';

/** A pull that fails leaves it as it is, one that succeeds brings the same content again. */
const disk = (async () => {
  const files = createMemoryFiles();
  const to = createDirectoryDestination({ path, files });
  await createTransfer({ from: createMemoryStore(smallContent).source(), to }).done;
  return files;
})();

/** Runs a transfer between a folder in memory and a scripted Strapi that lies once, in simulated time. */
export async function transferWith(server: LyingServer, options: Partial<TransferOptions> = {}) {
  const clock = new TestClock();
  const files = await disk;
  const store = { path, files };
  const before = await treeOf(files);
  const lying = createLyingPeer(server, clock);
  const ends =
    server.direction === 'push'
      ? { from: createDirectorySource(store), to: url, toToken: 'secret' }
      : { from: url, to: createDirectoryDestination({ ...store, force: true }), fromToken: 'secret' };
  const transfer = createTransfer({
    ...ends,
    open: lying.open,
    clock,
    force: true,
    schemaStrategy: 'ignore',
    ...options,
  });
  let outcome: TransferResult | Error | null = null;
  transfer.done.then(
    (result) => {
      outcome = result;
    },
    (error: Error) => {
      outcome = error;
    },
  );
  while (outcome === null) if (!(await clock.passToNext())) await turn();
  return {
    outcome: outcome as TransferResult | Error,
    reached: lying.reached(),
    before,
    after: await treeOf(files),
  };
}

function createLyingPeer({ direction, at, misbehave, always = false }: LyingServer, clock: TestClock) {
  let reached = false;
  // Each connection has a script of its own; what it lies about comes once.
  const open: ScriptedPeer['open'] = (onRefusal) => {
    const script = strapiScript({ direction, content: smallContent, batchSize: 3 });
    let isQuiet = false;
    const obey = (message: SentMessage, peer: ScriptedPeer) => {
      try {
        script.answer(message, peer);
      } catch (error) {
        peer.error(message.uuid, { message: String(error) });
      }
    };
    return createScriptedPeer({
      clock,
      answer(message, peer) {
        if (isQuiet) return;
        if (kindOf(message) !== at || (reached && !always)) return obey(message, peer);
        reached = true;
        const hush = () => {
          isQuiet = true;
        };
        misbehave({ message, peer, answer: () => obey(message, peer), hush });
      },
    }).open(onRefusal);
  };
  return { open, reached: () => reached };
}

/** Everything on a disk in memory, with its bytes: path → SHA-256, folders as `folder`. */
async function treeOf(files: MemoryFiles, folder = '/'): Promise<Readonly<Record<string, string>>> {
  const tree: Record<string, string> = {};
  for (const name of (await files.list(folder)) ?? []) {
    const inside = `${folder === '/' ? '' : folder}/${name}`;
    const info = await files.stat(inside);
    if (info?.kind === 'directory') Object.assign(tree, { [inside]: 'folder' }, await treeOf(files, inside));
    else
      tree[inside] = createHash('sha256')
        .update(await files.read(inside))
        .digest('hex');
  }
  return tree;
}
