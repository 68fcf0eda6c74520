import { mkdir, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Strapi } from '../../../src/strapi/strapi.js';
import { configureDatabase, createAppFolder, type Version } from '../../strapi/harness/app-folder.js';
import type { Content } from '../../strapi/harness/child.js';
import type { DatabaseConnection } from '../../support/database-server.js';

export interface StrapiInProcessOptions {
  /** @default 'current' */
  readonly version?: Version;
  /** @default 'hard' */
  readonly content?: Content;
  /** An empty database of a server; it is seeded when Strapi is loaded. @default SQLite */
  readonly database?: DatabaseConnection;
  /** knex's `pool`. @default Strapi's */
  readonly pool?: { readonly min?: number; readonly max?: number };
  /** Changes the project before it is loaded: schemas, configuration. */
  readonly prepare?: (folder: string) => Promise<void>;
}

export interface StrapiInProcess {
  readonly strapi: Strapi;
  /** The project: `data.db`, `public/uploads`. */
  readonly folder: string;
  /** What Strapi resolves from the project: its own packages, such as `@strapi/data-transfer`. */
  readonly require: NodeJS.Require;
  /** Ends Strapi and removes the project. */
  stop(): Promise<void>;
}

const signals = ['SIGTERM', 'SIGINT'] as const;

interface LoadedStrapi extends Strapi {
  destroy(): Promise<void>;
}

const environment = {
  NODE_ENV: 'production',
  STRAPI_TELEMETRY_DISABLED: 'true',
  JWT_SECRET: 'test-jwt-secret',
  FERRY_TOKEN_SALT: 'test-transfer-token-salt',
};

/**
 * A Strapi in the test's own process: loaded, and listening nowhere. Of two in one process the global `strapi` is the one that
 * was loaded last.
 */
export async function loadStrapi(options: StrapiInProcessOptions = {}): Promise<StrapiInProcess> {
  const { version = 'current', content = 'hard', database, pool, prepare } = options;
  const folder = await createAppFolder(version, content);
  const require = createRequire(join(folder, 'package.json'));
  let strapi: LoadedStrapi | null = null;
  const stop = async () => {
    if (strapi !== null) await keepingListeners(strapi.destroy.bind(strapi));
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    if (database !== undefined) await moveToServer(folder, database, pool);
    else if (pool !== undefined) throw new Error('A SQLite has one connection');
    await prepare?.(folder);
    Object.assign(process.env, environment);
    const before = signals.map((signal) => process.listeners(signal));
    strapi = await load(require, folder);
    for (const [index, signal] of signals.entries()) {
      for (const listener of process.listeners(signal)) {
        if (before[index]?.includes(listener) !== true) process.off(signal, listener);
      }
    }
    if (database !== undefined) await seed(strapi, content);
  } catch (error) {
    await stop();
    throw error;
  }
  return { strapi, folder, require, stop };
}

async function load(require: NodeJS.Require, folder: string): Promise<LoadedStrapi> {
  const { createStrapi } = require('@strapi/strapi') as {
    createStrapi(options: object): { load(): Promise<LoadedStrapi> };
  };
  return createStrapi({ appDir: folder, distDir: folder, serveAdminPanel: false }).load();
}

/** A Strapi that ends takes every listener of its process with it: those of the test runner too. */
async function keepingListeners(end: () => Promise<void>): Promise<void> {
  const { removeAllListeners } = process;
  process.removeAllListeners = () => process;
  try {
    await end();
  } finally {
    process.removeAllListeners = removeAllListeners;
  }
}

/** The project as it is before it was seeded. */
async function moveToServer(folder: string, database: DatabaseConnection, pool: object | undefined) {
  await rm(join(folder, 'data.db'));
  const uploads = join(folder, 'public', 'uploads');
  await rm(uploads, { recursive: true });
  await mkdir(uploads);
  await configureDatabase(folder, database, pool);
}

async function seed(strapi: LoadedStrapi, content: Content): Promise<void> {
  if (content === 'none') return;
  const name = typeof content === 'string' ? content : 'bulk';
  const file = new URL(`../../strapi/seed/${name}.mjs`, import.meta.url);
  const seeds = (await import(file.href)) as Record<
    string,
    (strapi: object, content: Content) => Promise<void>
  >;
  for (const each of Object.values(seeds)) await each(strapi, content);
}
