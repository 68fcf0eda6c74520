import { createHash } from 'node:crypto';
import { fileType } from '../protocol/clearing.js';
import type { Entity, Schemas } from '../protocol/content.js';
import { isObject } from '../protocol/plain-object.js';
import type { Id } from './plan.js';

/** The type of the rows that say which locales there are. */
export const localeType = 'plugin::i18n.locale';
export const folderType = 'plugin::upload.folder';

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

export function placeOf({ locale, publishedAt }: Entity['data']): RowPlace {
  return {
    locale: typeof locale === 'string' && locale !== '' ? locale : null,
    state: publishedAt === undefined ? null : publishedAt === null ? 'draft' : 'published',
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
 * code, a file by its name and hash. Undefined where the documentId alone names it.
 */
export function aliasOf({ type, data }: Entity, schemas: Schemas | null): string | undefined {
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
 * The digest of a row's fields. Where a file of the media library lies in its folders does not count: that is a link's to say.
 * @param data Without the ids of its components.
 */
export function digestOf(data: Entity['data'], type = ''): string {
  const { documentId: _, ...named } = data;
  const { folderPath: __, ...placed } = named;
  const fields = type === fileType ? placed : named;
  return createHash('sha256').update(textOf(fields)).digest('base64url').slice(0, 22);
}

/** A value as JSON with sorted keys: a Strapi in PostgreSQL gives the keys of a row in another order at each pull. */
export function textOf(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    isObject(part) ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1))) : part,
  );
}
