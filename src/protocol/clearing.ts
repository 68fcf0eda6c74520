import type { RestoreOptions } from './messages.js';
import { isProtectedType, protectedTypes } from './protected-types.js';

export const fileType = 'plugin::upload.file';

/**
 * Models of a Strapi that are no content types: a push brings rows of the first two only, as configuration. Without an
 * `include` that names what it may clear, a Strapi clears them all, even if `configuration` is off.
 */
export const internalModels: readonly string[] = [
  'strapi::core-store',
  'strapi::webhook',
  'plugin::content-manager.history-version',
  'plugin::i18n.ai-localization-job',
  'plugin::upload.ai-metadata-job',
];

/** A component's uid has one dot and no colons: its rows go with the rows that hold it. */
export const isContentType = (uid: string): boolean => uid.includes('::');

/**
 * What a server is told to delete before a push: rows of types that come, and nothing else.
 * @param wish - what the user wants to move; no `include` stands for every type
 * @param known - uids that the source knows, components among them; empty where it does not say. Then a Strapi is told
 * what to keep only, and clears the other types, among them those that the source lacks.
 */
export function restoreFor(wish: RestoreOptions, known: readonly string[]): RestoreOptions {
  const exclude = [
    ...new Set([...(wish.entities.exclude ?? []), ...protectedTypes(known), ...internalModels]),
  ];
  // If all files are deleted, delete their rows too, even if the source knows no such type.
  const all = wish.assets ? [...new Set([...known, fileType])] : known;
  const wanted = wish.entities.include ?? (known.length > 0 ? all : undefined);
  const include = wanted?.filter((uid) => isContentType(uid) && !exclude.includes(uid));
  return { ...wish, entities: { ...(include === undefined ? {} : { include }), exclude } };
}

export function isCleared({ entities: { include, exclude } }: RestoreOptions, uid: string): boolean {
  return !isProtectedType(uid) && !exclude?.includes(uid) && include?.includes(uid) !== false;
}
