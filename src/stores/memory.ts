import type {
  Asset,
  Configuration,
  Entity,
  Link,
  Metadata,
  RowOf,
  RowStep,
  Schemas,
} from '../protocol/content.js';
import { TransferError } from '../protocol/errors.js';
import type { Given } from '../protocol/given.js';
import { safeFilename } from './asset-filename.js';
import type { AssetWriter, RowWriter, TransferDestination, TransferPlan, TransferSource } from './store.js';

/** An asset whose bytes are held. */
export interface MemoryAsset {
  /** Without folders: `<hash><ext>`. */
  readonly filename: string;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly bytes: Uint8Array;
}

/** One version of what a memory store holds. Never changed: a commit puts another in its place. */
export interface MemoryContent {
  readonly metadata: Metadata | null;
  readonly schemas: Schemas | null;
  readonly entities: readonly Entity[];
  readonly links: readonly Link[];
  readonly configuration: readonly Configuration[];
  readonly assets: readonly MemoryAsset[];
}

/** A store in memory: for tests, for previews, and for content that an app makes up as it goes. */
export interface MemoryStore {
  /** A new source of what stands here when it is opened. */
  source(): TransferSource;
  /** A new destination. One may be open at a time: STORE_IN_USE. */
  destination(): TransferDestination;
  /** What was committed last. */
  content(): MemoryContent;
}

const nothing: MemoryContent = {
  metadata: null,
  schemas: null,
  entities: [],
  links: [],
  configuration: [],
  assets: [],
};

const batchSize = 500;

/**
 * A store whose content is held in memory, and gone with the process.
 * @param initial What stands in the store at first; empty where nothing is given.
 */
export function createMemoryStore(initial: Given<MemoryContent> = {}): MemoryStore {
  const given = Object.entries(initial).filter(([, part]) => part !== undefined);
  let current: MemoryContent = { ...nothing, ...Object.fromEntries(given) };
  let writing = false;
  return {
    source: () => memorySource(() => current),
    destination: () =>
      memoryDestination({
        content: () => current,
        commit(next) {
          current = next;
        },
        lock() {
          if (writing) throw new TransferError('STORE_IN_USE', { path: 'The memory store', pid: 'this one' });
          writing = true;
        },
        unlock() {
          writing = false;
        },
      }),
    content: () => current,
  };
}

function memorySource(content: () => MemoryContent): TransferSource {
  let pinned: MemoryContent | undefined;
  const read = (): MemoryContent => {
    if (pinned === undefined) throw new TransferError('ABORTED', { because: 'its source is closed' });
    return pinned;
  };

  function asset({ filename, metadata, bytes }: MemoryAsset): Asset {
    return {
      filename,
      metadata,
      size: bytes.length,
      async *stream() {
        read();
        if (bytes.length > 0) yield bytes;
      },
    };
  }

  return {
    name: 'memory',
    rereads: true,
    async open() {
      pinned = content();
    },
    metadata: async () => read().metadata,
    schemas: async () => read().schemas,
    async *rows<S extends RowStep>(step: S) {
      const rows = read()[step] as unknown as readonly RowOf[S][];
      for (let at = 0; at < rows.length; at += batchSize) {
        read();
        yield rows.slice(at, at + batchSize);
      }
    },
    async *assets() {
      for (const each of read().assets) {
        read();
        yield asset(each);
      }
    },
    totals(step) {
      if (pinned === undefined) return undefined;
      if (step !== 'assets') return { count: pinned[step].length };
      const bytes = pinned.assets.reduce((sum, each) => sum + each.bytes.length, 0);
      return { count: pinned.assets.length, bytes };
    },
    async close() {
      pinned = undefined;
    },
  };
}

interface Holder {
  content(): MemoryContent;
  commit(next: MemoryContent): void;
  lock(): void;
  unlock(): void;
}

interface Draft {
  readonly plan: TransferPlan;
  readonly rows: { readonly [S in RowStep]: RowOf[S][] };
  /** By file name: the last of one name stays, as in a folder. */
  readonly assets: Map<string, MemoryAsset>;
}

function memoryDestination(holder: Holder): TransferDestination {
  let open = false;
  let draft: Draft | undefined;
  let isCommitted = false;

  const written = (): Draft => {
    if (draft !== undefined) return draft;
    throw new TransferError('STORE_FAILED', {
      path: 'The memory store',
      reason: 'nothing was prepared to be written',
    });
  };

  return {
    name: 'memory',
    async open() {
      holder.lock();
      open = true;
    },
    metadata: async () => holder.content().metadata,
    schemas: async () => holder.content().schemas,
    async prepare(plan) {
      isCommitted = false;
      draft = { plan, rows: { entities: [], links: [], configuration: [] }, assets: new Map() };
    },
    async rowWriter<S extends RowStep>(step: S): Promise<RowWriter<S>> {
      const kept = written().rows[step] as RowOf[S][];
      let count = 0;
      return {
        async write(rows) {
          for (const row of rows) kept.push(row);
          count += rows.length;
        },
        end: async () => ({ started: count, finished: count }),
      };
    },
    async assetWriter(): Promise<AssetWriter> {
      const { assets } = written();
      const stats = { started: 0, finished: 0 };
      return {
        async write(asset) {
          stats.started += 1;
          const filename = safeFilename(asset.filename);
          assets.set(filename, { filename, metadata: asset.metadata, bytes: await bytesOf(asset) });
          stats.finished += 1;
        },
        end: async () => ({ ...stats }),
      };
    },
    async commit() {
      if (draft === undefined) return;
      const { plan, rows, assets } = draft;
      const before = holder.content();
      holder.commit({
        metadata: plan.metadata ?? before.metadata,
        schemas: plan.schemas ?? before.schemas,
        ...rows,
        assets: [...assets.values()],
      });
      draft = undefined;
      isCommitted = true;
    },
    async rollback() {
      draft = undefined;
      return isCommitted ? { stands: 'new' } : undefined;
    },
    async close() {
      draft = undefined;
      if (open) holder.unlock();
      open = false;
    },
  };
}

async function bytesOf(asset: Asset): Promise<Uint8Array> {
  const { filename, size: expected } = asset;
  const chunks: Uint8Array[] = [];
  let actual = 0;
  for await (const chunk of asset.stream()) {
    // Once it is too long it is only counted: what was announced is all that is held.
    if (expected === null || actual + chunk.length <= expected) chunks.push(chunk.slice());
    actual += chunk.length;
  }
  if (expected !== null && actual !== expected) {
    throw new TransferError('ASSET_SIZE_MISMATCH', { filename, actual, expected });
  }
  const bytes = new Uint8Array(actual);
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.length;
  }
  return bytes;
}
