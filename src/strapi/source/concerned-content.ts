import { schemasOf as withComponents } from '../../merge/coming-schemas.js';
import { documentIdOf, folderType, placeKey, placeOf, rowKey } from '../../merge/identity.js';
import { ownedLink } from '../../merge/link-owner.js';
import { createUniqueFields } from '../../merge/unique-values.js';
import { createComponentReader } from '../../protocol/components.js';
import type { Concern } from '../../protocol/concern.js';
import type { Entity, Link, Schemas } from '../../protocol/content.js';
import { knownModel } from '../database/names.js';
import { schemasOf } from '../description.js';
import type { Strapi } from '../strapi.js';
import { concernedIds, concernedRows } from './concerned-rows.js';
import { movedTypes } from './entities.js';
import { linksOf, movedPlaces, type Narrow } from './links.js';
import { addId, type IdsByType, leadsTo, mayYieldTo, ownsLinks } from './narrow-links.js';
import { from, type Pin } from './pin.js';
import type { MemoryShare } from './shared-memory.js';

/** What answers a concern: rows and links as JSON, and the greatest ids of what comes. */
export interface ConcernedContent {
  readonly entities: readonly string[];
  readonly links: readonly string[];
  readonly tops: ReadonlyMap<string, number>;
}

/**
 * Reads what a merge has to know, and nothing else of the site. Undefined where that cannot be told apart, or is too much to be held: then all
 * is read.
 * @param memory Where the content takes its memory. It is the caller's to give back
 */
export async function readConcerned(
  strapi: Strapi,
  pin: Pin,
  concern: Concern,
  memory: MemoryShare,
): Promise<ConcernedContent | undefined> {
  const schemas = schemasOf(strapi);
  const uniqueFields = createUniqueFields(schemas);
  if (!tellsUniqueFields(concern, uniqueFields)) return undefined;
  const held = createHeld(memory);
  const found = await findRows(strapi, pin, concern, uniqueFields);
  const rows = concernedRows(strapi, pin);
  const reader = createComponentReader(schemas);
  const owners = new Map<string, number[]>();
  const ends = createEnds(concern);
  for await (const row of rows.whole(found)) {
    if (!held.entity(row)) return undefined;
    ends.add(row);
    if (concern[row.type]?.places === undefined) continue;
    addId(owners, row.type, Number(row.id));
    reader.visit(row.type, row.data, (uid, id) => addId(owners, uid, Number(id)));
  }

  const isOwner = new Set([...owners].flatMap(([type, ids]) => ids.map((id) => rowKey(type, id))));
  const { going, staying } = ends.all();
  for (const place of movedPlaces(strapi)) {
    const own = ownsLinks(place, owners);
    const inbound = [...leadsTo(place, going), ...mayYieldTo(strapi.db, place, staying)];
    const read = (narrow: Narrow) => linksOf(strapi, pin, place, () => {}, narrow);
    for (const narrow of own)
      for await (const links of read(narrow)) if (!links.every(held.link)) return undefined;
    for (const narrow of inbound) {
      for await (const links of read(narrow)) {
        const others = links.filter((link) => {
          const { type, ref } = ownedLink(link).owner;
          return !isOwner.has(rowKey(type, ref));
        });
        if (!others.every(held.link)) return undefined;
      }
    }
  }
  return { ...held.texts, tops: await greatestIds(strapi, pin, concern, schemas) };
}

type UniqueFields = ReturnType<typeof createUniqueFields>;

/** Where a value that must be unique here was not told, it cannot be looked for. */
function tellsUniqueFields(concern: Concern, uniqueFields: UniqueFields): boolean {
  return Object.entries(concern).every(
    ([type, { places, values }]) =>
      places === undefined || uniqueFields(type).every((field) => Object.hasOwn(values, field)),
  );
}

/** The ids of the rows: of its documents, of those that have one of its values, and one without documentId. */
async function findRows(
  strapi: Strapi,
  pin: Pin,
  concern: Concern,
  uniqueFields: UniqueFields,
): Promise<IdsByType> {
  const rows = concernedIds(strapi, pin);
  const found = new Map<string, readonly number[]>();
  for (const type of movedTypes(strapi)) {
    const asked = Object.hasOwn(concern, type) ? concern[type] : undefined;
    if (asked === undefined) continue;
    const ids = new Set<number>();
    const note = async (some: AsyncIterable<number>) => {
      for await (const id of some) ids.add(id);
    };
    // Which folder meets one is known from those that it lies in.
    if (type === folderType || strapi.contentTypes[type]?.kind === 'singleType') await note(rows.all(type));
    else await note(rows.ofDocuments(type, asked.documents));
    for (const field of uniqueFields(type))
      if (Object.hasOwn(asked.values, field))
        await note(rows.withValues(type, field, asked.values[field] ?? []));
    if (asked.places !== undefined) await note(rows.withoutDocument(type));
    found.set(
      type,
      [...ids].sort((one, other) => one - other),
    );
  }
  return found;
}

/** Tells rows that may be deleted from those that stay: nothing comes for their place, or another row has it too. */
function createEnds(concern: Concern) {
  const rows: { readonly type: string; readonly id: number; readonly at: string; readonly mayGo: boolean }[] =
    [];
  const counts = new Map<string, number>();
  const placesOf = new Map(
    Object.entries(concern).map(([type, { places }]) => [type, places && new Set(places)]),
  );
  return {
    add({ type, id, data }: Entity) {
      const places = placesOf.get(type);
      const place = placeKey(placeOf({ type, data }));
      const at = JSON.stringify([type, documentIdOf(data), place]);
      counts.set(at, (counts.get(at) ?? 0) + 1);
      rows.push({ type, id: Number(id), at, mayGo: places !== undefined && !places.has(place) });
    },
    all() {
      const [going, staying] = [new Map<string, number[]>(), new Map<string, number[]>()];
      for (const { type, id, at, mayGo } of rows)
        addId(mayGo || (counts.get(at) ?? 0) > 1 ? going : staying, type, id);
      return { going, staying };
    },
  };
}

function createHeld(memory: MemoryShare) {
  const [entities, links]: [string[], string[]] = [[], []];
  const hold = (texts: string[], row: Entity | Link) => {
    const text = JSON.stringify(row);
    texts.push(text);
    return memory.take(text.length);
  };
  return {
    texts: { entities, links },
    /** Whether there is room for more. */
    entity: (row: Entity) => hold(entities, row),
    link: (row: Link) => hold(links, row),
  };
}

/** Of the types that come, and of the components in them. */
async function greatestIds(
  { db, contentTypes }: Strapi,
  pin: Pin,
  concern: Concern,
  schemas: Schemas,
): Promise<ReadonlyMap<string, number>> {
  const come = Object.keys(concern).filter(
    (type) => concern[type]?.places !== undefined && Object.hasOwn(contentTypes, type),
  );
  const tops = new Map<string, number>();
  for (const uid of Object.keys(withComponents(come, schemas))) {
    const [row] = await pin.rows(from(db, knownModel(db, uid).tableName).max({ top: 'id' }));
    const top = row?.['top'];
    if (top !== null && top !== undefined) tops.set(uid, Number(top));
  }
  return tops;
}
