/** What is moved: the items of the stages, as Strapi writes them. Rows are the user's; only their envelope is ours. */

/**
 * The stages of a transfer, listed in the order that its chart decides (`transferring` of `transferMachine`). `schemas` never
 * goes over the wire as a stage: it is read with `getSchemas`.
 */
export const stages = ['schemas', 'entities', 'assets', 'links', 'configuration'] as const;
/** One of {@link stages}. */
export type Stage = (typeof stages)[number];

/** The stages that are steps of the protocol. */
export const steps = ['entities', 'assets', 'links', 'configuration'] as const;
/** One of {@link steps}. */
export type Step = (typeof steps)[number];

export const isStep = (stage: string): stage is Step => (steps as readonly string[]).includes(stage);

/** The steps whose items are rows. */
export type RowStep = Exclude<Step, 'assets'>;

/** A row of a content type, with its scalar fields; what it is related to comes as links. */
export interface Entity {
  /** The uid of its content type, such as `api::article.article`. */
  readonly type: string;
  /** The source's: the destination may give it another. */
  readonly id: number | string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** One side of a link. */
export interface LinkEnd {
  /** The uid of the content type or component. */
  readonly type: string;
  /** The id of the row, as the source's entities have it. */
  readonly ref: number | string;
  readonly field?: string;
  /** Its place among the links of this field. */
  readonly pos?: number;
}

/** A relation between two rows. */
export interface Link {
  readonly kind: string;
  readonly relation: string;
  readonly left: LinkEnd;
  readonly right: LinkEnd;
}

/** A setting of the store, or a webhook. */
export interface Configuration {
  readonly type: 'core-store' | 'webhook';
  readonly value: Readonly<Record<string, unknown>>;
}

/** The rows of each step that has rows. */
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
/** Content types and components by their uid. */
export type Schemas = Readonly<Record<string, Schema>>;

/** Where content comes from, as an export says it. */
export interface Metadata {
  /** ISO 8601. */
  readonly createdAt?: string;
  readonly strapi?: { readonly version?: string; readonly [key: string]: unknown };
  readonly [key: string]: unknown;
}

/** Of an asset's bytes. */
export interface Checksum {
  readonly algorithm: 'sha256';
  /** Hex. */
  readonly value: string;
}

/** How bytes are read. Wishes: a source may give what it has. */
export interface StreamOptions {
  /** Bytes of a chunk, at most. @defaultValue 262144 */
  readonly chunkSize?: number | undefined;
  /**
   * The reader is done with a chunk when it asks for the next, which may then lie in the same memory.
   * @defaultValue false
   */
  readonly reuse?: boolean | undefined;
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
   * The bytes, once. Throws a TransferError where they cannot be read or prove to be damaged. The caller reads an asset
   * to its end, or stops the iteration, before it takes the next one.
   */
  stream(options?: StreamOptions): AsyncIterable<Uint8Array>;
}

/** What a peer says that it has taken of a stage. */
export interface StageStats {
  /** Items that began to be taken. */
  readonly started: number;
  /** Items that were taken. */
  readonly finished: number;
}
