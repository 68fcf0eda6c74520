import type { FileSystem } from '../ports/files.js';
import { nodeFiles } from '../ports/node-files.js';
import type { Metadata, Schemas } from '../protocol/content.js';
import type { Given } from '../protocol/given.js';
import type { Limits } from '../protocol/limits.js';
import { createDirectoryDestination } from '../stores/directory/destination.js';
import { createDirectorySource } from '../stores/directory/source.js';
import { standingSource } from '../stores/standing-source.js';
import type { TransferDestination, TransferSource } from '../stores/store.js';
import type { ServedStores } from './served-stores.js';

/** Which folder is served, and how. */
export interface ServedFolderOptions {
  /** The folder; one that is missing or empty is an empty store. */
  readonly path: string;
  /** An export that gives the schemas and the metadata where the folder has none: Strapi's client brings neither. */
  readonly schemas?: string | undefined;
  /** Pulls only. @defaultValue false */
  readonly readOnly?: boolean | undefined;
  /** What is read of the folder, at most. @defaultValue see {@link Limits} */
  readonly limits?: Given<Limits> | undefined;
  /** @defaultValue the disk */
  readonly files?: FileSystem | undefined;
}

/** A folder as what a server serves: each session opens it for itself. */
export function servedFolder(options: ServedFolderOptions): ServedStores {
  const { path, schemas: given, readOnly = false, files = nodeFiles, limits = {} } = options;
  const known = async () =>
    given === undefined ? { metadata: null, schemas: null } : readGiven(given, files, limits);
  return {
    source: () => withSchemas(standingSource({ path, files, limits }), known),
    ...(readOnly ? {} : { destination: () => destinationWith(path, files, known) }),
  };
}

interface Known {
  readonly metadata: Metadata | null;
  readonly schemas: Schemas | null;
}

async function readGiven(path: string, files: FileSystem, limits: Given<Limits>): Promise<Known> {
  const source = createDirectorySource({ path, files, limits });
  try {
    await source.open();
    return { metadata: await source.metadata(), schemas: await source.schemas() };
  } finally {
    await source.close();
  }
}

function withSchemas(source: TransferSource, known: () => Promise<Known>): TransferSource {
  return {
    ...source,
    metadata: async () => (await source.metadata()) ?? (await known()).metadata,
    schemas: async () => nonEmpty(await source.schemas()) ?? (await known()).schemas,
  };
}

function destinationWith(path: string, files: FileSystem, known: () => Promise<Known>): TransferDestination {
  const inner = createDirectoryDestination({ path, force: true, files });
  const metadata = async () => (await inner.metadata()) ?? (await known()).metadata;
  const schemas = async () => nonEmpty(await inner.schemas()) ?? (await known()).schemas;
  return {
    ...inner,
    metadata,
    schemas,
    async prepare(plan) {
      await inner.prepare({
        ...plan,
        metadata: plan.metadata ?? (await metadata()),
        schemas: plan.schemas ?? (await schemas()),
      });
    },
  };
}

function nonEmpty(schemas: Schemas | null): Schemas | null {
  return schemas === null || Object.keys(schemas).length === 0 ? null : schemas;
}
