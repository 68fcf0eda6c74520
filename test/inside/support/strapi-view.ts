import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { Knex } from 'knex';
import type { ContentType, Model, Strapi, UploadProvider } from '../../../src/strapi/strapi.js';
import type { DatabaseConnection } from '../../support/database-server.js';

/** The project that has the packages of a Strapi. */
export const packages = fileURLToPath(new URL('../../strapi/package.json', import.meta.url));

export interface ViewOptions {
  /** A SQLite's, or how a PostgreSQL is reached. */
  readonly filename: string | DatabaseConnection;
  readonly publicFolder: string;
  /** @default 'local' */
  readonly provider?: string;
  /** @default none: files on the disk of the Strapi need none */
  readonly uploads?: UploadProvider;
  /** @default those of the tests; a script that was bundled lies elsewhere */
  readonly packagesOf?: string;
}

/** What a running Strapi says of itself, to be kept and sent. Functions that make a default are left out. */
export interface StrapiDescription {
  readonly contentTypes: Readonly<Record<string, ContentType>>;
  readonly components: Readonly<Record<string, ContentType>>;
  readonly models: readonly Model[];
  readonly internal: readonly { readonly uid: string }[];
}

export function describeStrapi(strapi: Strapi): StrapiDescription {
  const { contentTypes, components, db } = strapi;
  const models = [...db.metadata.values()].map(({ uid, tableName, attributes }) => ({
    uid,
    tableName,
    attributes,
  }));
  const internal = strapi
    .get('models')
    .get()
    .map(({ uid }) => ({ uid }));
  return JSON.parse(JSON.stringify({ contentTypes, components, models, internal })) as StrapiDescription;
}

/** What Ferry uses of a Strapi, over its database: a second where a Strapi takes three, and as many in one process as a test wants. */
export interface StrapiView extends Strapi {
  readonly warnings: readonly string[];
  readonly errors: string[];
  close(): Promise<void>;
}

const sqliteAt = (filename: string): Knex.Config => ({
  client: 'better-sqlite3',
  connection: { filename },
  useNullAsDefault: true,
  pool: {
    afterCreate: (native: { pragma(text: string): void }, done: (error: null, native: object) => void) => {
      native.pragma('foreign_keys = on');
      done(null, native);
    },
  },
});

export function viewOf(
  { contentTypes, components, models, internal }: StrapiDescription,
  { filename, publicFolder, provider = 'local', uploads, packagesOf = packages }: ViewOptions,
): StrapiView {
  const knex = createRequire(packagesOf)('knex') as (config: Knex.Config) => Knex;
  const isSqlite = typeof filename === 'string';
  const connection = knex(
    isSqlite ? sqliteAt(filename) : { client: 'postgres', connection: { ...filename } },
  );
  const warnings: string[] = [];
  const errors: string[] = [];
  const unused = (): never => {
    throw new Error('The view of a Strapi has no such thing');
  };
  const config: Readonly<Record<string, unknown>> = {
    'plugin::upload': { provider },
    'info.strapi': '5.54.0',
  };
  return {
    warnings,
    errors,
    close: () => connection.destroy(),
    contentTypes,
    components,
    dirs: { static: { public: publicFolder }, dist: { config: publicFolder } },
    db: {
      dialect: { client: isSqlite ? 'sqlite' : 'postgres' },
      connection,
      metadata: new Map(models.map((model) => [model.uid, model])),
      getSchemaName: () => undefined,
      query: unused,
    },
    get: () => ({ get: () => internal }),
    // Strapi's own signature has a default in its second form only.
    config: { get: (path: string, whenUnset?: unknown) => config[path] ?? whenUnset } as Strapi['config'],
    log: {
      ...{ debug: () => {}, info: () => {} },
      warn: (text) => void warnings.push(text),
      error: (text) => void errors.push(text),
    },
    get server(): Strapi['server'] {
      return unused();
    },
    fetch: unused,
    plugin: () => (uploads === undefined ? unused() : { provider: uploads, service: unused }),
    service: unused,
  };
}
