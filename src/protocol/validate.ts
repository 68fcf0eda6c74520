import * as v from 'valibot';
import type { Metadata, Schemas } from './content.js';
import { TransferError, transferErrorOf } from './errors.js';
import { type Frame, parseFrame } from './frame-bytes.js';
import { type JsonLimits, OverLimit } from './json.js';
import { defaultLimits } from './limits.js';
import { type AssetFlowItem, diagnosticKinds, type ServerMessage, type WireError } from './messages.js';
import { isObject } from './plain-object.js';

/**
 * What comes from a peer is validated here, before a chart sees it. The rows of a batch are the user's: their
 * envelope is checked, they are not. Unknown keys are let through everywhere, since peers of other versions add some.
 */

/** A diagnostic goes through charts and logs: it is cut to this many characters. */
const longestDiagnostic = 2000;

const uuid = v.pipe(v.string(), v.minLength(1), v.maxLength(128));

type ReadonlyRecord = Readonly<Record<string, unknown>>;
/** As it is: `v.record` would leave out keys such as `constructor`, and these are the user's. */
const record = v.custom<ReadonlyRecord>(isObject, 'it must be an object');

const wireError = v.looseObject({
  code: v.optional(v.string(), 'Error'),
  message: v.optional(v.string(), ''),
  details: v.optional(v.unknown()),
});

const answer = v.looseObject({
  uuid,
  data: v.optional(v.unknown(), null),
  error: v.nullish(wireError, null),
});

const diagnostic = v.looseObject({
  diagnostic: v.looseObject({
    kind: v.picklist(diagnosticKinds),
    details: v.looseObject({ message: v.optional(v.string(), ''), origin: v.optional(v.string()) }),
  }),
});

const batch = v.looseObject({
  uuid,
  data: v.looseObject({
    type: v.literal('transfer'),
    data: v.nullish(v.pipe(v.unknown(), v.check(Array.isArray, 'rows must be an array')), null),
    ended: v.boolean(),
    error: v.nullish(record, null),
    id: v.string(),
  }),
});

const size = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const assetID = v.pipe(v.string(), v.minLength(1), v.maxLength(128));

const assetFlowItem = v.variant('action', [
  v.looseObject({
    action: v.literal('start'),
    assetID,
    data: v.looseObject({
      filename: v.pipe(v.string(), v.minLength(1)),
      filepath: v.optional(v.string()),
      stats: v.looseObject({ size }),
      metadata: v.optional(record, {}),
    }),
  }),
  v.looseObject({
    action: v.literal('stream'),
    assetID,
    encoding: v.optional(v.literal('base64')),
    data: v.union([
      v.string(),
      v.instance(Uint8Array),
      v.looseObject({
        type: v.literal('Buffer'),
        data: v.pipe(v.unknown(), v.check(Array.isArray)),
      }),
    ]),
  }),
  v.looseObject({
    action: v.literal('end'),
    assetID,
    checksum: v.optional(v.looseObject({ algorithm: v.string(), value: v.string() })),
  }),
]);

const initAnswer = v.looseObject({
  transferID: v.pipe(v.string(), v.minLength(1)),
  checksums: v.optional(v.unknown()),
  assetEncoding: v.optional(v.unknown()),
  ferry: v.optional(v.looseObject({ version: v.number(), fixedTypes: v.optional(v.unknown()) })),
});

const startAnswer = v.looseObject({
  id: v.optional(v.string()),
  totals: v.optional(
    v.looseObject({ totalBytes: v.optional(v.number()), totalCount: v.optional(v.number()) }),
  ),
});

const endAnswer = v.looseObject({
  stats: v.optional(v.looseObject({ started: v.number(), finished: v.number() })),
});

const metadata = v.nullable(record);
const schemas = v.nullable(
  v.custom<Readonly<Record<string, ReadonlyRecord>>>(
    (value) => isObject(value) && Object.values(value).every(isObject),
    'it must be an object of objects',
  ),
);

function invalid(reason: string, cause?: unknown): TransferError {
  return transferErrorOf('INVALID_MESSAGE', { reason }, cause);
}

/** The first issue in words: where in the message, and what was expected there. */
function check<S extends v.GenericSchema>(what: string, schema: S, value: unknown): v.InferOutput<S> {
  const result = v.safeParse(schema, value, { abortEarly: true });
  if (result.success) return result.output;
  const [issue] = result.issues;
  throw invalid(`${what}, ${v.getDotPath(issue) ?? 'message'}: ${issue.message}`);
}

function parse(frame: Frame, limits: JsonLimits): unknown {
  try {
    return parseFrame(frame, limits);
  } catch (cause) {
    if (cause instanceof TransferError) throw cause;
    if (cause instanceof OverLimit) throw transferErrorOf('MESSAGE_LIMIT', { ...cause.details });
    throw invalid('not JSON', cause);
  }
}

/**
 * A frame from a server. `limits`: what it may hold, see {@link Limits}.
 * @throws TransferError INVALID_MESSAGE, MESSAGE_LIMIT
 */
export function parseServerMessage(frame: Frame, limits: JsonLimits = defaultLimits): ServerMessage {
  const value = parse(frame, limits);
  if (typeof value !== 'object' || value === null) throw invalid('not an object');
  if ('diagnostic' in value) {
    const { kind, details } = check('diagnostic', diagnostic, value).diagnostic;
    const message = details.message.slice(0, longestDiagnostic);
    const origin = details.origin === undefined ? {} : { origin: details.origin };
    return { kind: 'diagnostic', diagnostic: { kind, message, ...origin } };
  }
  if (isBatch(value)) {
    const { uuid, data } = check('batch', batch, value);
    const items = data.data as readonly unknown[] | null;
    // If it were taken for an empty batch, its rows would be missing without an error.
    if (items === null && !data.ended && data.error === null)
      throw invalid('batch, data.data: only the last batch, or one with an error, is without rows');
    return { kind: 'batch', batch: { uuid, id: data.id, items, ended: data.ended, error: data.error } };
  }
  const { uuid, data, error } = check('answer', answer, value);
  return { kind: 'answer', answer: { uuid, data, error: error as WireError | null } };
}

function isBatch(value: object): boolean {
  const { data } = value as { data?: { type?: unknown; ended?: unknown } };
  return typeof data === 'object' && data !== null && data.type === 'transfer' && 'ended' in data;
}

/**
 * The asset flow of one batch or stream message. A pull's batch is an array with one such array in it, a push's is
 * the array: both are taken, in both directions.
 * @throws TransferError INVALID_MESSAGE
 */
export function parseAssetFlow(items: readonly unknown[]): readonly AssetFlowItem[] {
  return items.flat().map((item) => check('asset', assetFlowItem, item) as AssetFlowItem);
}

/**
 * The answer to `init`: the id of the transfer, and what the server echoes of the offer.
 * @throws TransferError INVALID_MESSAGE
 */
export const parseInitAnswer = (data: unknown) => check('answer to init', initAnswer, data);

/**
 * The answer to the `start` of a stage, in a pull with the id of its batches. A server may answer without data.
 * @throws TransferError INVALID_MESSAGE
 */
export const parseStartAnswer = (data: unknown) => check('answer to start', startAnswer, data ?? {});

/**
 * The answer to the `end` of a stage, with what the server has counted where it counts. It may answer without data.
 * @throws TransferError INVALID_MESSAGE
 */
export const parseEndAnswer = (data: unknown) => check('answer to end', endAnswer, data ?? {});

/**
 * The answer to `getMetadata`; null where the server has none.
 * @throws TransferError INVALID_MESSAGE
 */
export const parseMetadata = (data: unknown): Metadata | null =>
  check('answer to getMetadata', metadata, data ?? null);

/**
 * The answer to `getSchemas`, by the name of the type; null where the server has none.
 * @throws TransferError INVALID_MESSAGE
 */
export const parseSchemas = (data: unknown): Schemas | null =>
  check('answer to getSchemas', schemas, data ?? null);
