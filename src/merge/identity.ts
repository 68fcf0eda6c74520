import { createHash } from 'node:crypto';
import { fileType } from '../protocol/clearing.js';
import type { Entity, Schemas } from '../protocol/content.js';
import { isObject } from '../protocol/plain-object.js';
import type { Id } from './plan.js';

/** The type of the rows that say which locales there are. */
export const localeType = 'plugin::i18n.locale';
export const folderType = 'plugin::upload.folder';

/** Of the media library. */
export const isOfFiles = (type: string): boolean => type === fileType || type === folderType;

/** Where a row stands within its document. */
export interface RowPlace {
  /** Null where the type has no locales. */
  readonly locale: string | null;
  /** Null where the type has no drafts. */
  readonly state: 'draft' | 'published' | null;
}

export interface RowFacts extends RowPlace {
  readonly id: Id;
  /** ISO 8601; empty where the row has none. */
  readonly updatedAt: string;
}

/** The media library has no drafts: whether its rows say when they were published depends on how they were made. */
export function placeOf({ type, data: { locale, publishedAt } }: Pick<Entity, 'type' | 'data'>): RowPlace {
  const hasDrafts = publishedAt !== undefined && !isOfFiles(type);
  return {
    locale: typeof locale === 'string' && locale !== '' ? locale : null,
    state: hasDrafts ? (publishedAt === null ? 'draft' : 'published') : null,
  };
}

/** A row of one side, as a text. */
export const rowKey = (type: string, id: Id): string => `${type} ${typeof id} ${id}`;

export const placeKey = ({ locale, state }: RowPlace): string => `${locale ?? ''}/${state ?? ''}`;

/** The documentId of a row; undefined where it has none, as in a Strapi 4. */
export function documentIdOf({ documentId }: Entity['data']): string | undefined {
  return typeof documentId === 'string' && documentId !== '' ? documentId : undefined;
}

/**
 * What names a document on every server, beside its documentId: a single type is one document, a locale is known by its
 * code, a file by its name and hash, a folder by its name and those of the folders that it lies in. Undefined where the documentId
 * alone names it.
 * @param folders Of the same side; without them a folder has no alias.
 */
export function aliasOf(
  { type, data }: Entity,
  schemas: Schemas | null,
  folders?: { of(path: unknown): string | undefined },
): string | undefined {
  if (type === folderType) return folders?.of(data['path']);
  if (type === localeType) return typeof data['code'] === 'string' ? data['code'] : undefined;
  if (type === fileType) return JSON.stringify([data['name'], data['hash']]);
  return schemas?.[type]?.['kind'] === 'singleType' ? '' : undefined;
}

/** Fields that hold what people call a row, the likeliest first. */
const titleFields = ['title', 'name', 'displayName', 'label', 'heading', 'headline', 'subject', 'slug'];

/** Characters of a title that are kept: there is one for each row. */
const longestTitle = 40;

/** What people call a row: its title, name or slug; undefined where it has none. */
export function titleOf({ data }: Pick<Entity, 'data'>): string | undefined {
  const title = titleFields.map((field) => data[field]).find(isTitle);
  if (title === undefined || title.length <= longestTitle) return title;
  return `${title.slice(0, longestTitle - 1).replace(/\p{Cs}$/u, '')}…`;
}

const isTitle = (value: unknown): value is string => typeof value === 'string' && value.trim() !== '';

/**
 * Fields that are no content. Where a file of the media library, or a folder, lies is written in ids of a database: which folder that is, is a
 * link's to say. A folder is a name in a folder: two that were made by hand, at different times, are the same.
 */
const ownFields: Readonly<Record<string, readonly string[]>> = {
  [fileType]: ['folderPath'],
  [folderType]: ['path', 'pathId', 'createdAt', 'updatedAt', 'publishedAt'],
};

/** Whether a field is a database's own. */
export const isOwnField = (type: string, field: string): boolean => ownFields[type]?.includes(field) === true;

/**
 * The digest of a row's fields, but for those that are a database's own.
 * @param data Without the ids of its components.
 */
export function digestOf(data: Entity['data'], type = ''): string {
  const fields = Object.entries(data).filter(([field]) => field !== 'documentId' && !isOwnField(type, field));
  return createHash('sha256')
    .update(textOf(Object.fromEntries(fields)))
    .digest('base64url')
    .slice(0, 22);
}

/** A value as JSON with sorted keys: a Strapi in PostgreSQL gives the keys of a row in another order at each pull. */
export function textOf(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    isObject(part) ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1))) : part,
  );
}
