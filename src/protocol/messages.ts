import type { Checksum, Step } from './content.js';

/** Every message of the protocol, by direction. docs/protocol.md describes them in words. */

// Client to server: requests. `uuid` is fresh per request; a resend repeats the same frame.

export const commands = ['init', 'end', 'status'] as const;
export type Command = (typeof commands)[number];

export const actions = [
  'bootstrap',
  'close',
  'rollback',
  'beforeTransfer',
  'getMetadata',
  'getSchemas',
] as const;
export type Action = (typeof actions)[number];

export type StepAction = 'start' | 'stream' | 'end';

export interface CommandMessage {
  readonly type: 'command';
  readonly command: Command;
  readonly params?: unknown;
  readonly uuid: string;
}

export interface ActionMessage {
  readonly type: 'transfer';
  readonly kind: 'action';
  readonly action: Action;
  /** Between ferry's own ends, `beforeTransfer` brings the metadata and schemas of what is about to come. */
  readonly data?: unknown;
  readonly uuid: string;
  readonly transferID: string;
}

export interface StepMessage {
  readonly type: 'transfer';
  readonly kind: 'step';
  readonly action: StepAction;
  readonly step: Step;
  readonly data?: unknown;
  readonly uuid: string;
  readonly transferID: string;
}

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
}

export interface InitParams {
  readonly transfer: 'push' | 'pull';
  readonly checksums?: boolean;
  readonly assetEncoding?: 'base64';
  readonly options?: { readonly strategy: 'restore'; readonly restore: RestoreOptions };
  readonly ferry?: FerryOffer;
}

// Server to client

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

export const diagnosticKinds = ['info', 'warning', 'error'] as const;
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

export type ServerMessage =
  | { readonly kind: 'answer'; readonly answer: AnswerMessage }
  | { readonly kind: 'diagnostic'; readonly diagnostic: Diagnostic }
  | { readonly kind: 'batch'; readonly batch: BatchMessage };

// The flow of assets: several items to one message.

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

export interface AssetEnd {
  readonly action: 'end';
  readonly assetID: string;
  readonly checksum?: Checksum;
}

export type AssetFlowItem = AssetStart | AssetChunk | AssetEnd;
