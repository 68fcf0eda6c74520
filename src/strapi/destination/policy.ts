import { fileType } from '../../protocol/clearing.js';
import { attributesOf } from '../../protocol/components.js';
import type { Configuration, Entity, Link } from '../../protocol/content.js';
import { TransferError } from '../../protocol/errors.js';
import { isObject } from '../../protocol/plain-object.js';
import { isProtectedType } from '../../protocol/protected-types.js';
import { linkPlaceKey, linkPlaces } from '../database/link-places.js';
import { modelOf } from '../database/names.js';
import type { Attribute, Strapi } from '../strapi.js';
import { isOfUploads } from './file-plan.js';
import { remembered } from './grouped.js';
import { createStoredRows } from './stored-row.js';
import { inWords, namingRow, rowOf, Unfit } from './unfit.js';

type Fields = Readonly<Record<string, unknown>>;

/** What a push may bring into this Strapi. Each throws before the row is kept: PROTECTED_TYPE, UNKNOWN_TYPE, UNFIT_ROW. */
export interface Policy {
  entity(row: Entity): void;
  link(row: Link): void;
  configuration(row: Configuration): void;
}

export function createPolicy(strapi: Strapi): Policy {
  const { contentTypes, components, db } = strapi;
  const schemas = { ...components, ...contentTypes };
  const places = new Map(linkPlaces(strapi).map((place) => [linkPlaceKey(place), place]));
  const stored = createStoredRows(strapi);
  const attributesByName = remembered((uid) => new Map(attributesOf(schemas, uid)));

  function checkFields(uid: string, data: Fields, place: string): void {
    const attributes = attributesByName(uid);
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
        if (typeof uid !== 'string') throw new Unfit(`an item of ${place} names no component`);
        if (!(allowed as readonly unknown[]).includes(uid)) throw unknownType(uid, place);
        checkComponent(uid, item, place);
      }
    }
  }

  function checkComponent(uid: string, item: unknown, place: string): void {
    if (!Object.hasOwn(components, uid)) throw unknownType(uid, place);
    if (!isObject(item)) throw new Unfit(`${place} needs an object for each component`);
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
      throw new Unfit(`${place} is a relation, and a relation comes as a link`);
  }

  /** As Strapi names the column of a relation: `created_by_id`. */
  function refuseProtectedColumn(uid: string, name: string, place: string): void {
    const attributes: readonly Attribute[] = Object.values(modelOf(db, uid)?.attributes ?? {});
    for (const attribute of attributes)
      if ('joinColumn' in attribute && attribute.joinColumn?.name === name && attribute.target !== undefined)
        refuseProtected(attribute.target, place);
  }

  function checkEntity({ type, id, data }: Entity): void {
    refuseProtected(type, type);
    if (!Object.hasOwn(contentTypes, type)) throw unknownType(inWords(type), 'a row');
    namingRow(rowOf(type, id), () => {
      checkFields(type, data, type);
      if (type === fileType) checkFile(data);
    });
  }

  function checkLink({ left, right }: Link): void {
    refuseProtected(left.type, 'link.left');
    refuseProtected(right.type, 'link.right');
    if (!Object.hasOwn(schemas, left.type)) throw unknownType(inWords(left.type), 'the left end of a link');
    const attribute = left.field === undefined ? undefined : attributeOf(left.type, left.field);
    if (attribute !== undefined && attribute.type !== 'relation')
      throw new Unfit(`it names ${left.field}, which is no relation`);
    const place = places.get(linkPlaceKey(left));
    const target = place !== undefined && 'target' in place ? place.target : undefined;
    if (target === undefined) return;
    refuseProtected(target, 'link.right');
    if (target !== right.type)
      throw new Unfit(`its ${left.field} leads to ${target}, and not to ${inWords(right.type)}`);
  }

  function attributeOf(type: string, field: string): Attribute | undefined {
    const attributes = modelOf(db, type)?.attributes ?? {};
    return Object.hasOwn(attributes, field) ? attributes[field] : undefined;
  }

  return {
    entity: checkEntity,
    link: (link) =>
      namingRow(`A link of ${rowOf(link.left.type, link.left.ref)}`.replace('The', 'the'), () =>
        checkLink(link),
      ),
    configuration: ({ type, value }) =>
      namingRow('A setting', () => {
        if (type === 'core-store' && typeof value['key'] !== 'string') throw new Unfit('it needs a key');
      }),
  };
}

/** Strapi makes a path of them when an editor deletes the file. */
function checkFile({ hash, ext, formats }: Fields): void {
  const named: readonly unknown[] = [{ hash, ext }, ...Object.values(isObject(formats) ? formats : {})];
  for (const file of named) {
    if (!isObject(file)) continue;
    const name = `${textOf(file['hash'] ?? '')}${textOf(file['ext'] ?? '')}`;
    if (name !== '' && !isOfUploads(name)) throw new Unfit(`its file cannot be called ${inWords(name)}`);
  }
}

function textOf(value: unknown): string {
  if (typeof value !== 'string') throw new Unfit(`the name of its file cannot be of ${inWords(value)}`);
  return value;
}

function refuseProtected(type: string, place: string): void {
  if (isProtectedType(type)) throw new TransferError('PROTECTED_TYPE', { type, place });
}

function listOf(value: unknown, place: string): readonly Fields[] {
  if (!Array.isArray(value)) throw new Unfit(`${place} needs an array`);
  return value;
}

const unknownType = (type: string, place: string) => new TransferError('UNKNOWN_TYPE', { type, place });
