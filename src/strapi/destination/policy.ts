import { attributesOf } from '../../protocol/components.js';
import type { Configuration, Entity, Link } from '../../protocol/content.js';
import { TransferError } from '../../protocol/errors.js';
import { isObject } from '../../protocol/plain-object.js';
import { isProtectedType } from '../../protocol/protected-types.js';
import { modelOf } from '../database/names.js';
import type { Attribute, Strapi } from '../strapi.js';
import { misplaced } from './misplaced.js';
import { createStoredRows } from './stored-row.js';

type Fields = Readonly<Record<string, unknown>>;

/** What a push may bring into this Strapi. Each throws before the row is kept: PROTECTED_TYPE, UNKNOWN_TYPE, INVALID_MESSAGE. */
export interface Policy {
  entity(row: Entity): void;
  link(row: Link): void;
  configuration(row: Configuration): void;
}

export function createPolicy(strapi: Strapi): Policy {
  const { contentTypes, components, db } = strapi;
  const schemas = { ...components, ...contentTypes };
  const stored = createStoredRows(strapi);

  function checkFields(uid: string, data: Fields, place: string): void {
    const attributes = new Map(attributesOf(schemas, uid));
    for (const [name, value] of Object.entries(data)) {
      const attribute = attributes.get(name);
      const field = `${place}.${name}`;
      if (attribute === undefined) refuseProtectedColumn(uid, name, field);
      else checkField(attribute, value, field);
    }
    stored.check(uid, data);
  }

  function checkField(attribute: Fields, value: unknown, place: string): void {
    const { type, repeatable } = attribute;
    if (type === 'relation') checkRelation(attribute, value, place);
    else if (type === 'component') {
      if (value === null) return;
      const items = repeatable === true ? value : [value];
      for (const item of listOf(items, place)) checkComponent(String(attribute['component']), item, place);
    } else if (type === 'dynamiczone') {
      const allowed = listOf(attribute['components'] ?? [], place);
      for (const item of listOf(value ?? [], place)) {
        const uid = item['__component'];
        if (typeof uid !== 'string') throw misplaced(`an item of ${place} names no component`);
        if (!(allowed as readonly unknown[]).includes(uid)) throw unknownType(uid, place);
        checkComponent(uid, item, place);
      }
    }
  }

  function checkComponent(uid: string, item: unknown, place: string): void {
    if (components[uid] === undefined) throw unknownType(uid, place);
    if (!isObject(item)) throw misplaced(`${place} needs an object for each component`);
    checkFields(uid, item, place);
  }

  /** Every relation comes as a link: a value would be an id of the other Strapi. */
  function checkRelation({ target, morphColumn }: Fields, value: unknown, place: string): void {
    if (typeof target === 'string') refuseProtected(target, place);
    const values = Array.isArray(value) ? value : [value];
    const typeField = isObject(morphColumn) ? String(morphColumn['typeField'] ?? '__type') : '__type';
    for (const entry of values)
      if (isObject(entry) && typeof entry[typeField] === 'string') refuseProtected(entry[typeField], place);
    if (values.some((entry) => entry !== null && entry !== undefined))
      throw misplaced(`${place} is a relation, and a relation comes as a link`);
  }

  /** As Strapi names the column of a relation: `created_by_id`. */
  function refuseProtectedColumn(uid: string, name: string, place: string): void {
    const attributes: readonly Attribute[] = Object.values(modelOf(db, uid)?.attributes ?? {});
    for (const attribute of attributes)
      if ('joinColumn' in attribute && attribute.joinColumn?.name === name && attribute.target !== undefined)
        refuseProtected(attribute.target, place);
  }

  return {
    entity({ type, data }) {
      refuseProtected(type, type);
      if (contentTypes[type] === undefined) throw unknownType(type, 'a row');
      checkFields(type, data, type);
    },
    link({ left, right }) {
      refuseProtected(left.type, 'link.left');
      refuseProtected(right.type, 'link.right');
      const model = modelOf(db, left.type);
      if (model === undefined || schemas[left.type] === undefined)
        throw unknownType(left.type, 'the left end of a link');
      const attribute = left.field === undefined ? undefined : model.attributes[left.field];
      if (attribute !== undefined && attribute.type !== 'relation')
        throw misplaced(`a link of ${left.type} names ${left.field}, which is no relation`);
    },
    configuration({ type, value }) {
      if (type === 'core-store' && typeof value['key'] !== 'string')
        throw misplaced('a setting of the core store needs a key');
    },
  };
}

function refuseProtected(type: string, place: string): void {
  if (isProtectedType(type)) throw new TransferError('PROTECTED_TYPE', { type, place });
}

function listOf(value: unknown, place: string): readonly Fields[] {
  if (!Array.isArray(value)) throw misplaced(`${place} needs an array`);
  return value;
}

const unknownType = (type: string, place: string) => new TransferError('UNKNOWN_TYPE', { type, place });
