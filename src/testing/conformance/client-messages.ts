import { initParams } from '../../protocol/init-params.js';
import type { Negotiated } from '../../protocol/negotiation.js';
import { isObject } from '../../protocol/plain-object.js';
import { parseAssetFlow } from '../../protocol/validate.js';
import type { SentMessage } from '../scripted-peer.js';
import { scriptedTransferID } from '../strapi-script.js';
import { faultOf } from './answers.js';
import type { ClientPlan } from './client-plans.js';

/** What both ends understood: the client offered it in `init`, and the server echoes it. */
export type Agreed = Pick<Negotiated, 'checksums' | 'assetEncoding'>;

/** @param params - of the client's `init` */
export const agreedOf = (params: unknown, { manner }: ClientPlan): Agreed => {
  const { checksums, assetEncoding } = isObject(params) ? params : {};
  const echoes = manner !== 'echoes nothing';
  return {
    checksums: echoes && checksums === true,
    assetEncoding: echoes && assetEncoding === 'base64' ? 'base64' : 'buffer',
  };
};

/** What is wrong with a message of a client apart from its order, in words; null where nothing is. */
export function faultOfMessage(
  message: SentMessage,
  { direction }: ClientPlan,
  agreed: Agreed,
): string | null {
  const { type, command, params, action, kind, data, transferID } = message;
  const fields = isObject(params) ? params : {};
  if (command === 'init') return faultOfOffer(fields, direction);
  const id = command === 'end' ? fields['transferID'] : transferID;
  if ((type === 'transfer' || command === 'end') && id !== scriptedTransferID)
    return 'without the transferID that init answered';
  if (kind !== 'step' || action !== 'stream') return null;
  if (!Array.isArray(data)) return 'without a list of items';
  return message.step === 'assets' ? faultOfAssets(data, agreed) : null;
}

function faultOfOffer(params: Readonly<Record<string, unknown>>, direction: string): string | null {
  // A pull may be asked for without params.
  const { transfer = 'pull', options } = params;
  if (transfer !== direction) return `of a ${direction} that says transfer: ${JSON.stringify(transfer)}`;
  if (direction === 'push' && !isObject(options)) return 'without options of what is replaced';
  return faultOf(() => initParams(params));
}

function faultOfAssets(items: readonly unknown[], agreed: Agreed): string | null {
  return (
    faultOf(() => parseAssetFlow(items)) ??
    parseAssetFlow(items)
      .map((item) => {
        if (item.action === 'stream' && agreed.assetEncoding === 'buffer' && typeof item.data === 'string')
          return 'with base64, which was not agreed';
        if (item.action === 'end' && agreed.checksums && item.checksum === undefined)
          return 'without the checksum that was agreed';
        return null;
      })
      .find((fault) => fault !== null) ??
    null
  );
}
