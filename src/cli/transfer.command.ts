import { statePath } from '../../machines/remote.machine.js';
import { type TransferError, toTransferError } from '../protocol/errors.js';
import { diagnosticKinds } from '../protocol/messages.js';
import { createTransfer, type Transfer } from '../transfer/create-transfer.js';
import { type Environment, readTransferFlags } from './flags.js';
import { createJsonReport, createTextReport, type Output, type Report } from './report.js';

/** What the command needs of the process it runs in. */
export interface Host {
  readonly stdout: Output;
  readonly stderr: Output;
  readonly env: Environment;
  on(signal: 'SIGINT' | 'SIGTERM', listener: () => void): unknown;
  off(signal: 'SIGINT' | 'SIGTERM', listener: () => void): unknown;
  exit(code: number): void;
}

/** Runs `strapi-ferry transfer` and resolves with its exit code. */
export async function runTransfer(flags: Record<string, unknown>, host: Host): Promise<number> {
  const report = (flags['json'] === true ? createJsonReport : createTextReport)({
    out: host.stdout,
    err: host.stderr,
    now: () => performance.now(),
    verbose: flags['verbose'] === true,
  });
  const fail = (error: TransferError) => {
    report.failed(error);
    return error.row.exit;
  };

  let transfer: Transfer;
  try {
    transfer = createTransfer({
      ...readTransferFlags(flags, host.env),
    });
  } catch (error) {
    return fail(toTransferError(error));
  }

  const stopListening = abortOnSignals(transfer, host);
  listen(transfer, report);
  try {
    report.completed(await transfer.done);
    return 0;
  } catch (error) {
    return fail(toTransferError(error));
  } finally {
    stopListening();
  }
}

/** The first Ctrl-C aborts and cleans up; a second one does not wait for that. */
function abortOnSignals(transfer: Transfer, host: Host): () => void {
  let asked = false;
  const handlers = (['SIGINT', 'SIGTERM'] as const).map((signal) => {
    const listener = () => {
      if (asked) host.exit(130);
      asked = true;
      transfer.abort(signal === 'SIGINT' ? 'Ctrl-C' : signal);
    };
    host.on(signal, listener);
    return () => host.off(signal, listener);
  });
  return () => {
    for (const off of handlers) off();
  };
}

function listen({ actor }: Transfer, report: Report): void {
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
}
