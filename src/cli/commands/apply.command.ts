import { withOwnBackup } from '../backup.js';
import type { Host } from '../host.js';
import { applySafely } from '../merge/merging.js';
import { type MovingCommand, runMoving } from '../moving.js';

const applying: MovingCommand = {
  usual: 'merge',
  completed: (options, flags) => withOwnBackup(options, flags, new Date()),
  async carryOut(options, setting) {
    const { to, dryRun: isDryRun = false } = options;
    setting.report.merged(await applySafely(options, setting), { to, isDryRun });
  },
};

export const runApply = (typed: Record<string, unknown>, host: Host): Promise<number> =>
  runMoving(applying, typed, host);
