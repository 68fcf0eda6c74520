import type { ComponentReader } from '../protocol/components.js';
import type { TransferError } from '../protocol/errors.js';
import type { TransferSource } from '../stores/store.js';
import type { ContentDifference } from './content-difference.js';

/** One of the two contents. */
export interface Side {
  readonly source: TransferSource;
  readonly components: ComponentReader;
}

/** Takes the differences; keeps the first ones, counts all. */
export interface Findings {
  add(difference: ContentDifference): void;
  /** A file of a side that cannot be read. Throws where nobody is told. */
  broken(side: 'left' | 'right', error: TransferError): void;
  /** How many more are kept. */
  room(): number;
}

/** Sets a value only where there is one: an absent key says that there is none. */
export function valuesOf({ left, right }: Pick<ContentDifference, 'left' | 'right'>) {
  return { ...(left === undefined ? {} : { left }), ...(right === undefined ? {} : { right }) };
}
