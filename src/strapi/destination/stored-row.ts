import { type Column, columnsOf } from '../database/columns.js';
import { UnfitValue } from '../database/fields.js';
import { knownModel } from '../database/names.js';
import type { Strapi } from '../strapi.js';
import { remembered } from './grouped.js';
import type { Row } from './table-writer.js';
import { Unfit } from './unfit.js';

type Fields = Readonly<Record<string, unknown>>;

/** Makes rows of tables of what comes: every column of the type but its id, so that all rows of a type have the same. */
export interface StoredRows {
  /** @throws Unfit for a value that its column cannot hold */
  rowOf(uid: string, data: Fields): Row;
  /** Throws likewise. */
  check(uid: string, data: Fields): void;
}

export function createStoredRows({ db }: Strapi): StoredRows {
  const columns = remembered((uid) => columnsOf(knownModel(db, uid)).filter(({ name }) => name !== 'id'));
  return {
    rowOf: (uid, data) =>
      Object.fromEntries(
        columns(uid).map((column) => [column.name, stored(uid, column, given(column, data))]),
      ),
    check(uid, data) {
      for (const column of columns(uid)) stored(uid, column, own(data, column.attribute));
    },
  };
}

/** An attribute may have the name of something of JavaScript's. */
const own = (data: Fields, attribute: string) =>
  Object.hasOwn(data, attribute) ? data[attribute] : undefined;

function given({ attribute, whenAbsent }: Column, data: Fields): unknown {
  const value = own(data, attribute);
  if (value !== undefined) return value;
  return typeof whenAbsent === 'function' ? whenAbsent() : whenAbsent;
}

function stored(uid: string, { attribute, field }: Column, value: unknown): unknown {
  if (value === undefined || value === null) return null;
  try {
    return field.toColumn(value);
  } catch (error) {
    if (!(error instanceof UnfitValue)) throw error;
    throw new Unfit(`${uid} cannot hold its ${attribute}: ${error.message}`);
  }
}
