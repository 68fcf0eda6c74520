import type { Fate } from '../../machines/lifecycle.machine.js';
import { formatBytes, formatDuration } from '../protocol/format.js';
import type { Refused } from './refusal.js';
import type { SessionSummary } from './transfer-server.js';

const endings: Record<Fate, string> = {
  none: 'nothing was begun',
  begun: 'broken off',
  completed: 'completed',
  rolledBack: 'rolled back',
};

/** A push whose client left in order before a stage began: it looked, and changed nothing. */
export const isWithoutChange = ({ direction, counts, fate, failure }: SessionSummary) =>
  direction === 'push' &&
  failure === null &&
  (fate === 'begun' || fate === 'rolledBack') &&
  Object.keys(counts).length === 0;

/** `push by nightly from 127.0.0.1: 529 entities, 18 assets (67.5 MiB), 4067 links in 3.1 s, completed` */
export function describeSession(summary: SessionSummary): string {
  const { direction, name, address, counts, ms, fate, failure, exceeded } = summary;
  const moved = Object.entries(counts).map(([step, { items, bytes }]) =>
    step === 'assets' ? `${items} assets (${formatBytes(bytes)})` : `${items} ${step}`,
  );
  const what = moved.length === 0 ? 'nothing' : moved.join(', ');
  const over =
    exceeded === null ? '' : ` (a message was over the limit ${exceeded.limit}, ${exceeded.value})`;
  const ended = isWithoutChange(summary)
    ? 'nothing was changed (a dry run, or given up at a question)'
    : endings[fate];
  const ending = failure === null ? ended : `${ended}: ${failure}${over}`;
  return `${direction} by ${name} from ${address}: ${what} in ${formatDuration(ms)}, ${ending}`;
}

/** `refused a push from 127.0.0.1: UNAUTHORIZED` */
export const describeRefused = ({ direction, address, code }: Refused) =>
  `refused a ${direction} from ${address}: ${code}`;
