import { TransferError } from '../../protocol/errors.js';

/** Why this Strapi cannot keep a row. */
export class Unfit extends Error {}

const longest = 60;

/** What came, for people: a part of it where it is long. */
export function inWords(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value));
  return text.length > longest ? `${text.slice(0, longest - 1)}…` : text;
}

/**
 * Runs `work`, whose {@link Unfit} becomes an error that names the row.
 * @throws TransferError UNFIT_ROW
 */
export function namingRow<T>(row: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof Unfit)) throw error;
    throw new TransferError('UNFIT_ROW', { row, because: error.message }, error);
  }
}

export const rowOf = (type: string, id: unknown): string => `The row ${inWords(id)} of ${inWords(type)}`;
