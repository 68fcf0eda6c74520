import type { Concern } from './concern.js';
import type { Checksum } from './content.js';
import type { NamedStage } from './requests.js';

/** Every message of the protocol, by direction. docs/protocol.md describes them in words. */

// Client to server: requests. `uuid` is fresh per request; a resend repeats the same frame.

/** Requests that concern the connection, not its transfer. */
export const commands = ['init', 'end', 'status'] as const;
/** One of {@link commands}. */
export type Command = (typeof commands)[number];

/** Requests that concern the transfer as a whole. */
export const actions = [
  'bootstrap',
  'close',
  'rollback',
  'beforeTransfer',
  'getMetadata',
  'getSchemas',
] as const;
/** One of {@link actions}. */
export type Action = (typeof actions)[number];

/** The three messages of a stage: it begins, it brings a batch, it is complete. */
export type StepAction = 'start' | 'stream' | 'end';

/** A command on the wire. */
export interface CommandMessage {
  readonly type: 'command';
  readonly command: Command;
  readonly params?: unknown;
  readonly uuid: string;
}

/** An action on the wire. */
export interface ActionMessage {
  readonly type: 'transfer';
  readonly kind: 'action';
  readonly action: Action;
  /** Between ferry's own ends, `beforeTransfer` brings the metadata and schemas of what is about to come. */
  readonly data?: unknown;
  readonly uuid: string;
  readonly transferID: string;
}

/** A message of a stage on the wire. `data` is the batch of a `stream`. */
export interface StepMessage {
  readonly type: 'transfer';
  readonly kind: 'step';
  readonly action: StepAction;
  readonly step: NamedStage;
  readonly data?: unknown;
  readonly uuid: string;
  readonly transferID: string;
}

/** Any request of a client. */
export type RequestMessage = CommandMessage | ActionMessage | StepMessage;

/** What is deleted before a push, and what is taken of it. Strapi's `restore` strategy. */
export interface RestoreOptions {
  readonly assets: boolean;
  readonly configuration: { readonly coreStore: boolean; readonly webhook: boolean };
  readonly entities: { readonly include?: readonly string[]; readonly exclude?: readonly string[] };
}

/** What ferry's own ends agree on beyond Strapi's protocol; a Strapi ignores the key and does not echo it. */
export interface FerryOffer {
  readonly version: 1;
  /** Of a server: it takes no types but those of its code. */
  readonly fixedTypes?: true;
}

/** What is offered in `init`; what the server understood of it, it echoes. */
export interface InitParams {
  readonly transfer: 'push' | 'pull';
  readonly checksums?: boolean;
  readonly assetEncoding?: 'base64';
  /** `merge` between Ferry's own ends only: what comes holds a changeset in its metadata. */
  readonly options?: { readonly strategy: 'restore' | 'merge'; readonly restore: RestoreOptions };
  readonly ferry?: FerryOffer;
  /** Of a pull between Ferry's own ends: what alone is wanted. A server that does not know it gives all. */
  readonly concern?: Concern;
}

// Server to client

/** An error as an answer has it: `details.step` and `details.details` where it is one of Strapi’s own. */
export interface WireError {
  readonly code: string;
  readonly message: string;
  readonly details?: unknown;
}

/** The answer to any request. */
export interface AnswerMessage {
  readonly uuid: string;
  readonly data: unknown;
  readonly error: WireError | null;
}

/** How grave what a server reports is. */
export const diagnosticKinds = ['info', 'warning', 'error'] as const;
/** One of {@link diagnosticKinds}. */
export type DiagnosticKind = (typeof diagnosticKinds)[number];

/** Sent unasked, at any moment; no answer is due. */
export interface Diagnostic {
  readonly kind: DiagnosticKind;
  readonly message: string;
  readonly origin?: string;
}

/** The server's request in a pull; the client confirms with `{uuid}`. */
export interface BatchMessage {
  readonly uuid: string;
  /** The id that the step's `start` answered. */
  readonly id: string;
  /** Rows, or lists of {@link AssetFlowItem}; null in the last one. */
  readonly items: readonly unknown[] | null;
  readonly ended: boolean;
  /** `{}` or `{origin, severity, details}`: a message is not always in it. */
  readonly error: Readonly<Record<string, unknown>> | null;
}

/** Any message of a server. */
export type ServerMessage =
  | { readonly kind: 'answer'; readonly answer: AnswerMessage }
  | { readonly kind: 'diagnostic'; readonly diagnostic: Diagnostic }
  | { readonly kind: 'batch'; readonly batch: BatchMessage };

// The flow of assets: several items to one message.

/**
 * The first item of an asset. In a pull `filepath` is a path of the server: it is neither used nor refused.
 */
export interface AssetStart {
  readonly action: 'start';
  readonly assetID: string;
  readonly data: {
    readonly filename: string;
    readonly filepath?: string;
    readonly stats: { readonly size: number };
    readonly metadata: Readonly<Record<string, unknown>>;
  };
}

/**
 * Bytes as base64, or as the JSON form of a Node Buffer where the peer did not echo `assetEncoding`; as they are where
 * `parseFrame` has decoded them.
 */
export interface AssetChunk {
  readonly action: 'stream';
  readonly assetID: string;
  readonly encoding?: 'base64';
  readonly data: string | { readonly type: 'Buffer'; readonly data: readonly number[] } | Uint8Array;
}

/** The last item of an asset; the checksum is there where both ends agreed on it. */
export interface AssetEnd {
  readonly action: 'end';
  readonly assetID: string;
  readonly checksum?: Checksum;
}

/** One of the items that an asset is sent in: start, stream…, end. */
export type AssetFlowItem = AssetStart | AssetChunk | AssetEnd;
