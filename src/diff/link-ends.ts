import type { Link, LinkEnd } from '../protocol/content.js';
import { isProtectedType } from '../protocol/protected-types.js';
import type { TransferSource } from '../stores/store.js';
import { createLinkTable, type LinkTable } from './link-table.js';
import { createNumbers } from './numbers.js';
import type { RowIndex } from './row-index.js';

export interface Links {
  readonly byLeft: LinkTable;
  /** The links that have a place among the links of their right end, by that end. */
  readonly byRight: LinkTable;
}

export interface LinkRow {
  readonly where: string;
  readonly type?: string;
  readonly title?: string;
}

/** Numbers for the ends of links: the same on both sides where they are the same row (or component), and field. */
export interface LinkEnds {
  /** `identities` gives a row of this side the number of its match. */
  read(source: TransferSource, rows: RowIndex, identities: readonly number[]): Promise<Links>;
  nameOf(end: number): LinkRow & { readonly path: string };
}

/** More than there are places within rows; multiplied by a row's number it is still exact. */
const placesPerRow = 2 ** 22;

/** @param known The rows, by the number of their match. */
export function createLinkEnds(known: readonly LinkRow[]): LinkEnds {
  const places = createNumbers();
  const outsiders = createNumbers();

  /** `role` tells apart different relations that have the same two ends. */
  function numberOf(rows: RowIndex, identities: readonly number[], end: LinkEnd, role = ''): number {
    const { type, ref, field = '' } = end;
    const component = rows.component(type, ref);
    const row = rows.row(type, ref) ?? component?.row;
    // Every server names a document alike. Any other row outside of the content is known by its id alone.
    const outside = () => outsiders.of(typeof ref === 'string' ? `${type}, ${ref}` : `a ${type} not in here`);
    const identity = row === undefined ? known.length + outside() : (identities[row] ?? 0);
    return identity * placesPerRow + places.of(JSON.stringify([component?.path ?? '', field, role]));
  }

  return {
    async read(source, rows, identities) {
      const [byLeft, byRight] = [createLinkTable(), createLinkTable()];
      for await (const batch of source.rows('links')) {
        for (const { kind, relation, left, right } of batch as readonly Link[]) {
          if (isProtectedType(left.type) || isProtectedType(right.type)) continue;
          const role = `${kind} ${relation}`;
          const number = (end: LinkEnd, as?: string) => numberOf(rows, identities, end, as);
          byLeft.add(number(left, role), number(right), left.pos);
          if (typeof right.pos === 'number') byRight.add(number(right, role), number(left), right.pos);
        }
      }
      return { byLeft, byRight };
    },
    nameOf(end) {
      const identity = Math.floor(end / placesPerRow);
      const [component = '', field = ''] = JSON.parse(places.text(end % placesPerRow)) as string[];
      const row = known[identity] ?? { where: outsiders.text(identity - known.length) };
      return { ...row, path: [component, field].filter((part) => part !== '').join('.') };
    },
  };
}
