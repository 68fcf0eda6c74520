/** What is moved: the items of the stages, as Strapi writes them. Rows are the user's; only their envelope is ours. */

/** The stages of a transfer in their one order. `schemas` never goes over the wire as a stage: it is read with `getSchemas`. */
export const stages = ['schemas', 'entities', 'assets', 'links', 'configuration'] as const;
export type Stage = (typeof stages)[number];

/** The stages that are steps of the protocol. */
export const steps = ['entities', 'assets', 'links', 'configuration'] as const;
export type Step = (typeof steps)[number];

/** Whether a stage is a step: goes over the wire as such. */
export const isStep = (stage: string): stage is Step => (steps as readonly string[]).includes(stage);

/** The steps whose items are rows. */
export type RowStep = Exclude<Step, 'assets'>;

export interface Entity {
  readonly type: string;
  readonly id: number | string;
  readonly data: Readonly<Record<string, unknown>>;
}

export interface LinkEnd {
  readonly type: string;
  readonly ref: number | string;
  readonly field?: string;
  readonly pos?: number;
}

export interface Link {
  readonly kind: string;
  readonly relation: string;
  readonly left: LinkEnd;
  readonly right: LinkEnd;
}

export interface Configuration {
  readonly type: 'core-store' | 'webhook';
  readonly value: Readonly<Record<string, unknown>>;
}

export interface RowOf {
  entities: Entity;
  links: Link;
  configuration: Configuration;
}

/** A content type or component as `getSchemas` gives it; only what is compared is named here. */
export interface Schema {
  readonly uid?: string;
  readonly attributes?: Readonly<Record<string, unknown>>;
  readonly [key: string]: unknown;
}
export type Schemas = Readonly<Record<string, Schema>>;

export interface Metadata {
  readonly createdAt?: string;
  readonly strapi?: { readonly version?: string; readonly [key: string]: unknown };
  readonly [key: string]: unknown;
}

export interface Checksum {
  readonly algorithm: 'sha256';
  /** Hex. */
  readonly value: string;
}

/** How bytes are read. Wishes: a source may give what it has. */
export interface StreamOptions {
  /** Bytes of a chunk, at most. @defaultValue 262144 */
  readonly chunkSize?: number;
  /**
   * The reader is done with a chunk when it asks for the next, which may then lie in the same memory.
   * @defaultValue false
   */
  readonly reuse?: boolean;
}

/** One file of the media library. An image's formats (thumbnail, small, …) are assets of their own. */
export interface Asset {
  /** The file's name, without folders: `<hash><ext>`. */
  readonly filename: string;
  /** Bytes; null where the source cannot tell beforehand. */
  readonly size: number | null;
  /** The row of `plugin::upload.file`, or of the format. */
  readonly metadata: Readonly<Record<string, unknown>>;
  /**
   * The bytes, once. Throws a TransferError where they cannot be read or prove to be damaged. Whoever takes an asset
   * reads it to its end, or stops the iteration, before taking the next one.
   */
  stream(options?: StreamOptions): AsyncIterable<Uint8Array>;
}

/** What a peer says that it has taken of a stage. */
export interface StageStats {
  readonly started: number;
  readonly finished: number;
}
