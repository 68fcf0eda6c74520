import type { Entity, Link, RowOf, RowStep, Schemas } from '../protocol/content.js';

/** What did not arrive of one type, since the destination lacks the type or some of its attributes. */
export interface SchemaLoss {
  /** The type's uid; `other` stands for all types that the source's schemas do not name. */
  readonly type: string;
  /** Entities of this type that were left out. */
  readonly entities: number;
  /** Links that were left out, since this type is one of their ends. */
  readonly links: number;
  /** Entities that were moved without the values of attributes that the destination lacks. */
  readonly cut: number;
}

/** Cuts rows to what the destination knows, and counts what that loses. */
export interface Fit {
  /** The row as the destination can hold it; null where it lacks a type of the row. */
  fitted<S extends RowStep>(step: S, row: RowOf[S]): RowOf[S] | null;
  /** By type, in the order of their names; empty where nothing was lost. */
  losses(): readonly SchemaLoss[];
}

/**
 * For schemas that differ, where the user goes on all the same: types that the destination lacks are left out, and so
 * are attributes that it lacks. Strapi's engine does so too.
 */
export function createFit(source: Schemas, destination: Schemas): Fit {
  const losses = new Map<string, SchemaLoss>();

  /** A row may be of any type; only those that the source names are counted apart. */
  function count(uid: string, what: 'entities' | 'links' | 'cut'): void {
    const type = Object.hasOwn(source, uid) ? uid : 'other';
    const loss = losses.get(type) ?? { type, entities: 0, links: 0, cut: 0 };
    losses.set(type, { ...loss, [what]: loss[what] + 1 });
  }

  const lacks = (type: string) => !Object.hasOwn(destination, type);

  function fittedEntity(entity: Entity): Entity | null {
    const { type, data } = entity;
    if (lacks(type)) {
      count(type, 'entities');
      return null;
    }
    const kept = attributesOf(destination, type);
    const entries = Object.entries(data).filter(
      ([name]) => name === 'documentId' || Object.hasOwn(kept, name),
    );
    const cut = { ...entity, data: Object.fromEntries(entries) };
    const had = attributesOf(source, type);
    const losesValue = Object.entries(data).some(
      ([name, value]) => value !== null && Object.hasOwn(had, name) && !Object.hasOwn(cut.data, name),
    );
    if (losesValue) count(type, 'cut');
    return cut;
  }

  function fittedLink(link: Link): Link | null {
    const unknown = [link.left.type, link.right.type].find(lacks);
    if (unknown === undefined) return link;
    count(unknown, 'links');
    return null;
  }

  return {
    fitted<S extends RowStep>(step: S, row: RowOf[S]) {
      if (step === 'entities') return fittedEntity(row as Entity) as RowOf[S] | null;
      if (step === 'links') return fittedLink(row as Link) as RowOf[S] | null;
      return row;
    },
    losses: () => [...losses.values()].sort((a, b) => (a.type < b.type ? -1 : 1)),
  };
}

function attributesOf(schemas: Schemas, type: string): object {
  return (Object.hasOwn(schemas, type) ? schemas[type]?.attributes : undefined) ?? {};
}
