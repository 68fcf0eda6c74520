import { statePath } from '../../../machines/remote.machine.js';
import { type Clock, realClock } from '../../ports/clock.js';
import { toTransferError } from '../../protocol/errors.js';
import { diagnosticKinds } from '../../protocol/messages.js';
import { createTransfer, type Transfer } from '../../transfer/create-transfer.js';
import { type Answers, answerQuestions, checkOptions } from '../answers.js';
import { type FlagOptions, readTransferFlags } from '../flags.js';
import type { Host } from '../host.js';
import { createPrompts } from '../prompts.js';
import { cleanHost, secretsIn } from '../report/clean.js';
import { createJsonReport } from '../report/json-report.js';
import { createLogReport } from '../report/log-report.js';
import { glyphsFor, paintFor } from '../report/paint.js';
import { type Report, tickEvery } from '../report/report.js';
import { withoutSecrets } from '../report/secrets.js';
import { createTerminalReport } from '../report/terminal-report.js';
import { waitOf } from '../report/waits.js';
import { steerTransfer } from '../steering.js';
import { startWatching, type Watching } from '../watching.js';

/** Runs `strapi-ferry transfer` and resolves with its exit code. */
export async function runTransfer(
  flags: Record<string, unknown>,
  host: Host,
  clock: Clock = realClock,
): Promise<number> {
  // What is wrong with the flags is told before they are read: their secrets are known already.
  let report = withoutSecrets(reportFor(flags, host, clock), secretsIn(host));
  const stop = { transfer: null as Transfer | null };
  let watching: Watching | null = null;
  const stopListening = abortOnSignals(stop, host, () => report.end());
  try {
    const options = readTransferFlags(flags, host.env);
    report = withoutSecrets(report, secretsOf(options));
    checkOptions(options);
    report.began({ from: options.from, to: options.to, dryRun: options.dryRun === true });
    const answers = await answerQuestions(options, flags, cleanHost(host), createPrompts(host));
    report = withoutSecrets(report, secretsOf(answers.options));
    watching = await startWatching(flags, {
      roles: ['client'],
      note: (text) => report.note(text),
      onControl: (command) => steerTransfer(stop.transfer, command),
    });
    if (watching.page !== null) report.note(`The charts of this transfer: ${watching.page}`);
    const transfer = createTransfer({
      ...answers.options,
      ...askingAboutSchemas(answers, report, stop),
      ...(watching.inspect === undefined ? {} : { inspect: watching.inspect }),
    });
    stop.transfer = transfer;
    const stopTicking = listen(transfer, report, clock);
    const result = await transfer.done.finally(stopTicking);
    report.completed(result);
    return 0;
  } catch (thrown) {
    const error = toTransferError(thrown);
    report.failed(error);
    return error.row.exit;
  } finally {
    stopListening();
    await watching?.close();
    report.end();
  }
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

const secretsOf = ({ fromToken, toToken, fromKey, toKey }: FlagOptions) => [
  fromToken,
  toToken,
  fromKey,
  toKey,
];

/** Where schemas differ, the person is asked; Ctrl-C at that question ends the transfer, as anywhere else. */
function askingAboutSchemas(
  { confirmDifferences }: Answers,
  report: Report,
  stop: { readonly transfer: Transfer | null },
) {
  if (confirmDifferences === undefined) return {};
  return {
    confirmDifferences: async (...[differences]: Parameters<typeof confirmDifferences>) => {
      report.pause();
      try {
        return await confirmDifferences(differences);
      } catch (thrown) {
        if (toTransferError(thrown).code === 'ABORTED') stop.transfer?.abort('Ctrl-C');
        return false;
      } finally {
        report.resume();
      }
    },
  };
}

/** The first Ctrl-C aborts and cleans up; a second one does not wait for that. */
function abortOnSignals(
  stop: { readonly transfer: Transfer | null },
  host: Host,
  leaveTerminal: () => void,
): () => void {
  let asked = false;
  const handlers = (['SIGINT', 'SIGTERM'] as const).map((signal) => {
    const listener = () => {
      if (asked || stop.transfer === null) {
        leaveTerminal();
        host.exit(130);
      }
      asked = true;
      stop.transfer?.abort(signal === 'SIGINT' ? 'Ctrl-C' : signal);
    };
    host.on(signal, listener);
    return () => host.off(signal, listener);
  });
  return () => {
    for (const off of handlers) off();
  };
}

function listen({ actor }: Transfer, report: Report, clock: Clock): () => void {
  let state = '';
  actor.subscribe((snapshot) => {
    const next = statePath(snapshot.value);
    if (next !== state) report.state(next);
    state = next;
  });
  for (const kind of diagnosticKinds) {
    actor.on(`diagnostic.${kind}`, (said) => report.diagnostic({ ...said, kind }));
  }
  actor.on('request.retried', ({ request, retry }) => report.retried(request, retry));
  actor.on('stage.started', ({ step }) => report.stageStarted(step));
  actor.on('stage.moved', ({ step, counts, totals }) => report.stageMoved(step, counts, totals));
  actor.on('stage.completed', ({ step, counts }) => report.stageCompleted(step, counts));

  let timer: unknown;
  const tick = () => {
    report.tick(waitOf(actor.getSnapshot()));
    timer = clock.setTimeout(tick, tickEvery);
  };
  tick();
  return () => clock.clearTimeout(timer);
}
