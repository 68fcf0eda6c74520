import { type OwnedLink, ownedLink } from '../../../merge/link-owner.js';
import { createComponentReader } from '../../../protocol/components.js';
import type { Link, LinkEnd } from '../../../protocol/content.js';
import { isProtectedType } from '../../../protocol/protected-types.js';
import type { TransferSource } from '../../../stores/store.js';
import { RowMap } from './row-map.js';

/** A link of the source that a row which is pushed owns, or a component of it. */
export interface PushedLink extends OwnedLink {
  readonly link: Link;
  /** The target is pushed as well. */
  readonly isWithin: boolean;
}

/**
 * Reads those links, as often as it is called.
 * @param comes The rows that are pushed.
 */
export async function ownedLinks(
  source: TransferSource,
  comes: RowMap<unknown>,
): Promise<() => AsyncGenerator<PushedLink>> {
  const components = await componentsOf(source, comes);
  const isPushed = ({ type, ref }: LinkEnd) => comes.has(type, ref) || components.has(type, ref);
  return async function* () {
    for await (const batch of source.rows('links'))
      for (const link of batch) {
        const ends = ownedLink(link);
        if (!isPushed(ends.owner) || isProtectedType(ends.target.type)) continue;
        yield { ...ends, link, isWithin: isPushed(ends.target) };
      }
  };
}

/** The components of some rows, however deep. */
export async function componentsOf(source: TransferSource, rows: RowMap<unknown>): Promise<RowMap<true>> {
  const components = new RowMap<true>();
  const reader = createComponentReader(await source.schemas());
  for await (const batch of source.rows('entities'))
    for (const { type, id, data } of batch)
      if (rows.has(type, id))
        reader.visit(type, data, (uid, component) => components.set(uid, component, true));
  return components;
}
