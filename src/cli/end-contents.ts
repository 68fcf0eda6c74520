import type { Metadata, Schemas } from '../protocol/content.js';
import { toTransferError } from '../protocol/errors.js';
import type { Diagnostic } from '../protocol/messages.js';
import { meaningOf } from '../protocol/server-words.js';
import type { TransferSource } from '../stores/store.js';
import { type ContentCounts, countContent } from '../transfer/content-counts.js';
import { type End, type SourceSettings, sourceOf } from '../transfer/ends.js';
import { createFilters } from '../transfer/filters.js';
import { survey } from '../transfer/survey/survey.js';
import type { FlagOptions } from './flags.js';
import type { Runner } from './runner.js';

export interface EndContents {
  readonly metadata: Metadata | null;
  readonly schemas: Schemas | null;
  /** Null where its rows were not counted. */
  readonly counts: ContentCounts | null;
}

const unknown: EndContents = { metadata: null, schemas: null, counts: null };

/** Finds what cannot be read there, and what a push would refuse or doubt, before anything is asked. */
export function sourceContents(
  options: FlagOptions,
  destination: EndContents,
  runner: Runner,
): Promise<EndContents> {
  const source = sourceOf(options.from, {
    ...linked(options),
    fromToken: options.fromToken,
    fromProxy: options.fromProxy,
    fromKey: options.fromKey,
  });
  const lookThrough = async ({ metadata, schemas }: EndContents) => {
    if (source.rereads !== true) return;
    const { findings } = await survey({
      ...{ source, metadata, schemas, filters: createFilters(options) },
      destination: {
        ...{ name: options.to, schemas: destination.schemas },
        locales: destination.counts?.locales ?? null,
      },
      allowMissingFiles: options.allowMissingFiles === true,
    });
    for (const { text } of findings) runner.doubt(text);
  };
  return runner.work('looking through the source', (signal) =>
    readContents(source, 'schemas', signal, lookThrough),
  );
}

/** Read as a pull reads it: a Strapi opens no database transaction. A token that may only push tells nothing. */
export function destinationContents(
  options: FlagOptions,
  depth: Depth,
  runner: Runner,
): Promise<EndContents> {
  return runner.work('reading what stands at the destination', async (signal) => {
    try {
      let isWhole = true;
      const source = destinationAsSource(options, ({ message }) => {
        if (meaningOf(message)?.about === 'unread') isWhole = false;
      });
      const contents = await readContents(source, depth, signal);
      // The rows that it could not read are there too: a number would be too low.
      return isWhole ? contents : { ...contents, counts: null };
    } catch (error) {
      signal.throwIfAborted();
      // The transfer talks to the same server, and reports what is wrong with it.
      if (toTransferError(error).code === 'UNEXPECTED') throw error;
      return unknown;
    }
  });
}

export function linked({
  checksums,
  retryMessageOptions,
  connectionOptions,
  limits,
}: FlagOptions): SourceSettings {
  return {
    limits,
    checksums,
    retryMessageOptions,
    connectionOptions,
  };
}

export function destinationAsSource(
  options: FlagOptions,
  onDiagnostic: (diagnostic: Diagnostic) => void = () => {},
): End<TransferSource> {
  return sourceOf(options.to, {
    ...{ ...linked(options), onDiagnostic },
    fromToken: options.toToken,
    fromProxy: options.toProxy,
    fromKey: options.toKey,
  });
}

type Depth = 'schemas' | 'rows';

async function readContents(
  source: End<TransferSource>,
  depth: Depth,
  signal: AbortSignal,
  lookThrough: (contents: EndContents) => Promise<void> = async () => {},
): Promise<EndContents> {
  const letGo = () => {
    if (source.abort === undefined) void source.close();
    else source.abort(toTransferError(signal.reason));
  };
  signal.addEventListener('abort', letGo, { once: true });
  try {
    await source.open();
    const [metadata, schemas] = [await source.metadata(), await source.schemas()];
    const counts = depth === 'rows' ? await countContent(source) : null;
    await lookThrough({ metadata, schemas, counts });
    return { metadata, schemas, counts };
  } finally {
    signal.removeEventListener('abort', letGo);
    await source.close();
  }
}
