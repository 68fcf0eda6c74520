import { savePage } from '../../inspector/save-page.js';
import { showRecording } from '../../inspector/start-inspection.js';
import { type TransferError, toTransferError } from '../../protocol/errors.js';
import { asTyped, messageAsTyped } from '../better-words.js';
import type { Host } from '../host.js';
import { untilStopped } from '../until-stopped.js';
import { portOf } from '../watching.js';
import { tellFailure } from '../wrong-arguments.js';

export async function runInspect(
  recording: string,
  flags: Record<string, unknown>,
  host: Host,
): Promise<number> {
  const isJson = flags['json'] === true;
  const print = (event: string, fields: object, text: string) =>
    host.stdout.write(isJson ? `${JSON.stringify({ event, ...fields })}\n` : `${text}\n`);
  const fail = (error: TransferError) => tellFailure(error, isJson, host);
  const { html } = flags;
  try {
    if (typeof html === 'string') {
      const ending = await savePage({ recording, html });
      const cut = ending === 'cutOff' ? '; the recording was cut off' : '';
      print('saved', { html, ending }, `${html}: opens in any browser, without a network${cut}`);
      return 0;
    }
    const { page, shown, close } = await showRecording(recording, portOf(flags['port'], '--port'));
    const stopped = untilStopped(host, fail);
    print('inspector', { page }, `${recording}: ${page}`);
    shown.then(
      (ending) =>
        print('shown', { ending }, ending === 'cutOff' ? 'read; it was cut off there' : 'read to its end'),
      (thrown) => host.stderr.write(`${messageAsTyped(toTransferError(thrown))}\n`),
    );
    await stopped;
    await close();
    return 0;
  } catch (thrown) {
    return fail(asTyped(toTransferError(thrown)));
  }
}
