import type { Link, LinkEnd } from '../protocol/content.js';
import { isProtectedType } from '../protocol/protected-types.js';
import type { TransferSource } from '../stores/store.js';
import type { RowIndex } from './row-index.js';

/** One link as its group sees it. */
export interface Member {
  /** The end that it leads to, and the field there. */
  readonly target: string;
  readonly pos: number | undefined;
}

/** Links by the end (and field) that they belong to. */
export type Groups = ReadonlyMap<string, readonly Member[]>;

export interface LinkGroups {
  /** All links, by their left end. */
  readonly byLeft: Groups;
  /** Those that have a place among the links of their right end: what only their order is read from. */
  readonly byRight: Groups;
}

/** Parts of a group's key and of a target are kept apart by what no name can hold. */
const separator = '\u0000';

/** What an end is called on both sides: `identities` numbers the rows of this side as the match numbers them. */
export async function groupLinks(
  source: TransferSource,
  rows: RowIndex,
  identities: readonly number[],
): Promise<LinkGroups> {
  const byLeft = new Map<string, Member[]>();
  const byRight = new Map<string, Member[]>();

  function nameOf({ type, ref, field }: LinkEnd): string {
    const number = rows.row(type, ref);
    if (number !== undefined) return join(identities[number], '', field);
    const place = rows.component(type, ref);
    if (place !== undefined) return join(identities[place.row], place.path, field);
    // A document is named by all servers alike. What else is not in the content has nothing but an id to know it by.
    return join(typeof ref === 'string' ? `${type}, ${ref}` : `${type} that is not here`, '', field);
  }

  for await (const batch of source.rows('links')) {
    for (const { kind, relation, left, right } of batch as readonly Link[]) {
      if (isProtectedType(left.type) || isProtectedType(right.type)) continue;
      const [from, to] = [nameOf(left), nameOf(right)];
      put(byLeft, `${from}${separator}${kind}${separator}${relation}`, { target: to, pos: left.pos });
      if (right.pos !== undefined && right.pos !== null)
        put(byRight, `${to}${separator}${kind}${separator}${relation}`, { target: from, pos: right.pos });
    }
  }
  return { byLeft, byRight };
}

/** The row, and the field with the component that it is in, for people. */
export function readName(name: string, rowNames: readonly string[]) {
  const [row = '', path = '', field = ''] = name.split(separator);
  const full = [path, field].filter((part) => part !== '').join('.');
  return { where: /^\d+$/.test(row) ? (rowNames[Number(row)] ?? row) : row, path: full };
}

function join(row: number | string | undefined, path: string, field: string | undefined): string {
  return `${row}${separator}${path}${separator}${field ?? ''}`;
}

function put(groups: Map<string, Member[]>, key: string, member: Member): void {
  const group = groups.get(key);
  if (group === undefined) groups.set(key, [member]);
  else group.push(member);
}
