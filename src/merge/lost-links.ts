import type { Link, LinkEnd } from '../protocol/content.js';
import type { IndexedDocument, IndexedRow } from './document-index.js';
import { inverseKey } from './link-owner.js';
import { type StandingLink, targetOf } from './link-plan.js';
import type { Matched } from './matching.js';
import type { Id, LostLink } from './plan.js';
import type { Selected } from './selection.js';

interface Coming {
  readonly selected: Selected;
  readonly matched: Matched;
  /** Whether the document is added or replaced. */
  comes(document: IndexedDocument): boolean;
  /** The id at the destination of a row that comes. */
  idOf(row: IndexedRow): Id | undefined;
}

/**
 * Whether the target can be held once: a document that comes takes it from the one that has it. A Strapi sees to that only where the
 * target has a field for the relation, too.
 */
const isExclusive = ({ relation }: Link, target: LinkEnd) =>
  (relation === 'oneToOne' || relation === 'oneToMany') && target.field != null;

/** What takes a link over. */
export interface Taking {
  readonly document: IndexedDocument;
  readonly field: string;
}

/** The links of rows that stay which a document that comes takes over. */
export async function takenLinks(
  staying: readonly StandingLink[],
  { selected, matched, comes, idOf }: Coming,
): Promise<ReadonlyMap<StandingLink, Taking>> {
  const taken = new Map<StandingLink, Taking>();
  const held = new Map<string, StandingLink[]>();
  for (const each of staying) {
    const { link, ownerEnd, targetEnd } = each;
    if (!isExclusive(link, targetEnd)) continue;
    const at = inverseKey(link.relation, ownerEnd, targetEnd);
    held.set(at, [...(held.get(at) ?? []), each]);
  }
  if (held.size === 0) return taken;
  for await (const batch of selected.links()) {
    for (const { owner, target, link } of batch) {
      const from = selected.index.placeOf(owner);
      if (from === undefined || !comes(from.document)) continue;
      if (!isExclusive(link, target)) continue;
      const to = targetOf(target, selected, matched);
      const id = to?.kind === 'stands' ? to.row.id : to?.kind === 'comes' ? idOf(to.row) : undefined;
      const holders =
        id === undefined
          ? undefined
          : held.get(inverseKey(link.relation, owner, { type: target.type, ref: id }));
      const by = { document: from.document, field: owner.field ?? '' };
      for (const holder of holders ?? []) taken.set(holder, by);
    }
  }
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
