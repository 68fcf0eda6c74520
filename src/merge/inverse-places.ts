import type { Link, LinkEnd } from '../protocol/content.js';
import { inverseKey } from './link-owner.js';
import type { StandingLink } from './link-plan.js';

export interface InversePlaces {
  /** The target's end of a link that comes, with its place among the links that the target has of this kind. */
  placed(link: {
    readonly link: Link;
    readonly side: 'left' | 'right';
    readonly from: LinkEnd;
    readonly to: LinkEnd;
    /** As the source has it. */
    readonly target: LinkEnd;
  }): LinkEnd;
}

/**
 * A row that stands keeps the order of those that point to it: a link that comes takes the place of the one that stood
 * there, or else the last.
 */
export function createInversePlaces({
  standingLinks,
}: {
  readonly standingLinks: readonly Pick<StandingLink, 'link' | 'ownerEnd' | 'targetEnd'>[];
}): InversePlaces {
  const before = new Map<string, number>();
  const last = new Map<string, number>();
  for (const { link, ownerEnd, targetEnd } of standingLinks) {
    if (targetEnd.pos == null) continue;
    const list = inverseKey(link.relation, ownerEnd, targetEnd);
    before.set(`${list} ${ownerEnd.ref}`, targetEnd.pos);
    last.set(list, Math.max(last.get(list) ?? 0, targetEnd.pos));
  }
  return {
    placed({ link, side, from, to }) {
      if (side === 'right' || to.pos == null) return to;
      const list = inverseKey(link.relation, from, to);
      const stood = before.get(`${list} ${from.ref}`);
      if (stood !== undefined) return { ...to, pos: stood };
      if (!last.has(list)) return to;
      const pos = (last.get(list) ?? 0) + 1;
      last.set(list, pos);
      return { ...to, pos };
    },
  };
}
