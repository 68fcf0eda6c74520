import * as v from 'valibot';
import type { RestoreOptions } from './messages.js';
import { isProtectedType } from './protected-types.js';

/** What a push deletes where its client says nothing: all that the store holds. */
export const restoreAll: RestoreOptions = {
  assets: true,
  configuration: { coreStore: true, webhook: true },
  entities: {},
};

const types = v.nullish(v.array(v.string()));

/** As Strapi reads it: settings and webhooks are replaced unless told otherwise, files only where it is said. */
export const restoreShape = v.pipe(
  v.looseObject({
    assets: v.nullish(v.boolean(), false),
    configuration: v.nullish(
      v.looseObject({ coreStore: v.nullish(v.boolean(), true), webhook: v.nullish(v.boolean(), true) }),
      restoreAll.configuration,
    ),
    entities: v.nullish(v.looseObject({ include: types, exclude: types }), {}),
  }),
  v.transform(({ assets, configuration, entities: { include, exclude } }): RestoreOptions => {
    const { coreStore, webhook } = configuration;
    const entities = { ...(include == null ? {} : { include }), ...(exclude == null ? {} : { exclude }) };
    return { assets, configuration: { coreStore, webhook }, entities };
  }),
);

/** What a push leaves as it is in the store that it goes to. */
export interface Staying {
  /** Whether rows of this content type stay. */
  type(uid: string): boolean;
  /** How many of the content types stay. */
  readonly types: 'none' | 'some' | 'all';
  readonly assets: boolean;
  /** Whether configuration of this kind stays: `core-store`, `webhook`. */
  configuration(kind: string): boolean;
  readonly isNothing: boolean;
}

/**
 * Of `restore` as Strapi takes it: an empty `include` deletes nothing, and `exclude` wins. Types that are never
 * transferred do not count where they alone are excluded: no push brings any, so a store of pushed content has none.
 */
export function stayingOf({ assets, configuration, entities }: RestoreOptions): Staying {
  const include = entities.include === undefined ? null : new Set(entities.include);
  const exclude = new Set(entities.exclude);
  const { coreStore, webhook } = configuration;
  const excludesSome = [...exclude].some((uid) => !isProtectedType(uid));
  const areAll = include !== null && [...include].every((uid) => exclude.has(uid));
  const types = areAll ? 'all' : include !== null || excludesSome ? 'some' : 'none';
  return {
    type: (uid) => exclude.has(uid) || include?.has(uid) === false,
    types,
    assets: !assets,
    configuration: (kind) => !(kind === 'webhook' ? webhook : coreStore),
    isNothing: types === 'none' && assets && coreStore && webhook,
  };
}
