import type { Clock } from '../../ports/clock.js';
import { withOwnBackup } from '../backup.js';
import { resultAsTyped } from '../flag-words.js';
import type { Host } from '../host.js';
import { mergeSafely } from '../merge/merging.js';
import { type MovingCommand, runMoving } from '../moving.js';
import { replaceSafely } from '../replacing.js';

const transfer: MovingCommand = {
  usual: 'restore',
  completed: (options, flags) => withOwnBackup(options, flags, new Date()),
  async carryOut(options, setting) {
    const { report } = setting;
    const { to, dryRun: isDryRun = false } = options;
    if (options.merge === undefined) report.completed(resultAsTyped(await replaceSafely(options, setting)));
    else report.merged(await mergeSafely(options, setting), { to, isDryRun });
  },
};

export const runTransfer = (typed: Record<string, unknown>, host: Host, clock?: Clock): Promise<number> =>
  runMoving(transfer, typed, host, clock);
