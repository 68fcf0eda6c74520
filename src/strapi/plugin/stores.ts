import type { Given } from '../../protocol/given.js';
import { defaultLimits, type Limits } from '../../protocol/limits.js';
import type { ServerLimits } from '../../server/transfer-server.js';
import type { TransferDestination, TransferSource } from '../../stores/store.js';
import { strapiDestination } from '../destination/destination.js';
import type { Pins } from '../source/pins.js';
import { strapiSource } from '../source/strapi-source.js';
import type { Strapi } from '../strapi.js';

export interface StrapiStores {
  source(): TransferSource;
  destination(): TransferDestination;
}

export interface StoresOptions {
  /** What a client may send; what waits is read again within the same. */
  readonly limits: Pick<ServerLimits, 'frameSize' | 'values' | 'depth'>;
  /** Keeps checks of tokens away from the database until what it answers is called. */
  readonly pauseRechecks: () => () => void;
  readonly pins: Pins;
  /** Aborted when this Strapi ends. */
  readonly signal: AbortSignal;
}

/** What the endpoint serves: the content of the running Strapi. */
export function storesOf(
  strapi: Strapi,
  { limits, pauseRechecks, pins, signal }: StoresOptions,
): StrapiStores {
  const isAlone = strapi.db.dialect.client === 'sqlite';
  return {
    source: () => strapiSource(strapi, { pins }),
    destination: () =>
      strapiDestination(strapi, {
        limits: readingLimits(limits),
        signal,
        // With SQLite the transaction holds the one connection that there is.
        ...(isAlone ? { onTransaction: pauseRechecks } : {}),
      }),
  };
}

/** A number may take more bytes in a file than it came in. */
const readingLimits = ({ frameSize, values, depth }: StoresOptions['limits']): Given<Limits> => ({
  ...{ values, depth },
  lineBytes: Math.max(defaultLimits.lineBytes, 2 * frameSize),
});
