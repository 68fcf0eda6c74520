import type { ComponentReader } from '../protocol/components.js';
import type { TransferError } from '../protocol/errors.js';
import type { TransferSource } from '../stores/store.js';
import type { ContentDifference } from './content-difference.js';

/** One of the two contents. */
export interface Side {
  readonly source: TransferSource;
  readonly components: ComponentReader;
}

/** Collects the differences: keeps the first ones, counts all. */
export interface Findings {
  add(difference: ContentDifference): void;
  /** Reports a file of a side that cannot be read. Throws if the caller has given no `onBrokenAsset`. */
  broken(side: 'left' | 'right', error: TransferError): void;
  room(): number;
}

export function valuesOf({ left, right }: Pick<ContentDifference, 'left' | 'right'>) {
  return { ...(left === undefined ? {} : { left }), ...(right === undefined ? {} : { right }) };
}
