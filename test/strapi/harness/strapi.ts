import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { DatabaseConnection } from '../../support/database-server.js';
import {
  alterArticleSchema,
  createAppFolder,
  createServedFolder,
  movePanel,
  type Version,
} from './app-folder.js';
import { type Content, type Exit, StrapiProcess, type Tokens } from './child.js';

export interface StrapiOptions {
  /** @default 'current' */
  version?: Version;
  /** @default 'none' */
  content?: Content;
  /** The folder of a Strapi whose process was killed: it is started again. @default a new one */
  appDir?: string;
  /** An empty database of a server; it is seeded at the start. @default SQLite */
  database?: DatabaseConnection;
  /** Whether `server.transfer.remote.enabled` is set. @default true */
  transferEnabled?: boolean;
  /** Whether there is an `admin.transfer.token.salt`; without one the tokens are of no use. @default true */
  tokenSalt?: boolean;
  /** 'different' gives articles another set of attributes, to provoke a schema mismatch. @default 'same' */
  schemaVariant?: 'same' | 'different';
  /** Whether an upload provider holds its files that is not its own disk: they lie in `bucket` of its folder. @default false */
  bucket?: boolean;
  /** Milliseconds that the storage takes longer for each file. @default 0 */
  uploadDelay?: number;
  /** `admin.url`. @default '/admin' */
  panel?: string;
  /** Whether its HTTP requests time out after a second. @default after a minute and more, as Node has it */
  shortTimeouts?: boolean;
  /** Changes its folder before it boots, and answers variables of its environment. */
  prepare?: (folder: string) => Promise<Readonly<Record<string, string>>>;
}

export type Row = Readonly<Record<string, unknown>>;
export type Tables = Readonly<Record<string, readonly Row[]>>;

interface TokenOptions {
  permissions: ('push' | 'pull')[];
  /** 7, 30 or 90; null for no end; negative for a token that expired so many days ago. @default null */
  lifespanDays?: number | null;
}

export interface StrapiInstance {
  adminUrl: string;
  port: number;
  version: string;
  tokens: Tokens;
  appDir: string;
  uploadsDir: string;
  pid: number | undefined;
  createToken(options: TokenOptions): Promise<{ id: number; accessKey: string }>;
  revokeToken(id: number): Promise<void>;
  /**
   * Rows of each of the app's own content types, of files and of locales. Waits while a push holds the
   * database, which in SQLite is one connection for all.
   */
  counts(): Promise<Record<string, number>>;
  /** Every row of every table of its database. */
  tables(): Promise<Tables>;
  /** Runs statements on its database, beneath it. */
  sql(...statements: readonly string[]): Promise<void>;
  /** Keeps a copy of its database and of its uploads. */
  save(): Promise<void>;
  /** Makes its database and its uploads what they were when they were kept. */
  restore(): Promise<void>;
  /** Waits until its slow storage has stored what it was given. */
  stored(): Promise<void>;
  /**
   * Calls a function of a module in its process, with the running Strapi and what is given.
   * @param script - the module's file URL
   */
  run(script: string, name: string, params?: object): Promise<unknown>;
  /** What it wrote to stdout and stderr so far. */
  output(): string;
  exited: Promise<Exit>;
  /** Kills the process and removes its folder. */
  stop(): Promise<void>;
}

const shortTimeouts = fileURLToPath(new URL('short-timeouts.cjs', import.meta.url));

/** Starts a real Strapi on a port of its own, with a database of its own. Stop it when you are done. */
export async function startStrapi(options: StrapiOptions = {}): Promise<StrapiInstance> {
  const {
    transferEnabled = true,
    tokenSalt = true,
    schemaVariant = 'same',
    bucket = false,
    uploadDelay = 0,
  } = options;
  const { version = 'current', content = 'none', database } = options;
  const appDir =
    options.appDir ??
    (database === undefined
      ? await createAppFolder(version, content)
      : await createServedFolder(version, content, database));
  if (schemaVariant === 'different') await alterArticleSchema(appDir);
  if (options.panel !== undefined) await movePanel(appDir, options.panel);
  const prepared = await options.prepare?.(appDir);
  const strapi = new StrapiProcess(
    {
      appDir,
      bucket,
      uploadDelay,
      ...(database === undefined || content === 'none' ? {} : { seed: content }),
    },
    {
      FERRY_TRANSFER_ENABLED: String(transferEnabled),
      FERRY_TOKEN_SALT: tokenSalt ? 'test-transfer-token-salt' : '',
      ...(options.shortTimeouts === true ? { NODE_OPTIONS: `--require "${shortTimeouts}"` } : {}),
      ...prepared,
    },
  );
  const stop = async () => {
    await strapi.kill();
    await rm(appDir, { recursive: true, force: true, maxRetries: 5 });
  };
  const [uploadsDir, savedUploads] = [join(appDir, 'public', 'uploads'), join(appDir, 'saved-uploads')];
  try {
    const { port, version: running, tokens } = await strapi.ready();
    return {
      adminUrl: `http://127.0.0.1:${port}/admin`,
      port,
      version: running,
      tokens,
      appDir,
      uploadsDir,
      pid: strapi.pid,
      createToken: async (token) =>
        (await strapi.call('createToken', token)) as { id: number; accessKey: string },
      revokeToken: async (id) => {
        await strapi.call('revokeToken', { id });
      },
      stored: async () => {
        await strapi.call('stored');
      },
      counts: async () => (await strapi.call('counts')) as Record<string, number>,
      tables: async () => (await strapi.call('tables')) as Tables,
      sql: async (...statements) => {
        await strapi.call('sql', { statements });
      },
      save: async () => {
        await strapi.call('saveTables');
        await cp(uploadsDir, savedUploads, { recursive: true });
      },
      restore: async () => {
        await strapi.call('restoreTables');
        await rm(join(appDir, 'public'), { recursive: true });
        await cp(savedUploads, uploadsDir, { recursive: true });
      },
      run: (script, name, params = {}) => strapi.call('run', { script, name, params }),
      output: () => strapi.output(),
      exited: strapi.exited,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
