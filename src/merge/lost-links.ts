import type { IndexedDocument } from './document-index.js';
import { inverseKey, isExclusive } from './link-owner.js';
import type { ExclusiveLink, StandingLink } from './link-plan.js';
import type { LostLink } from './plan.js';

/** What takes a link over. */
export type Taking = Pick<ExclusiveLink, 'document' | 'field'>;

/** The links of rows that stay which a document that comes takes over. @param comes Whether it is added or replaced. */
export function takenLinks(
  staying: readonly StandingLink[],
  exclusive: readonly ExclusiveLink[],
  comes: (document: IndexedDocument) => boolean,
): ReadonlyMap<StandingLink, Taking> {
  const taken = new Map<StandingLink, Taking>();
  const held = new Map<string, StandingLink[]>();
  for (const each of staying) {
    const { link, ownerEnd, targetEnd } = each;
    if (!isExclusive(link, targetEnd)) continue;
    const at = inverseKey(link.relation, ownerEnd, targetEnd);
    held.set(at, [...(held.get(at) ?? []), each]);
  }
  for (const by of exclusive)
    for (const holder of comes(by.document) ? (held.get(by.key) ?? []) : []) taken.set(holder, by);
  return taken;
}

/** Links that are removed, by the field that holds them. @param why Undefined for a link that stays. */
export function countLost(
  links: readonly StandingLink[],
  why: (link: StandingLink) => LostLink['because'] | undefined,
): readonly LostLink[] {
  const counts = new Map<string, LostLink>();
  for (const link of links) {
    const because = why(link);
    if (because === undefined) continue;
    const { owner, ownerEnd, targetEnd } = link;
    const type = owner?.document.type ?? ownerEnd.type;
    const inComponent = owner !== undefined && owner.path !== '' ? `${ownerEnd.type}.` : '';
    const field = `${inComponent}${ownerEnd.field ?? ''}`;
    const counted = { type, field, target: targetEnd.type, because };
    const at = Object.values(counted).join('\n');
    counts.set(at, { ...counted, count: (counts.get(at)?.count ?? 0) + 1 });
  }
  return [...counts.values()];
}
