import type { Server } from 'node:http';
import type { Knex } from 'knex';

/**
 * What the plugin uses of the Strapi 5 that it runs in, in the words of Strapi's own types. The running Strapi gives all of
 * it: the plugin brings no `@strapi` package and no database driver.
 */
export interface Strapi {
  readonly server: {
    readonly httpServer: Server;
    /** Adds a middleware of Koa's before those of Strapi. */
    use(middleware: (context: RequestContext, next: () => Promise<unknown>) => Promise<void>): unknown;
  };
  readonly db: StrapiDatabase;
  readonly config: { get(path: string): unknown; get<T>(path: string, whenUnset: T): T };
  readonly log: Readonly<Record<'debug' | 'info' | 'warn' | 'error', (message: string) => void>>;
  /** By uid; those of `admin::` and of plugins too. */
  readonly contentTypes: Readonly<Record<string, ContentType>>;
  /** By uid. */
  readonly components: Readonly<Record<string, ContentType>>;
  readonly dirs: {
    readonly static: { readonly public: string };
    /** Where what runs lies: of a project in TypeScript, what was compiled. */
    readonly dist: { readonly config: string };
  };
  /** The models that are no content types: settings, webhooks, the content history, jobs. */
  get(name: 'models'): { get(): readonly { readonly uid: string }[] };
  plugin(name: string): StrapiPlugin;
  service(uid: string): unknown;
  /** By the proxy that Strapi is configured with. */
  fetch(url: string, options?: { readonly signal?: AbortSignal }): Promise<FetchedResponse>;
}

/** What a middleware uses of Koa's context. */
export interface RequestContext {
  /** As Strapi's router reads it. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  status: number;
}

/** Node's own stream of a body can be iterated, which the types of a browser do not say everywhere. */
interface FetchedResponse extends Pick<Response, 'status' | 'headers'> {
  readonly body: (ReadableStream<Uint8Array> & AsyncIterable<Uint8Array>) | null;
}

/** A content type or component as `getSchemas` gives it. */
export interface ContentType {
  readonly uid: string;
  readonly modelType: 'contentType' | 'component';
  readonly kind?: 'singleType' | 'collectionType';
  readonly attributes: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly [key: string]: unknown;
}

interface StrapiPlugin {
  /** The upload plugin's. */
  readonly provider?: unknown;
  service(name: string): unknown;
}

/** Strapi's upload providers. A method is told of a file by its row, or by a format of it. */
export interface UploadProvider {
  /** Of these two there is one at least. They write the address of the file into `file.url`. */
  uploadStream?(file: object): Promise<unknown> | unknown;
  upload?(file: object): Promise<unknown> | unknown;
  delete(file: object): Promise<unknown> | unknown;
  isPrivate?(): Promise<boolean> | boolean;
  getSignedUrl?(file: object): Promise<{ readonly url: string }>;
}

export interface StrapiDatabase {
  readonly dialect: { readonly client: 'sqlite' | 'postgres' | 'mysql' };
  readonly connection: Knex;
  /** Every model that has a table, by uid: content types, components, and Strapi's own (`strapi::core-store`). */
  readonly metadata: ReadonlyMap<string, Model>;
  /** The schema of PostgreSQL that the tables lie in; undefined where the connection names none. */
  getSchemaName(): string | undefined;
  query(uid: string): Query;
}

/** A few of the methods of Strapi's query engine, for rows that are no content. */
interface Query {
  findMany(options?: object): Promise<readonly Readonly<Record<string, unknown>>[]>;
  count(options?: object): Promise<number>;
  update(options: object): Promise<unknown>;
}

export interface Model {
  readonly uid: string;
  readonly tableName: string;
  readonly attributes: Readonly<Record<string, Attribute>>;
}

export type Attribute = ScalarAttribute | RelationAttribute;

interface ScalarAttribute {
  readonly type: Exclude<string, 'relation'>;
  /** The column's name; absent where it is the attribute's. */
  readonly columnName?: string;
  readonly default?: unknown;
  readonly required?: boolean;
  readonly unique?: boolean;
  /** It has no column. */
  readonly unstable_virtual?: boolean;
}

/** A relation, a component, a dynamic zone or media: `relation` says which kind, its columns and tables say where it is kept. */
export interface RelationAttribute {
  readonly type: 'relation';
  readonly relation: string;
  /** The uid that it leads to; absent where it leads to many types. */
  readonly target?: string;
  readonly inversedBy?: string;
  readonly mappedBy?: string;
  readonly morphBy?: string;
  readonly owner?: boolean;
  /** It lies in a column of the row itself. */
  readonly joinColumn?: JoinColumn;
  /** It lies in a table of its own. */
  readonly joinTable?: JoinTable;
  /** It lies in two columns of the row itself: the type, and the id. */
  readonly morphColumn?: MorphColumn;
  readonly unstable_virtual?: boolean;
}

interface JoinColumn {
  readonly name: string;
  /** Of the table that it leads to. */
  readonly referencedColumn?: string;
  readonly referencedTable?: string;
}

export interface JoinTable {
  readonly name: string;
  readonly joinColumn: JoinColumn;
  readonly inverseJoinColumn?: JoinColumn;
  readonly morphColumn?: MorphColumn;
  readonly orderColumnName?: string;
  readonly inverseOrderColumnName?: string;
  /** Columns that have the same value in each row of this attribute, such as `field` and `component_type`. */
  readonly on?: Readonly<Record<string, unknown>>;
  readonly pivotColumns?: readonly string[];
}

interface MorphColumn {
  readonly typeField?: string;
  readonly typeColumn: { readonly name: string };
  readonly idColumn: { readonly name: string; readonly referencedColumn?: string };
}

/** knex's client of a database with a pool of connections. */
export interface SqlClient {
  readonly pool: { readonly max: number };
  acquireConnection(): Promise<object>;
  releaseConnection(connection: object): Promise<void>;
}

/** knex's client of SQLite, whose pool has one connection. */
export interface SqliteClient {
  readonly connectionSettings: { readonly filename: string };
  readonly driver: new (path: string, options: { fileMustExist: true }) => SqliteConnection;
  acquireConnection(): Promise<SqliteConnection>;
  releaseConnection(connection: SqliteConnection): Promise<void>;
}

/** What a copy of the database uses of better-sqlite3. */
export interface SqliteConnection {
  backup(path: string, options: { progress(): number }): Promise<unknown>;
  pragma(statement: string): unknown;
  prepare(sql: string): { all(bindings: readonly unknown[]): unknown[] };
  close(): void;
}
