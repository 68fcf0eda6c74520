import * as v from 'valibot';
import { isCleared, isContentType } from './clearing.js';
import type { Schemas } from './content.js';
import type { RestoreOptions } from './messages.js';
import { isProtectedType } from './protected-types.js';

export const restoreAll: RestoreOptions = {
  assets: true,
  configuration: { coreStore: true, webhook: true },
  entities: {},
};

/** Nothing is deleted. */
export const restoreNothing: RestoreOptions = {
  assets: false,
  configuration: { coreStore: false, webhook: false },
  entities: { include: [] },
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

export interface Staying {
  type(uid: string): boolean;
  readonly types: 'none' | 'some' | 'all';
  readonly assets: boolean;
  configuration(kind: string): boolean;
  readonly isNothing: boolean;
}

/**
 * Types that are never transferred do not count: no push brings any, so a store of pushed content has none.
 * @param standing Of the store; null where it has none. Then what `restore` names is all that is known.
 */
export function stayingOf(restore: RestoreOptions, standing: Schemas | null): Staying {
  const { assets, configuration, entities } = restore;
  const { coreStore, webhook } = configuration;
  const type = (uid: string) => !isCleared(restore, uid);
  const types = standing === null ? namedBy(entities) : howMany(Object.keys(standing), type);
  return {
    type,
    types,
    assets: !assets,
    configuration: (kind) => !(kind === 'webhook' ? webhook : coreStore),
    isNothing: types === 'none' && assets && coreStore && webhook,
  };
}

function howMany(uids: readonly string[], stays: (uid: string) => boolean): Staying['types'] {
  const counted = uids.filter((uid) => isContentType(uid) && !isProtectedType(uid));
  const count = counted.filter(stays).length;
  if (count === 0) return 'none';
  return count === counted.length ? 'all' : 'some';
}

function namedBy({ include, exclude = [] }: RestoreOptions['entities']): Staying['types'] {
  if (include?.every((uid) => exclude.includes(uid)) === true) return 'all';
  return include !== undefined || exclude.some((uid) => !isProtectedType(uid)) ? 'some' : 'none';
}
