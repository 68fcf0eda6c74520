import type { Id } from '../../../merge/plan.js';
import type { Link } from '../../../protocol/content.js';
import { RowMap } from './row-map.js';

/** One link of a field that a row or a component holds. */
export interface Listed {
  /** Its place in the field. */
  readonly pos: number;
  readonly link: Link;
  /** As links name it: `manyToOne`. Undefined for the inverse side, and for files. */
  readonly relation: string | undefined;
  /** The row that stands; null where the target is pushed as well, so that the link is. */
  readonly stands: { readonly id: Id; readonly type: string } | null;
}

/** What is to be written into rows and components, by the source's type and id of each. */
export class WrittenFields {
  readonly #fields = new RowMap<Record<string, unknown>>();

  add(type: string, id: Id, field: string, value: unknown): void {
    this.#fields.getOr(type, id, () => ({}))[field] = value;
  }

  of(type: string, id: Id): Readonly<Record<string, unknown>> {
    return this.#fields.get(type, id) ?? {};
  }
}

/** The links of fields that lead to rows which stand, by the row or component that holds them. */
export class FieldLists {
  readonly #lists = new RowMap<Map<string, Listed[]>>();

  /** The links of a field, to be added to. */
  of(type: string, id: Id, field = ''): Listed[] {
    const fields = this.#lists.getOr(type, id, () => new Map());
    const known = fields.get(field) ?? [];
    fields.set(field, known);
    return known;
  }

  /** The same; undefined where the field was not asked for before. */
  known(type: string, id: Id, field = ''): Listed[] | undefined {
    return this.#lists.get(type, id)?.get(field);
  }

  /** Writes the rows that stand into the fields, and answers where pushed links stand among them, by their names. */
  write(written: WrittenFields): ReadonlyMap<string, number> {
    const places = new Map<string, number>();
    for (const [type, id, fields] of this.#lists)
      for (const [field, listed] of fields) {
        if (listed.every(({ stands }) => stands === null)) continue;
        listed.sort((one, other) => one.pos - other.pos);
        written.add(type, id, field, valueOfField(listed));
        for (const [link, place] of placesOf(listed)) places.set(nameOf(link), place);
      }
    return places;
  }
}

/** The value by which a Strapi that is given a row links it to rows that stand. */
function valueOfField(listed: readonly Listed[]): unknown {
  const relation = listed[0]?.relation;
  const isMorph = relation?.startsWith('morph') === true;
  const targets = listed.flatMap(({ stands }) => {
    if (stands === null) return [];
    return [isMorph ? { id: stands.id, __type: stands.type } : { id: stands.id }];
  });
  // A row without drafts may point to both states of one that has them: then a relation to one row has two.
  const [target] = targets;
  if (target === undefined || targets.length > 1 || relation?.endsWith('ToOne') !== true)
    return { set: targets };
  return isMorph ? target : target.id;
}

/**
 * Places for those links of a field that are pushed: a Strapi counts the rows that it is given in the data from 1, and takes
 * the places of pushed links as they are.
 */
function placesOf(listed: readonly Listed[]): ReadonlyMap<Link, number> {
  const places = new Map<Link, number>();
  let written = 0;
  let waiting: Link[] = [];
  const place = () => {
    waiting.forEach((link, at) => {
      places.set(link, written + (at + 1) / (waiting.length + 1));
    });
    waiting = [];
  };
  for (const { link, stands } of listed) {
    if (stands === null) waiting.push(link);
    else {
      place();
      written += 1;
    }
  }
  place();
  return places;
}

/** The same for the same link, each time that it is read. */
export const nameOf = ({ kind, relation, left, right }: Link): string =>
  JSON.stringify([kind, relation, left.type, left.ref, left.field, right.type, right.ref, right.field]);
