import { join } from 'node:path';
import { nodeFiles } from '../ports/node-files.js';
import { makeScratchFolder, removeLeftScratch } from '../ports/scratch-folder.js';
import { isServerUrl } from '../protocol/admin-url.js';
import type { Limits } from '../protocol/limits.js';
import { createDirectorySource } from '../stores/directory/source.js';
import type { OnBrokenAsset, TransferSource } from '../stores/store.js';
import { createTransfer } from '../transfer/create-transfer.js';
import { sourceOf } from '../transfer/ends.js';
import { resultAsTyped } from './flag-words.js';
import { missingLines, warningsOf } from './report/reservations.js';

export interface EndToCompare {
  readonly end: string;
  readonly token: string | undefined;
  readonly proxy?: string | undefined;
  readonly key: string | undefined;
}

/** One side of a comparison, which reads some of its rows twice. */
export interface ComparedEnd {
  readonly source: TransferSource;
  dispose(): Promise<void>;
}

export interface ComparedEndOptions {
  readonly limits: Partial<Limits>;
  readonly signal: AbortSignal;
  readonly onBrokenAsset: OnBrokenAsset;
  readonly onWarning: (text: string) => void;
}

/** A server is pulled into a folder first: it gives its rows once, and may change while it is read. */
export async function comparedEnd(
  { end, token, key, proxy }: EndToCompare,
  { limits, signal, onBrokenAsset, onWarning }: ComparedEndOptions,
): Promise<ComparedEnd> {
  const settings = {
    limits,
    fromProxy: proxy,
    fromToken: token,
    fromKey: key,
  };
  if (!isServerUrl(end)) {
    return { source: sourceOf(end, { ...settings, onBrokenAsset }), dispose: async () => {} };
  }
  await removeLeftScratch();
  const made = makeScratchFolder();
  const dispose = () => nodeFiles.remove(made);
  const path = join(made, 'content');
  try {
    const transfer = createTransfer({ from: end, to: path, ...settings });
    const abort = () => transfer.abort('Ctrl-C');
    signal.addEventListener('abort', abort, { once: true });
    const result = await transfer.done.finally(() => signal.removeEventListener('abort', abort));
    const warnings = [...warningsOf(resultAsTyped(result)), ...missingLines(result.reported)];
    for (const warning of warnings) onWarning(`${end}: ${warning}`);
    return { source: createDirectorySource({ path, limits }), dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}
