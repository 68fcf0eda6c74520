import { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import type { Asset, Configuration, Entity, Link } from '../../../src/protocol/content.js';
import type { RestoreOptions } from '../../../src/protocol/messages.js';
import { isProtectedType } from '../../../src/protocol/protected-types.js';
import { restoreNothing } from '../../../src/protocol/restore.js';
import type { TransferDestination } from '../../../src/stores/store.js';
import type { StrapiInProcess } from './strapi-in-process.js';

/** What a client pushes: all that may be moved. */
export interface Pushed {
  readonly schemas: readonly string[];
  readonly entities: readonly Entity[];
  readonly links: readonly Link[];
  readonly configuration: readonly Configuration[];
  readonly assets: readonly PushedAsset[];
}

interface PushedAsset {
  readonly filename: string;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly bytes: Buffer;
}

interface SourceProvider {
  bootstrap(): Promise<void>;
  createEntitiesReadStream(): Readable | Promise<Readable>;
  createLinksReadStream(): Readable | Promise<Readable>;
  createConfigurationReadStream(): Readable | Promise<Readable>;
  createAssetsReadStream(): Readable | Promise<Readable>;
}

interface DestinationProvider {
  bootstrap(): Promise<void>;
  beforeTransfer(): Promise<void>;
  createEntitiesWriteStream(): NodeJS.WritableStream;
  createAssetsWriteStream(): Promise<NodeJS.WritableStream>;
  createLinksWriteStream(): Promise<NodeJS.WritableStream>;
  createConfigurationWriteStream(): Promise<NodeJS.WritableStream>;
  close(): Promise<void>;
}

interface Providers {
  createLocalStrapiSourceProvider(options: object): SourceProvider;
  createLocalStrapiDestinationProvider(options: object): DestinationProvider;
}

const providersOf = ({ require }: StrapiInProcess): Providers =>
  (require('@strapi/data-transfer') as { strapi: { providers: Providers } }).strapi.providers;

async function all<T>(stream: AsyncIterable<unknown>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of stream) items.push(item as T);
  return items;
}

/** The content of a Strapi, read by Strapi's own source. */
export async function readByStrapi(from: StrapiInProcess): Promise<Pushed> {
  const source = providersOf(from).createLocalStrapiSourceProvider({
    getStrapi: async () => from.strapi,
    autoDestroy: false,
  });
  await source.bootstrap();
  const entities = await all<Entity>(await source.createEntitiesReadStream());
  const assets: PushedAsset[] = [];
  for await (const { filename, metadata, stream } of await source.createAssetsReadStream())
    assets.push({ filename, metadata, bytes: Buffer.concat(await all<Buffer>(stream)) });
  const links = await all<Link>(await source.createLinksReadStream());
  const configuration = await all<Configuration>(await source.createConfigurationReadStream());
  return {
    schemas: [...Object.keys(from.strapi.contentTypes), ...Object.keys(from.strapi.components)],
    entities: entities.filter(({ type }) => !isProtectedType(type)),
    links: links.filter(({ left, right }) => !isProtectedType(left.type) && !isProtectedType(right.type)),
    configuration,
    assets,
  };
}

/** A push as Strapi's own server carries it out. `strapi` has to be the one that was loaded last. */
export async function pushByStrapi(
  to: StrapiInProcess,
  pushed: Pushed,
  restore: RestoreOptions,
): Promise<void> {
  const destination = providersOf(to).createLocalStrapiDestinationProvider({
    ...{ getStrapi: async () => to.strapi, strategy: 'restore', autoDestroy: false },
    restore: keepingAdmin(to, restore),
  });
  await destination.bootstrap();
  // A client that only adds leaves this away.
  if (restore !== restoreNothing) await destination.beforeTransfer();
  const { entities, links, configuration, assets } = structuredClone(pushed);
  await writeTo(destination.createEntitiesWriteStream(), entities);
  if (restore.assets) {
    const files = assets.map(({ bytes, ...asset }) => ({ ...asset, stream: Readable.from([bytes]) }));
    await writeTo(await destination.createAssetsWriteStream(), files);
  }
  await writeTo(await destination.createLinksWriteStream(), links);
  await writeTo(await destination.createConfigurationWriteStream(), configuration);
  await destination.close();
}

/** As Strapi's server does before it gives them to its destination. */
function keepingAdmin({ strapi }: StrapiInProcess, restore: RestoreOptions): RestoreOptions {
  const admin = Object.keys(strapi.contentTypes).filter((uid) => uid.startsWith('admin::'));
  const exclude = [...(restore.entities.exclude ?? []), ...admin];
  return { ...restore, entities: { ...restore.entities, exclude } };
}

async function writeTo(stream: NodeJS.WritableStream, items: readonly object[]): Promise<void> {
  const written = stream as unknown as import('node:stream').Writable;
  const over = finished(written);
  for (const item of items)
    await new Promise<void>((resolve, reject) => {
      written.write(item, (error) => (error ? reject(error) : resolve()));
    });
  written.end();
  await over;
}

/** The same push into a destination of Ferry's, up to the commit. */
export async function stagePush(
  to: TransferDestination,
  pushed: Pushed,
  restore: RestoreOptions,
): Promise<void> {
  await to.open();
  await stageAgain(to, pushed, restore);
}

/** Likewise, into a destination that is open. */
export async function stageAgain(
  to: TransferDestination,
  pushed: Pushed,
  restore: RestoreOptions,
): Promise<void> {
  const steps = (['entities', 'assets', 'links', 'configuration'] as const).filter(
    (step) => step !== 'assets' || restore.assets,
  );
  await to.prepare({ steps, metadata: null, schemas: null, restore });
  const { entities, links, configuration, assets } = structuredClone(pushed);
  const rows = { entities, links, configuration };
  for (const step of steps) {
    if (step === 'assets') {
      const writer = await to.assetWriter();
      for (const asset of assets) await writer.write(assetOf(asset));
      await writer.end();
    } else {
      const writer = await to.rowWriter(step);
      const all = rows[step] as never[];
      for (let at = 0; at < all.length; at += 100) await writer.write(all.slice(at, at + 100));
      await writer.end();
    }
  }
}

/** The same push into a destination of Ferry's. */
export async function pushByFerry(
  to: TransferDestination,
  pushed: Pushed,
  restore: RestoreOptions,
): Promise<void> {
  try {
    await stagePush(to, pushed, restore);
    await to.commit();
  } finally {
    await to.close();
  }
}

function assetOf({ filename, metadata, bytes }: PushedAsset): Asset {
  return {
    ...{ filename, metadata, size: bytes.length },
    async *stream() {
      yield new Uint8Array(bytes);
    },
  };
}
