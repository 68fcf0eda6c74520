import type { LinkEnd } from '../../protocol/content.js';
import type { JoinTable, Model, RelationAttribute, Strapi } from '../strapi.js';
import { hasId, knownModel, modelOf } from './names.js';

interface Place {
  /** The content type or component that has the attribute: a link's `left.type`. */
  readonly type: string;
  /** The attribute: a link's `left.field`. */
  readonly field: string;
  readonly kind: 'relation.basic' | 'relation.circular' | 'relation.morph';
  readonly relation: string;
  /** The table that the links are written into: the owner's own, or one for these links. */
  readonly table: string;
}

/** A column of the owner's row. It leads to rows of one type, by their id or by their documentId. */
export interface ColumnPlace extends Place {
  readonly in: 'column';
  readonly column: string;
  readonly target: string;
  readonly targetTable: string;
  readonly targetColumn: string;
}

/** A table whose rows lead from the id of an owner to the id of a row of one type. */
export interface TablePlace extends Place {
  readonly in: 'table';
  readonly ownerColumn: string;
  readonly ownerTable: string;
  readonly target: string;
  readonly targetColumn: string;
  readonly targetTable: string;
  /** The place among the links of the owner: `left.pos`. */
  readonly orderColumn?: string;
  /** The place among the links of the target: `right.pos`. */
  readonly inverseOrderColumn?: string;
  /** The target's attribute that shows the link from its side: `right.field`. */
  readonly inverseField?: string;
  readonly hasId: boolean;
}

/** Two columns of the owner's row, the type and the id: it leads to a row of any type. */
export interface MorphColumnPlace extends Place {
  readonly in: 'morphColumn';
  readonly typeColumn: string;
  readonly idColumn: string;
}

/** A table whose rows lead from the id of an owner to a row of any type, and to an attribute of that. */
export interface MorphTablePlace extends Place {
  readonly in: 'morphTable';
  readonly ownerColumn: string;
  readonly typeColumn: string;
  readonly idColumn: string;
  /** `right.field` */
  readonly fieldColumn: 'field';
  /** `right.pos` */
  readonly orderColumn: 'order';
  readonly hasId: boolean;
}

export type LinkPlace = ColumnPlace | TablePlace | MorphColumnPlace | MorphTablePlace;

/**
 * Where a Strapi keeps its links: one place for each relation that owns its links, in the order in which a Strapi sends them.
 * What components belong to which row is not among them, nor the other side of a relation.
 */
export function linkPlaces(strapi: Strapi): readonly LinkPlace[] {
  const uids = [...Object.keys(strapi.contentTypes), ...Object.keys(strapi.components)];
  return uids.flatMap((uid) => {
    const model = knownModel(strapi.db, uid);
    return Object.entries(model.attributes).flatMap(([field, attribute]) => {
      if (attribute.type !== 'relation') return [];
      const place = placeOf(strapi, model, field, attribute as RelationAttribute);
      return place === undefined ? [] : [place];
    });
  });
}

/** By the end of a link that names it: its owner and its attribute. */
export function linkPlaceKey({ type, field }: Pick<LinkEnd, 'type' | 'field'>): string {
  return `${type}\n${field}`;
}

function placeOf(
  strapi: Strapi,
  model: Model,
  field: string,
  attribute: RelationAttribute,
): LinkPlace | undefined {
  const { relation, target, owner, mappedBy, morphBy, joinColumn, joinTable, morphColumn } = attribute;
  if (owner !== true && (mappedBy ?? morphBy) !== undefined) return undefined;
  const kind = relation.startsWith('morph')
    ? 'relation.morph'
    : target === model.uid
      ? 'relation.circular'
      : 'relation.basic';
  const place = { type: model.uid, field, kind, relation, table: model.tableName } as const;
  if (morphColumn !== undefined) {
    const { typeColumn, idColumn } = morphColumn;
    return { ...place, in: 'morphColumn', typeColumn: typeColumn.name, idColumn: idColumn.name };
  }
  if (joinTable !== undefined) return tablePlace(strapi, model, place, attribute, joinTable);
  const targetTable = target === undefined ? undefined : modelOf(strapi.db, target)?.tableName;
  if (joinColumn === undefined || target === undefined || targetTable === undefined) return undefined;
  const { name: column, referencedColumn: targetColumn = 'id' } = joinColumn;
  return { ...place, in: 'column', column, target, targetTable, targetColumn };
}

function tablePlace(
  strapi: Strapi,
  model: Model,
  place: Place,
  attribute: RelationAttribute,
  joinTable: JoinTable,
): LinkPlace | undefined {
  const { name: table, joinColumn, inverseJoinColumn, morphColumn } = joinTable;
  if (table.endsWith('_cmps')) return undefined;
  const shared = { ...place, table, ownerColumn: joinColumn.name, hasId: hasId(strapi.db, table) };
  if (place.kind === 'relation.morph') {
    if (morphColumn === undefined) return undefined;
    const columns = { typeColumn: morphColumn.typeColumn.name, idColumn: morphColumn.idColumn.name };
    return { ...shared, ...columns, in: 'morphTable', fieldColumn: 'field', orderColumn: 'order' };
  }
  const { target, inversedBy: inverseField } = attribute;
  const targetTable = target === undefined ? undefined : modelOf(strapi.db, target)?.tableName;
  if (inverseJoinColumn === undefined || target === undefined || targetTable === undefined) return undefined;
  const { orderColumnName: orderColumn, inverseOrderColumnName: inverseOrderColumn } = joinTable;
  return {
    ...{ ...shared, in: 'table', ownerTable: model.tableName },
    ...{ target, targetTable, targetColumn: inverseJoinColumn.name },
    ...(orderColumn === undefined ? {} : { orderColumn }),
    ...(inverseOrderColumn === undefined ? {} : { inverseOrderColumn }),
    ...(inverseField === undefined ? {} : { inverseField }),
  };
}
