import { ownedLink } from '../../../merge/link-owner.js';
import type { Id } from '../../../merge/plan.js';
import { isContentType } from '../../../protocol/clearing.js';
import type { Link, LinkEnd } from '../../../protocol/content.js';
import { isProtectedType } from '../../../protocol/protected-types.js';
import type { TransferSource } from '../../../stores/store.js';
import { componentsOf } from './owned-links.js';
import type { RowMap } from './row-map.js';

/** A link of a row that stays to one that is replaced. */
export interface Inbound {
  readonly link: Link;
  readonly owner: LinkEnd;
  readonly target: LinkEnd;
  /** The row of the source that comes in the place of the target; null where none does. */
  readonly comes: Id | null;
  /** The field of the target in which a Strapi can be told of the link; null where the relation has one direction. */
  readonly inverse: string | null;
}

/** @param replaced Rows that are deleted, as in `Outgoing`. */
export async function* readInbound(
  standing: TransferSource,
  replaced: RowMap<Id | null>,
): AsyncGenerator<Inbound> {
  if (replaced.isEmpty) return;
  const components = await componentsOf(standing, replaced);
  for await (const batch of standing.rows('links'))
    for (const link of batch) {
      const { owner, target, side } = ownedLink(link);
      const comes = replaced.get(target.type, target.ref);
      if (comes === undefined || isProtectedType(owner.type)) continue;
      if (replaced.has(owner.type, owner.ref) || components.has(owner.type, owner.ref)) continue;
      const isPlain = side === 'left' && link.kind !== 'relation.morph' && isContentType(owner.type);
      yield { link, owner, target, comes, inverse: (isPlain && target.field) || null };
    }
}
