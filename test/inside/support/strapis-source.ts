import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import type { RowOf, RowStep } from '../../../src/protocol/content.js';
import { isProtectedType } from '../../../src/protocol/protected-types.js';
import type { StrapiInProcess } from './strapi-in-process.js';

interface StrapiAsset {
  readonly filename: string;
  readonly metadata: object;
  readonly stats: { readonly size: number };
  readonly stream: Readable;
}

interface StrapiSourceProvider {
  bootstrap(): Promise<void>;
  getSchemas(): Record<string, object>;
  createEntitiesReadStream(): Promise<Readable>;
  createLinksReadStream(): Readable;
  createConfigurationReadStream(): Readable;
  createAssetsReadStream(): Readable;
}

/** What Strapi's own source provider gives of the same Strapi, but for what Ferry never moves. */
export async function strapisSource({ strapi, require }: StrapiInProcess) {
  const transfer = require('@strapi/data-transfer') as {
    strapi: { providers: { createLocalStrapiSourceProvider(options: object): StrapiSourceProvider } };
  };
  const provider = transfer.strapi.providers.createLocalStrapiSourceProvider({
    getStrapi: () => strapi,
    autoDestroy: false,
  });
  await provider.bootstrap();
  const streams = {
    entities: () => provider.createEntitiesReadStream(),
    links: async () => provider.createLinksReadStream(),
    configuration: async () => provider.createConfigurationReadStream(),
  };

  return {
    schemas: () => provider.getSchemas(),
    async rows<S extends RowStep>(step: S): Promise<RowOf[S][]> {
      const rows: RowOf[S][] = [];
      for await (const row of await streams[step]()) rows.push(onWire(row));
      return rows.filter((row) => !isProtected(row));
    },
    async assets() {
      const assets: { filename: string; metadata: object; size: number; sha256: string }[] = [];
      for await (const {
        filename,
        metadata,
        stats,
        stream,
      } of provider.createAssetsReadStream() as AsyncIterable<StrapiAsset>) {
        assets.push({
          filename,
          metadata: onWire(metadata),
          size: stats.size,
          sha256: await sha256Of(stream),
        });
      }
      return assets;
    },
  };
}

export async function sha256Of(bytes: AsyncIterable<Uint8Array>): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of bytes) hash.update(chunk);
  return hash.digest('hex');
}

/** As JSON has it. */
export const onWire = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

function isProtected(row: object): boolean {
  const { type, left, right } = row as { type?: string; left?: { type: string }; right?: { type: string } };
  return [type, left?.type, right?.type].some((uid) => uid !== undefined && isProtectedType(uid));
}
