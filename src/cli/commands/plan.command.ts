import { nodeFiles } from '../../ports/node-files.js';
import { isServerUrl } from '../../protocol/admin-url.js';
import { TransferError } from '../../protocol/errors.js';
import { checkWritten } from '../../transfer/end-names.js';
import { isTaken } from '../ends.js';
import type { Host } from '../host.js';
import { plan } from '../merge/merging.js';
import { type MovingCommand, runMoving } from '../moving.js';

const planning: MovingCommand = {
  usual: 'merge',
  async completed(options, flags) {
    const { out } = options;
    const key = flags['outKey'];
    const refused = (option: string, value: string, reason: string) =>
      new TransferError('INVALID_OPTION', { option, value, reason });
    if (options.merge === undefined) throw refused('--strategy', 'restore', 'a plan is one of merge or add');
    if (out === undefined) {
      if (key !== undefined) throw refused('--out-key', 'alone', 'it is the password of an --out');
      return options;
    }
    const reason = isServerUrl(out)
      ? 'a changeset is a folder or an archive'
      : (await isTaken(out, nodeFiles))
        ? 'something stands there, and a changeset replaces nothing. Give another name'
        : null;
    if (reason !== null) throw refused('--out', out, reason);
    const given = typeof key === 'string' || key === true ? key : undefined;
    checkWritten(out, given, { end: '--out', key: '--out-key' });
    return options;
  },
  async carryOut(options, setting) {
    const { to, out: changeset } = options;
    setting.report.merged(await plan(options, setting), { to, isDryRun: changeset === undefined, changeset });
  },
};

export const runPlan = (typed: Record<string, unknown>, host: Host): Promise<number> =>
  runMoving(planning, typed, host);
