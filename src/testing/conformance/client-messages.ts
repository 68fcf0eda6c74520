import { initParams } from '../../protocol/init-params.js';
import { isObject } from '../../protocol/plain-object.js';
import { parseAssetFlow } from '../../protocol/validate.js';
import type { SentMessage } from '../scripted-peer.js';
import { scriptedTransferID } from '../strapi-script.js';
import { faultOf } from './answers.js';
import type { ClientPlan } from './client-plans.js';

/** What is wrong with a message of a client apart from its order, in words; null where nothing is. */
export function faultOfMessage(message: SentMessage, { direction, manner }: ClientPlan): string | null {
  const { type, command, params, action, kind, data, transferID } = message;
  const fields = isObject(params) ? params : {};
  if (command === 'init') return faultOfOffer(fields, direction);
  const id = command === 'end' ? fields['transferID'] : transferID;
  if ((type === 'transfer' || command === 'end') && id !== scriptedTransferID)
    return 'without the transferID that init answered';
  if (kind !== 'step' || action !== 'stream') return null;
  if (!Array.isArray(data)) return 'without a list of items';
  return message.step === 'assets' ? faultOfAssets(data, manner === 'echoes nothing') : null;
}

function faultOfOffer(params: Readonly<Record<string, unknown>>, direction: string): string | null {
  // A pull may be asked for without params.
  const { transfer = 'pull', options } = params;
  if (transfer !== direction) return `of a ${direction} that says transfer: ${JSON.stringify(transfer)}`;
  if (direction === 'push' && !isObject(options)) return 'without options of what is replaced';
  return faultOf(() => initParams(params));
}

/** A client keeps to what was agreed in `init`. */
function faultOfAssets(items: readonly unknown[], isPlain: boolean): string | null {
  return (
    faultOf(() => parseAssetFlow(items)) ??
    parseAssetFlow(items)
      .map((item) => {
        if (item.action === 'stream' && isPlain && typeof item.data === 'string')
          return 'with base64, which the server did not echo';
        if (item.action === 'end' && !isPlain && item.checksum === undefined)
          return 'without the checksum that was agreed';
        return null;
      })
      .find((fault) => fault !== null) ??
    null
  );
}
