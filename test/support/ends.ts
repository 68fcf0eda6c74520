import { createRemoteDestination, createRemoteSource } from '../../src/client/index.js';
import type { RemoteDestinationOptions } from '../../src/client/remote-destination.js';
import type { Asset, Configuration, Entity, Link } from '../../src/protocol/content.js';
import type { TransferError } from '../../src/protocol/errors.js';
import type { MemoryAsset, MemoryContent } from '../../src/stores/memory.js';
import type { TransferDestination, TransferSource } from '../../src/stores/store.js';
import { createScriptedPeer, type ScriptedPeerOptions } from '../../src/testing/scripted-peer.js';
import { type StrapiScriptOptions, strapiScript } from '../../src/testing/strapi-script.js';
import { countingIds } from './ids.js';
import { settled, TestClock } from './test-clock.js';

const url = 'https://example.com/admin';

const entity = (id: number): Entity => ({ type: 'api::page.page', id, data: { title: `page ${id}` } });
const link = (id: number): Link => ({
  kind: 'relation.basic',
  relation: 'manyToOne',
  left: { type: 'api::page.page', ref: id, field: 'parent' },
  right: { type: 'api::page.page', ref: 1 },
});
const configuration: readonly Configuration[] = [{ type: 'core-store', value: { key: 'a', value: '1' } }];
const asset = (filename: string, size: number): MemoryAsset => ({
  filename,
  metadata: { id: size, name: filename },
  bytes: Uint8Array.from({ length: size }, (_, index) => (index * 31 + size) % 256),
});

/** Something of everything. */
export const sample: MemoryContent = {
  metadata: { createdAt: '2026-01-02T03:04:05.678Z', strapi: { version: '5.54.0' } },
  schemas: { 'api::page.page': { uid: 'api::page.page', attributes: { title: { type: 'string' } } } },
  entities: [1, 2, 3, 4, 5].map(entity),
  links: [2, 3, 4].map(link),
  configuration,
  assets: [asset('a.bin', 3000), asset('empty.txt', 0), asset('b.bin', 300_000)],
};

type Options = Partial<RemoteDestinationOptions> & {
  readonly script?: Partial<StrapiScriptOptions>;
  readonly peer?: ScriptedPeerOptions;
};

/** A remote source or destination against a scripted Strapi, on a simulated clock. */
export function remote<D extends 'push' | 'pull'>(
  direction: D,
  { script, peer: playing, ...options }: Options = {},
) {
  const clock = new TestClock();
  const server = strapiScript({ direction, content: sample, ...script });
  const peer = createScriptedPeer({ clock, answer: server.answer, ...playing });
  const common = { url, token: 'secret-token', open: peer.open, clock, ids: countingIds(), ...options };
  type End = D extends 'push'
    ? ReturnType<typeof createRemoteDestination>
    : ReturnType<typeof createRemoteSource>;
  const end = (direction === 'push' ? createRemoteDestination(common) : createRemoteSource(common)) as End;
  return { clock, server, peer, end, state: () => end.remote.state() };
}

/** What stands in a source, all of it, in the protocol's order. */
export async function readAll(source: TransferSource) {
  const assets: MemoryAsset[] = [];
  const entities = await rowsOf(source, 'entities');
  for await (const one of source.assets()) assets.push(await readAsset(one));
  const links = await rowsOf(source, 'links');
  return { entities, assets, links, configuration: await rowsOf(source, 'configuration') };
}

async function rowsOf(source: TransferSource, step: 'entities' | 'links' | 'configuration') {
  const rows: unknown[] = [];
  for await (const batch of source.rows(step)) rows.push(...batch);
  return rows;
}

async function readAsset({ filename, metadata, stream }: Asset): Promise<MemoryAsset> {
  const parts: Uint8Array[] = [];
  for await (const part of stream()) parts.push(part);
  return { filename, metadata, bytes: new Uint8Array(Buffer.concat(parts)) };
}

/** Writes content into a destination that is prepared, in the protocol's order. */
export async function writeAll(destination: TransferDestination, content: MemoryContent): Promise<void> {
  for (const step of ['entities', 'assets', 'links', 'configuration'] as const) {
    if (step === 'assets') {
      const writer = await destination.assetWriter();
      for (const one of content.assets) await writer.write(toAsset(one));
      await writer.end();
      continue;
    }
    const writer = await destination.rowWriter(step);
    await writer.write(content[step] as never);
    await writer.end();
  }
}

export function toAsset({ filename, metadata, bytes }: MemoryAsset): Asset {
  return {
    filename,
    metadata,
    size: bytes.length,
    async *stream() {
      if (bytes.length > 0) yield bytes;
    },
  };
}

/** A destination as it stands before its first stage. */
export async function prepare(destination: TransferDestination): Promise<void> {
  await destination.open({ types: ['api::page.page'] });
  await destination.metadata();
  await destination.schemas();
  await destination.prepare({
    steps: ['entities', 'assets', 'links', 'configuration'],
    metadata: sample.metadata,
    schemas: sample.schemas,
  });
}

/** What a promise came to, asked without waiting. */
export interface Outcome {
  readonly state: 'pending' | 'resolved' | 'rejected';
  readonly value?: unknown;
  readonly error?: TransferError;
}

export function watch(promise: Promise<unknown>): () => Outcome {
  let outcome: Outcome = { state: 'pending' };
  promise.then(
    (value) => {
      outcome = { state: 'resolved', value };
    },
    (error: unknown) => {
      outcome = { state: 'rejected', error: error as TransferError };
    },
  );
  return () => outcome;
}

export { settled };
