import type { Id, LostLink } from '../../../merge/plan.js';
import { isContentType } from '../../../protocol/clearing.js';
import { createComponentReader } from '../../../protocol/components.js';
import { takesForeignLinks } from '../../../protocol/version.js';
import type { TransferSource } from '../../../stores/store.js';
import { type Inbound, readInbound } from './inbound.js';
import { outgoing, sentDocuments } from './outgoing.js';
import { RowMap } from './row-map.js';
import type { StockMerge } from './stock-merge.js';

/**
 * Links that a Strapi from 5.49 on loses when documents are replaced: of rows that stay, in one direction. Those that the target has a field
 * for, too, are written there; then they stand last among the links of their row (`moved`, where others stood behind them).
 * Counted by the field that holds them.
 */
export async function oneWayLinks(
  merge: Pick<StockMerge, 'strategy' | 'standing' | 'plan' | 'version'>,
): Promise<readonly LostLink[]> {
  const { replaced } = outgoing(sentDocuments(merge).replaced);
  if (replaced.isEmpty || takesForeignLinks(merge.version)) return [];
  const inbound: Inbound[] = [];
  for await (const each of readInbound(merge.standing, replaced)) if (each.comes !== null) inbound.push(each);
  const holders = await holdersOf(merge.standing, inbound);
  const last = await lastPlaces(merge.standing, inbound, replaced);
  const counts = new Map<string, LostLink>();
  for (const { inverse, owner, target } of inbound) {
    const isLast = (owner.pos ?? 0) >= (last.get(owner.type, owner.ref)?.get(owner.field ?? '') ?? 0);
    if (inverse !== null && isLast) continue;
    const type = holders.get(owner.type, owner.ref) ?? owner.type;
    const field = type === owner.type ? (owner.field ?? '') : `${owner.type}.${owner.field ?? ''}`;
    const because = inverse === null ? ('oneWay' as const) : ('moved' as const);
    const key = [type, field, target.type, because].join('\n');
    const count = (counts.get(key)?.count ?? 0) + 1;
    counts.set(key, { type, field, target: target.type, because, count });
  }
  return [...counts.values()];
}

/** The content type that holds each component. */
async function holdersOf(standing: TransferSource, inbound: readonly Inbound[]): Promise<RowMap<string>> {
  const holders = new RowMap<string>();
  const wanted = new RowMap<true>();
  for (const { owner } of inbound) if (!isContentType(owner.type)) wanted.set(owner.type, owner.ref, true);
  if (wanted.isEmpty) return holders;
  const reader = createComponentReader(await standing.schemas());
  for await (const batch of standing.rows('entities'))
    for (const { type, data } of batch)
      reader.visit(type, data, (uid, id) => {
        if (wanted.has(uid, id)) holders.set(uid, id, type);
      });
  return holders;
}

/** The last place in the fields of rows that stay, among the links that are not written again. */
async function lastPlaces(
  standing: TransferSource,
  inbound: readonly Inbound[],
  replaced: RowMap<Id | null>,
): Promise<RowMap<Map<string, number>>> {
  const places = new RowMap<Map<string, number>>();
  for (const { inverse, owner } of inbound)
    if (inverse !== null) places.getOr(owner.type, owner.ref, () => new Map()).set(owner.field ?? '', 0);
  if (places.isEmpty) return places;
  for await (const batch of standing.rows('links'))
    for (const { left, right } of batch) {
      const fields = places.get(left.type, left.ref);
      const place = fields?.get(left.field ?? '');
      if (place === undefined || left.pos === undefined || replaced.has(right.type, right.ref)) continue;
      fields?.set(left.field ?? '', Math.max(place, left.pos));
    }
  return places;
}
