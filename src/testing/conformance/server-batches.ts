import type { Step } from '../../protocol/content.js';
import { TransferError } from '../../protocol/errors.js';
import type { BatchMessage } from '../../protocol/messages.js';
import { parseAssetFlow } from '../../protocol/validate.js';
import { envelopeFault } from '../../stores/export/row-envelope.js';
import { type AssetFlow, createAssetFlow } from '../../transport/asset-flow.js';
import { faultOf } from './answers.js';

/** Checks the batches of one stage of a pull as they come. */
export interface BatchCheck {
  /** What is wrong with the batch, in words; null where nothing is. */
  faultOf(batch: BatchMessage): string | null;
}

export function createBatchCheck(step: Step, checksums: boolean): BatchCheck {
  const flow = createAssetFlow({
    checksums,
    hashes: true,
    misplaced: ({ action }) =>
      new TransferError('INVALID_MESSAGE', {
        url: 'the server',
        reason: `${action} of an asset out of its place`,
      }),
  });
  let hasEnded = false;

  return {
    faultOf({ items, ended, error }) {
      if (hasEnded) return `a batch of ${step} after the last one`;
      hasEnded = ended;
      if (error !== null) return `a batch of ${step} with an error: ${JSON.stringify(error)}`;
      const fault = step === 'assets' ? faultOfAssets(items ?? [], flow) : faultOfRows(step, items ?? []);
      if (fault !== null) return `a batch of ${step} ${fault}`;
      return ended && flow.open !== null ? `the last batch of ${step} in the middle of an asset` : null;
    },
  };
}

function faultOfRows(step: Exclude<Step, 'assets'>, rows: readonly unknown[]): string | null {
  const faults = rows.flatMap((row) => envelopeFault(step, row) ?? []);
  return faults[0] === undefined ? null : `with a row that is none: ${faults[0]}`;
}

function faultOfAssets(items: readonly unknown[], flow: AssetFlow): string | null {
  return faultOf(() => {
    for (const item of parseAssetFlow(items)) flow.take(item);
  });
}
