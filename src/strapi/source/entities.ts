import type { Entity } from '../../protocol/content.js';
import { isProtectedType } from '../../protocol/protected-types.js';
import { knownModel } from '../database/names.js';
import type { Strapi } from '../strapi.js';
import { createComponentReader } from './components.js';
import { draftsOf } from './drafts.js';
import type { Pin } from './pin.js';

/** The content types whose rows leave this Strapi, in its order. */
export function movedTypes(strapi: Strapi): readonly string[] {
  return Object.keys(strapi.contentTypes).filter((uid) => !isProtectedType(uid));
}

/** The rows of a content type, with their components. */
export async function* entitiesOf(strapi: Strapi, pin: Pin, uid: string): AsyncGenerator<readonly Entity[]> {
  const components = createComponentReader(strapi, pin);
  for await (const drafts of draftsOf(strapi.db, pin, knownModel(strapi.db, uid))) {
    await components.attach(uid, new Map(drafts.map((draft) => [draft['id'] as number, draft])));
    yield drafts.map(({ id, ...data }) => ({ type: uid, id: id as number, data }));
  }
}
