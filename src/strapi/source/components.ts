import { type Column, columnsOf } from '../database/columns.js';
import { type ComponentPlace, componentPlaces } from '../database/component-places.js';
import { knownModel } from '../database/names.js';
import type { Strapi } from '../strapi.js';
import { type Draft, draftOf, selected } from './drafts.js';
import { from, type Pin, rowsWith, type SqlRow } from './pin.js';

type Drafts = ReadonlyMap<number, Draft>;

/** Reads the components of many rows at once, however deep they are nested. */
export interface ComponentReader {
  /** Gives rows of one type, by their ids, their components. */
  attach(uid: string, owners: Drafts): Promise<void>;
}

interface Described {
  readonly table: string;
  readonly columns: readonly Column[];
  readonly places: readonly ComponentPlace[];
}

/** A component in its place. */
interface Held {
  readonly place: ComponentPlace;
  readonly owner: number;
  readonly uid: string;
  readonly id: number;
}

export function createComponentReader(strapi: Strapi, pin: Pin): ComponentReader {
  const { db } = strapi;
  const known = new Map<string, Described>();

  function described(uid: string): Described {
    const found = known.get(uid) ?? describe(strapi, uid);
    known.set(uid, found);
    return found;
  }

  async function attach(uid: string, owners: Drafts): Promise<void> {
    const { places } = described(uid);
    if (places.length === 0 || owners.size === 0) return;
    const held = await heldBy(places, [...owners.keys()]);
    const components = await load(held);
    for (const draft of owners.values())
      for (const { field, holds } of places) draft[field] = holds === 'one' ? null : [];
    for (const { place, owner, uid, id } of held) {
      const draft = owners.get(owner);
      const component = components.get(uid)?.get(id);
      if (draft !== undefined && component !== undefined) put(draft, place, uid, component);
    }
  }

  /** Which components they have, in their order. */
  async function heldBy(
    places: readonly ComponentPlace[],
    owners: readonly number[],
  ): Promise<readonly Held[]> {
    const held: Held[] = [];
    for (const table of new Set(places.map((place) => place.table))) {
      const inTable = places.filter((place) => place.table === table);
      const [{ ownerColumn, orderColumn }] = inTable as [ComponentPlace];
      const query = () => from(db, table).select('*').orderBy([ownerColumn, orderColumn, 'id']);
      for await (const rows of rowsWith(pin, query, ownerColumn, owners)) {
        for (const row of rows) {
          const found = heldIn(inTable, row);
          if (found !== undefined) held.push(found);
        }
      }
    }
    return held;
  }

  /** The components themselves, with theirs. */
  async function load(held: readonly Held[]): Promise<ReadonlyMap<string, Drafts>> {
    const loaded = new Map<string, Drafts>();
    for (const uid of new Set(held.map((each) => each.uid))) {
      const { table, columns } = described(uid);
      const ids = [...new Set(held.filter((each) => each.uid === uid).map(({ id }) => id))];
      const drafts = new Map<number, Draft>();
      const query = () => selected(db, from(db, table), columns);
      for await (const rows of rowsWith(pin, query, 'id', ids))
        for (const row of rows) drafts.set(row['id'] as number, draftOf(columns, row));
      await attach(uid, drafts);
      loaded.set(uid, drafts);
    }
    return loaded;
  }

  return { attach };
}

function describe(strapi: Strapi, uid: string): Described {
  const model = knownModel(strapi.db, uid);
  return { table: model.tableName, columns: columnsOf(model), places: componentPlaces(strapi, uid) };
}

/** A zone's row says which component it has; of other attributes the schema alone does. */
function heldIn(places: readonly ComponentPlace[], row: SqlRow): Held | undefined {
  const place = places.find(({ field, fieldColumn }) => row[fieldColumn] === field);
  if (place === undefined) return undefined;
  const { holds, components, typeColumn, ownerColumn, componentColumn } = place;
  const uid = holds === 'zone' ? row[typeColumn] : components[0];
  const [owner, id] = [row[ownerColumn], row[componentColumn]];
  if (typeof uid !== 'string' || !components.includes(uid) || id === null) return undefined;
  return { place, owner: owner as number, uid, id: id as number };
}

function put(draft: Draft, { field, holds }: ComponentPlace, uid: string, component: Draft): void {
  if (holds === 'one') draft[field] ??= component;
  else (draft[field] as Draft[]).push(holds === 'zone' ? { ...component, __component: uid } : component);
}
