import { isContentType } from '../protocol/clearing.js';
import { createComponentReader } from '../protocol/components.js';
import type { Entity, Link, LinkEnd, Schemas } from '../protocol/content.js';
import { TransferError } from '../protocol/errors.js';
import type { Staying } from '../protocol/restore.js';
import type { TransferSource } from '../stores/store.js';

type Id = Entity['id'];

/** The rows that stay, and the components in them, among the rows that a push brings. */
export interface KeptRows {
  /** Notes a row of the push: its id, and those of its components, are taken. */
  pushed(row: Entity): void;
  /** The rows of a batch that stay, under ids that no pushed row has. */
  entities(rows: readonly Entity[]): readonly Entity[];
  /** The links of a batch that stay: those whose ends both stay. */
  links(rows: readonly Link[]): readonly Link[];
}

interface Kept {
  /** null: no pushed row has this id. Otherwise the id to have instead, once one was chosen. */
  readonly ids: Map<Id, { renamed: Id | null } | null>;
  /** No row of either side has a greater id. */
  top: number;
}

/**
 * Reads which rows of `before` stay. Their types are not those of the push, but a component is one of many types' rows:
 * two servers may have given one id to two components, and links know a component by its id alone.
 * @param before Open.
 * @param pushedSchemas The schemas of the pushed rows.
 */
export async function readKeptRows(
  before: TransferSource,
  staying: Staying,
  pushedSchemas: Schemas | null,
): Promise<KeptRows> {
  const schemas = await before.schemas();
  const ours = createComponentReader(schemas);
  const theirs = createComponentReader(pushedSchemas);
  const kept = new Map<string, Kept>();

  function keep(uid: string, id: Id): Id {
    const known = kept.get(uid) ?? { ids: new Map(), top: 0 };
    kept.set(uid, known);
    known.ids.set(id, null);
    raise(known, id);
    return id;
  }

  function take(uid: string, id: Id): Id {
    const known = kept.get(uid);
    if (known === undefined) return id;
    if (known.ids.get(id) === null) known.ids.set(id, { renamed: null });
    raise(known, id);
    return id;
  }

  function nameOf(uid: string, id: Id): Id {
    const known = kept.get(uid);
    const taken = known?.ids.get(id);
    if (known === undefined || taken == null) return id;
    if (taken.renamed !== null) return taken.renamed;
    known.top += 1;
    if (!Number.isSafeInteger(known.top)) {
      const reason = `its ids of ${uid} leave none for the rows that stay`;
      throw new TransferError('INVALID_MESSAGE', { url: 'The client', reason });
    }
    taken.renamed = known.top;
    return known.top;
  }

  function endStays({ type, ref }: LinkEnd): boolean {
    if (isContentType(type)) return staying.type(type);
    // Without the type's schema its components are not known.
    if (staying.types === 'all' || !Object.hasOwn(schemas ?? {}, type)) return true;
    return kept.get(type)?.ids.has(ref) === true;
  }

  const renamed = (end: LinkEnd): LinkEnd => {
    const ref = nameOf(end.type, end.ref);
    return ref === end.ref ? end : { ...end, ref };
  };

  for await (const rows of before.rows('entities')) {
    for (const { type, id, data } of rows) {
      if (!staying.type(type)) continue;
      keep(type, id);
      ours.withIds(type, data, keep);
    }
  }

  return {
    pushed({ type, id, data }) {
      take(type, id);
      theirs.withIds(type, data, take);
    },
    entities: (rows) =>
      rows
        .filter(({ type }) => staying.type(type))
        .map(({ type, id, data, ...rest }) => ({
          type,
          id: nameOf(type, id),
          data: ours.withIds(type, data, nameOf),
          ...rest,
        })),
    links: (rows) =>
      rows
        .filter(({ left, right }) => endStays(left) && endStays(right))
        .map((link) => ({ ...link, left: renamed(link.left), right: renamed(link.right) })),
  };
}

function raise(known: Kept, id: Id): void {
  if (typeof id === 'number' && id > known.top) known.top = id;
}
