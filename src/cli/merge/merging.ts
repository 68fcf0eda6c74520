import { nodeFiles } from '../../ports/node-files.js';
import { isServerUrl } from '../../protocol/admin-url.js';
import { alsoSaying, TransferError, toTransferError } from '../../protocol/errors.js';
import { applyChangeset } from '../../transfer/merge/apply-changeset.js';
import {
  createMerge,
  type Merge,
  type MergeOptions,
  type MergeResult,
} from '../../transfer/merge/create-merge.js';
import { backUp, restoringCommand } from '../backup.js';
import { isTaken } from '../ends.js';
import type { FlagOptions } from '../flags.js';
import type { Setting } from '../replacing.js';
import type { MergeWatch } from '../runner.js';

/** Merges what the flags choose. @throws TransferError MERGE_NOT_CONFIRMED, ABORTED, and those of the merge */
export function mergeSafely(options: FlagOptions, setting: Setting): Promise<MergeResult> {
  return changeSafely(options, setting, (asking) => createMerge({ ...optionsOf(options), ...asking }));
}

/** Does what a changeset says. @throws the same, and NO_CHANGESET, BROKEN_CHANGESET, DESTINATION_CHANGED */
export function applySafely(options: FlagOptions, setting: Setting): Promise<MergeResult> {
  return changeSafely(options, setting, (asking) => applyChangeset({ ...optionsOf(options), ...asking }));
}

/** Plans what the flags choose, changes nothing, and writes the changeset where a place for it is given. */
export async function plan(options: FlagOptions, { runner, report }: Setting): Promise<MergeResult> {
  const dryRun = options.out === undefined;
  const result = await runner.merge((watch) => createMerge({ ...optionsOf(options), ...watch, dryRun }));
  report.planned(result.plan);
  return result;
}

type Asking = MergeWatch & Pick<MergeOptions, 'confirm'>;

/** The plan is shown and asked about while no connection is open; the backup is made once the answer is yes. */
export async function changeSafely(
  options: FlagOptions,
  setting: Setting,
  begin: (asking: Asking) => Merge,
): Promise<MergeResult> {
  const { asked, runner, report } = setting;
  const { to, force, dryRun } = options;
  const isServer = isServerUrl(to);
  const replaces = isServer || (await isTaken(to, nodeFiles));
  if (dryRun !== true && force !== true && replaces && asked.ask === null)
    throw new TransferError('MERGE_NOT_CONFIRMED', { to, because: asked.because });
  let kept: string | null = null;
  let isPlanned = false;
  let confirming: Promise<boolean> = Promise.resolve(false);

  async function confirm(isStrapi: boolean, signal: AbortSignal): Promise<boolean> {
    const backup = isStrapi || options.backupIsOwn !== true ? options.backup : undefined;
    if (force !== true && replaces && asked.ask !== null) {
      const before = backup === undefined ? '' : ` ${backup} is made first, of all that stands there.`;
      const sentence = `Change ${nameOf(to)} like this, and nothing else there?${before}`;
      if (!(await asked.ask.confirm(sentence, signal))) return false;
    }
    if (backup === undefined) return true;
    await backUp(options, { path: backup, key: options.backupKey }, { runner, report });
    kept = backup;
    return true;
  }

  try {
    const result = await runner.merge((watch) =>
      begin({
        ...watch,
        confirm(found, signal, { isStrapi }) {
          isPlanned = true;
          report.planned(found);
          confirming = confirm(isStrapi, signal);
          return confirming;
        },
      }),
    );
    // A dry run, or nothing to do: nothing was asked.
    if (!isPlanned) report.planned(result.plan);
    return result;
  } catch (thrown) {
    // An abort may come while the backup is made, which then cleans up first.
    await confirming.catch(() => {});
    if (kept === null) throw thrown;
    throw alsoSaying(toTransferError(thrown), { backup: kept, restoreWith: restoringCommand(kept, to) });
  }
}

const nameOf = (end: string) => (isServerUrl(end) ? new URL(end).host : end);

/** What a merge is given; the other flags are the command's own, or refused beside it. */
function optionsOf({ merge, ...options }: FlagOptions): MergeOptions {
  const {
    backup: _,
    backupIsOwn: ______,
    backupKey: __,
    out,
    outKey,
    force: ___,
    only: ____,
    exclude: _____,
    ...rest
  } = options;
  const saved = out === undefined ? {} : { changeset: out, changesetKey: outKey };
  return { ...rest, ...merge, ...saved };
}
