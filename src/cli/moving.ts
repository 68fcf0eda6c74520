import { type Clock, realClock } from '../ports/clock.js';
import { nodeFiles } from '../ports/node-files.js';
import { TransferError, toTransferError } from '../protocol/errors.js';
import { type Asked, answerSecrets, checkOptions } from './answers.js';
import { checkBackup } from './backup.js';
import { asTyped } from './better-words.js';
import { type FlagOptions, readTransferFlags } from './flags.js';
import type { Host } from './host.js';
import { type EndFlags, nameSetting, withNamedEnds } from './profiles/named-ends.js';
import { askingAside, createPrompts, whyNotAsk } from './prompts.js';
import { checkRecording, recordedWords } from './recording.js';
import type { Setting } from './replacing.js';
import { cleanHost, secretsIn } from './report/clean.js';
import { createJsonReport } from './report/json-report.js';
import { createLogReport } from './report/log-report.js';
import { glyphsFor, paintFor } from './report/paint.js';
import type { Report } from './report/report.js';
import { withoutSecrets } from './report/secrets.js';
import { createTerminalReport } from './report/terminal-report.js';
import { createRunner } from './runner.js';
import { onEndingSignals } from './signals.js';
import { steerTransfer } from './steering.js';
import { tokenWarnings } from './tokens.js';
import { startWatching, type Watching } from './watching.js';

/** A command that moves content between two ends: what differs from one to the other. */
export interface MovingCommand {
  /** The strategy where no flag says it. */
  readonly usual: 'restore' | 'merge';
  /** Fills in and checks what this command alone has. @throws TransferError INVALID_OPTION */
  readonly completed?: (options: FlagOptions, flags: Flags) => FlagOptions | Promise<FlagOptions>;
  /** Tells the report how it ended. */
  readonly carryOut: (options: FlagOptions, setting: Setting) => Promise<void>;
}

type Flags = Readonly<Record<string, unknown>>;

/** Runs it to its end, and resolves with its exit code. */
export async function runMoving(
  { usual, completed = (options) => options, carryOut }: MovingCommand,
  typed: Record<string, unknown>,
  host: Host,
  clock: Clock = realClock,
): Promise<number> {
  // Faults of the flags are reported before they are read, so the report has to know their secrets already.
  let report = withoutSecrets(reportFor(typed, host, clock), secretsIn(host));
  let watching: Watching | null = null;
  const runner = createRunner({ report: () => report, clock, inspect: () => watching?.inspect });
  const stopListening = onEndingSignals(host, {
    first: (_, by) => runner.abort(by),
    last(aborted) {
      report.failed(aborted);
      report.end();
    },
  });
  try {
    const flags = await withNamedEnds(endsOnce(typed), endFlags, host.env, () => nameSetting(typed, host));
    const read = readTransferFlags(flags, host.env, usual);
    report = withoutSecrets(report, secretsOf(read));
    await checkOptions(read, flags);
    const given = await completed(read, flags);
    await checkBackup(given, flags);
    const { from, to, dryRun = false, merge } = given;
    report.began({ from, to, dryRun, ...(merge === undefined ? {} : { merges: true }) });
    for (const warning of tokenWarnings([from, to])) report.warn(warning);
    const asked = askedOf(flags, host, () => report);
    const options = await answerSecrets(given, asked);
    report = withoutSecrets(report, secretsOf(options));
    await checkRecording(flags, asked, nodeFiles);
    watching = await startWatching(flags, {
      roles: ['client'],
      note: (text) => report.note(text),
      onControl: (command) => steerTransfer(runner.current(), command),
    });
    if (watching.page !== null) report.note(`The charts of this transfer: ${watching.page}`);
    await carryOut(options, { asked, runner, report, out: cleanHost(host).stdout, clock });
    return 0;
  } catch (thrown) {
    const error = asTyped(toTransferError(thrown));
    report.failed(error);
    return error.row.exit;
  } finally {
    stopListening();
    await watching?.close();
    const recorded = recordedWords(typed);
    // The last line of --json is the result.
    if (watching !== null && recorded !== null && typed['json'] !== true) report.note(recorded);
    report.end();
  }
}

const endFlags: readonly EndFlags[] = [
  { end: 'from', token: 'fromToken', key: 'fromKey', tokenFlag: '--from-token' },
  { end: 'to', token: 'toToken', key: 'toKey', tokenFlag: '--to-token' },
  { end: 'backup', key: 'backupKey' },
  { end: 'out', key: 'outKey' },
];

/** `transfer staging production`: the words are `from` and `to`. */
function endsOnce({ words, ...flags }: Record<string, unknown>): Record<string, unknown> {
  const [from, to] = Array.isArray(words) ? words : [];
  for (const [name, word] of [['from', from] as const, ['to', to] as const]) {
    if (word === undefined) continue;
    const reason = `${flags[name]} is given for it already`;
    if (flags[name] !== undefined)
      throw new TransferError('INVALID_OPTION', { option: `--${name}`, value: word, reason });
    flags[name] = word;
  }
  return flags;
}

function askedOf(flags: Record<string, unknown>, host: Host, report: () => Report): Asked {
  const because = whyNotAsk(flags, host);
  return { ask: because === null ? askingAside(createPrompts(host), report) : null, because };
}

function reportFor(flags: Record<string, unknown>, host: Host, { now }: Clock): Report {
  const { stdout: out, stderr: err, env } = host;
  if (flags['json'] === true) return createJsonReport({ out, now: () => now() });
  const settings = {
    out,
    err,
    now: () => now(),
    verbose: flags['verbose'] === true,
    paint: paintFor(out, env),
    glyphs: glyphsFor(env),
  };
  // A dumb terminal cannot move its cursor.
  return out.isTTY === true && env['TERM'] !== 'dumb'
    ? createTerminalReport(settings)
    : createLogReport(settings);
}

const secretsOf = ({ fromToken, toToken, fromKey, toKey, backupKey, outKey }: FlagOptions) => [
  fromToken,
  toToken,
  fromKey,
  toKey,
  backupKey,
  outKey,
];
