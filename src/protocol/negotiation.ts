import type { AssetEncoding } from './codec.js';
import { type Concern, isSendable } from './concern.js';
import type { FerryOffer, InitParams, RestoreOptions } from './messages.js';
import { parseInitAnswer } from './validate.js';

/** What both ends understood: a server echoes what it knows of `init`'s params. */
export interface Negotiated {
  /** Goes on every message of the transfer. */
  readonly transferID: string;
  /** A missing or wrong checksum fails the transfer. */
  readonly checksums: boolean;
  /** How bytes of assets are written: base64 where the server echoed it. */
  readonly assetEncoding: AssetEncoding;
  /** Both ends are ferry's, and this is what they agreed on. */
  readonly ferry: {
    readonly version: number;
    /** The server takes no types but those of its code. */
    readonly fixedTypes?: true;
  } | null;
}

/** What this version of Ferry offers another Ferry. */
export const ferryOffer: FerryOffer = { version: 1 };

/** What is offered in `init` of a pull. A concern that is too long to be sent is left out: the server gives all then. */
export function offerPull(options: {
  readonly checksums: boolean;
  readonly concern?: Concern | undefined;
}): InitParams {
  const { checksums, concern } = options;
  return {
    transfer: 'pull',
    ...(checksums ? { checksums: true } : {}),
    ferry: ferryOffer,
    ...(concern !== undefined && isSendable(concern) ? { concern } : {}),
  };
}

/** What is offered in `init` of a push. */
export function offerPush(options: {
  readonly checksums: boolean;
  readonly restore: RestoreOptions;
  /** @defaultValue 'restore' */
  readonly strategy?: 'restore' | 'merge' | undefined;
}): InitParams {
  return {
    options: { strategy: options.strategy ?? 'restore', restore: options.restore },
    transfer: 'push',
    ...(options.checksums ? { checksums: true } : {}),
    assetEncoding: 'base64',
    ferry: ferryOffer,
  };
}

/**
 * What was agreed: offered, and echoed.
 * @throws TransferError INVALID_MESSAGE where the answer is none to `init`
 */
export function negotiate(offer: Partial<InitParams>, data: unknown): Negotiated {
  const answer = parseInitAnswer(data);
  return {
    transferID: answer.transferID,
    checksums: offer.checksums === true && answer.checksums === true,
    assetEncoding:
      offer.assetEncoding === 'base64' && answer.assetEncoding === 'base64' ? 'base64' : 'buffer',
    ferry:
      offer.ferry !== undefined && answer.ferry !== undefined
        ? { version: answer.ferry.version, ...(answer.ferry.fixedTypes === true ? { fixedTypes: true } : {}) }
        : null,
  };
}
