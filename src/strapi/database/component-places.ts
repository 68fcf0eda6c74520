import type { RelationAttribute, Strapi } from '../strapi.js';
import { knownModel } from './names.js';

/**
 * Where an attribute keeps which components a row has: rows of a table that name the owner, the component and the attribute.
 * The components themselves are rows of the tables of their models.
 */
export interface ComponentPlace {
  /** The attribute's name, which the column `field` has. */
  readonly field: string;
  readonly holds: 'one' | 'several' | 'zone';
  /** The components' uids: one, or those that a dynamic zone takes. */
  readonly components: readonly string[];
  readonly table: string;
  readonly ownerColumn: string;
  readonly componentColumn: string;
  /** Of the component's uid. */
  readonly typeColumn: string;
  readonly fieldColumn: string;
  readonly orderColumn: string;
}

/** Strapi's own names where a model's description does not give them. */
const names = { typeColumn: 'component_type', fieldColumn: 'field', orderColumn: 'order' };

/** Those of a content type or component, in the order of its attributes. */
export function componentPlaces(strapi: Strapi, uid: string): readonly ComponentPlace[] {
  const attributes = (strapi.contentTypes[uid] ?? strapi.components[uid])?.attributes ?? {};
  const model = knownModel(strapi.db, uid);
  return Object.entries(attributes).flatMap(([field, described]): ComponentPlace[] => {
    const { type } = described;
    if (type !== 'component' && type !== 'dynamiczone') return [];
    const { joinTable } = model.attributes[field] as RelationAttribute;
    if (joinTable === undefined) return [];
    const table = { ...names, field, table: joinTable.name, ownerColumn: joinTable.joinColumn.name };
    if (type === 'dynamiczone') {
      const { morphColumn } = joinTable;
      if (morphColumn === undefined) return [];
      const { idColumn, typeColumn } = morphColumn;
      const components = described['components'] as readonly string[];
      const columns = { componentColumn: idColumn.name, typeColumn: typeColumn.name };
      return [{ ...table, ...columns, holds: 'zone', components }];
    }
    const { inverseJoinColumn } = joinTable;
    if (inverseJoinColumn === undefined) return [];
    const holds = described['repeatable'] === true ? 'several' : 'one';
    const components = [described['component'] as string];
    return [{ ...table, componentColumn: inverseJoinColumn.name, holds, components }];
  });
}
