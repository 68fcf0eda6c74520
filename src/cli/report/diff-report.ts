import { basename } from 'node:path';
import {
  type ContentDifference,
  type DifferenceCount,
  describeDifference,
} from '../../diff/content-difference.js';
import type { ContentDiff } from '../../diff/diff-content.js';
import { isServerUrl } from '../../protocol/admin-url.js';
import type { TransferError } from '../../protocol/errors.js';
import { formatCount, formatCounted } from '../../protocol/format.js';
import type { Host } from '../host.js';
import { failedResult } from '../wrong-arguments.js';

export type SideName = 'from' | 'to';

export interface DiffReport {
  warn(text: string): void;
  broken(side: SideName, error: TransferError): void;
  completed(diff: ContentDiff, broken: readonly TransferError[]): void;
  failed(error: TransferError): void;
}

interface DiffEnds {
  readonly from: string;
  readonly to: string;
  readonly isJson: boolean;
}

type Outputs = Pick<Host, 'stdout' | 'stderr'>;

export const createDiffReport = (ends: DiffEnds, outputs: Outputs): DiffReport =>
  ends.isJson ? jsonReport(outputs) : textReport(ends, outputs);

function textReport({ from, to }: DiffEnds, { stdout, stderr }: Outputs): DiffReport {
  const names = labelsOf(from, to);
  const say = (text: string) => stdout.write(`${text}\n`);
  return {
    warn: (text) => stderr.write(`warning: ${text}\n`),
    broken: (side, { code, message }) =>
      stderr.write(`${side === 'from' ? from : to}: ${code}: ${message}\n`),
    completed({ differences, total, counts }, broken) {
      const unread = broken.length === 0 ? '' : `; ${formatCounted(broken.length, 'file')} could not be read`;
      if (total === 0 && broken.length === 0) {
        say(`${from} and ${to} are equal`);
        return;
      }
      say(`${from} → ${to}: ${formatCounted(total, 'difference')}${unread}`);
      for (const line of countLines(counts, names)) say(`  ${line}`);
      if (differences.length > 0) say('');
      for (const difference of differences) say(describeDifference(difference, names));
      const rest = total - differences.length;
      if (rest > 0 && differences.length > 0)
        say(`and ${formatCount(rest)} more: --show ${total} lists all of them`);
    },
    failed: ({ code, message }) => stderr.write(`${code}: ${message}\n`),
  };
}

/** The last part of a path, or the host of a server; the whole ends where those are the same. */
function labelsOf(from: string, to: string) {
  const short = (end: string) =>
    (isServerUrl(end) ? (URL.canParse(end) ? new URL(end).host : '') : basename(end)) || end;
  const [left, right] = [short(from), short(to)];
  return left === right ? { left: from, right: to } : { left, right };
}

const toldTypes = 40;

/** `entity api::article.article: 2 only in monday, 4 changed` */
function countLines(counts: readonly DifferenceCount[], names: ReturnType<typeof labelsOf>) {
  const told = counts.slice(0, toldTypes).map(({ kind, type, missing, extra, changed }) => {
    const parts = [
      ...(missing === 0 ? [] : [`${formatCount(missing)} only in ${names.left}`]),
      ...(extra === 0 ? [] : [`${formatCount(extra)} only in ${names.right}`]),
      ...(changed === 0 ? [] : [`${formatCount(changed)} changed`]),
    ];
    return `${kind}${type === undefined ? '' : ` ${type}`}: ${parts.join(', ')}`;
  });
  const rest = counts.length - told.length;
  return rest > 0 ? [...told, `and ${formatCounted(rest, 'more type', 'more types')}`] : told;
}

function jsonReport({ stdout }: Outputs): DiffReport {
  const tell = (event: string, fields: object) => stdout.write(`${JSON.stringify({ event, ...fields })}\n`);
  return {
    warn: (text) => tell('warning', { text }),
    broken: (side, { code, message, details }) => tell('unreadable', { side, code, message, details }),
    completed({ differences, total, counts }, broken) {
      tell('summary', { total, counts: counts.map(named) });
      for (const difference of differences) tell('difference', asOfEnds(difference));
      const [first] = broken;
      const ending = { total, told: differences.length, unreadable: broken.length };
      if (first === undefined)
        tell('result', { ok: true, exitCode: total === 0 ? 0 : 1, equal: total === 0, ...ending });
      else {
        const { code, message, details, row } = first;
        const error = { code, message, details };
        tell('result', { ok: false, exitCode: row.exit, equal: false, ...ending, error });
      }
    },
    failed: (error) => tell('result', failedResult(error)),
  };
}

const named = ({ missing, extra, ...count }: DifferenceCount) => ({
  ...count,
  onlyInFrom: missing,
  onlyInTo: extra,
});

/** The end that has what the other lacks, and the values by the names of the ends. */
function asOfEnds({ left, right, change, ...difference }: ContentDifference): object {
  const only = change === 'missing' ? 'from' : 'to';
  return { ...difference, change, ...(change === 'changed' ? {} : { only }), from: left, to: right };
}
