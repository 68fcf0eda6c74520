import type { Entity, Metadata, Schemas } from '../../protocol/content.js';

/** Whether an export is of a Strapi before 5, by the version that it says it is of. */
function isBeforeStrapi5(metadata: Metadata | null): boolean {
  const major = /^(\d+)\./.exec(String(metadata?.strapi?.version ?? ''))?.[1];
  return major !== undefined && Number(major) < 5;
}

/** Whether a row is published, of a type that has drafts: in a Strapi 4 it is one row, in a 5 it has a draft beside it. */
export function isPublished({ type, data }: Entity, schemas: Schemas | null): boolean {
  const { options } = (Object.hasOwn(schemas ?? {}, type) ? schemas?.[type] : undefined) ?? {};
  const hasDrafts = (options as { draftAndPublish?: unknown } | undefined)?.draftAndPublish === true;
  return hasDrafts && data['publishedAt'] != null;
}

/** What is lost where the export of a Strapi 4 goes to a Strapi 5, in words; null where it is of no Strapi 4. */
export function strapi4Words(metadata: Metadata | null, published: number): string | null {
  if (!isBeforeStrapi5(metadata)) return null;
  return `it is of Strapi ${metadata?.strapi?.version}: its rows have no document ids, and ${published} published ${published === 1 ? 'row comes' : 'rows come'} without a draft, so the admin panel of a Strapi 5 does not show them. Let a Strapi 5 migrate the database of that Strapi 4, and export from there`;
}
