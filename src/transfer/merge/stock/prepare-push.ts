import type { IndexedRow } from '../../../merge/document-index.js';
import { foldersOf } from '../../../merge/folder-names.js';
import { newPlaces } from '../../../merge/folder-places.js';
import { folderType, isOfFiles } from '../../../merge/identity.js';
import type { Id } from '../../../merge/plan.js';
import { fileType } from '../../../protocol/clearing.js';
import type { Link } from '../../../protocol/content.js';
import type { TransferSource } from '../../../stores/store.js';
import { readInbound } from './inbound.js';
import type { Outgoing } from './outgoing.js';
import { ownedLinks, type PushedLink } from './owned-links.js';
import { RowMap } from './row-map.js';
import { findStanding } from './standing-targets.js';
import { FieldLists, WrittenFields } from './written-links.js';

export interface PushInput {
  readonly source: TransferSource;
  /** Opens what stands at the Strapi now. */
  readonly standing: () => Promise<TransferSource>;
  readonly outgoing: Outgoing;
  /** The Strapi takes links to ids of its own (up to 5.48); a later one is told of these rows in the data of others. */
  readonly takesForeignLinks: boolean;
}

/** What must be known of both sides before the first row is sent. */
export interface PreparedPush {
  readonly written: WrittenFields;
  /** Where pushed links stand among those that are written, by the name of the link. */
  readonly places: ReadonlyMap<string, number>;
  /** Rows of the source that stand, too. */
  readonly there: RowMap<IndexedRow>;
  /** Links of rows that stay, to be pushed: the row of the source that takes the place of their target. */
  readonly inbound: readonly (readonly [link: Link, comes: Id])[];
  links(): AsyncGenerator<PushedLink>;
}

/** Reads both sides: where links of what comes lead to, and which of those that stand lead to what is replaced. */
export async function preparePush({
  source,
  outgoing,
  takesForeignLinks,
  ...input
}: PushInput): Promise<PreparedPush> {
  const standing = await input.standing();
  const links = await ownedLinks(source, outgoing.comes);
  const wanted = new RowMap<true>();
  const outward = new FieldLists();
  for await (const { owner, target, isWithin } of links()) {
    if (isWithin) continue;
    wanted.set(target.type, target.ref, true);
    outward.of(owner.type, owner.ref, owner.field);
  }
  const there = await findStanding(wanted, { source, standing });

  const written = new WrittenFields();
  /** Of files and folders that are pushed: the folder that each lies in, pushed as well or standing. */
  const lies = new RowMap<{ readonly comes: Id } | { readonly path: string }>();
  for await (const { owner, target, link, isWithin, side } of links()) {
    const stands = isWithin ? undefined : there.get(target.type, target.ref);
    if (isOfFiles(owner.type) && target.type === folderType) {
      if (isWithin) lies.set(owner.type, owner.ref, { comes: target.ref });
      else if (stands?.path !== undefined) lies.set(owner.type, owner.ref, { path: stands.path });
    }
    // The other links of such a field count as well: they are pushed, and stand between those that are written.
    const list = outward.known(owner.type, owner.ref, owner.field);
    if (list === undefined || takesForeignLinks || (!isWithin && stands === undefined)) continue;
    list.push({
      ...{ link, pos: owner.pos ?? list.length },
      relation: side === 'left' ? link.relation : undefined,
      stands: stands === undefined ? null : { id: stands.id, type: target.type },
    });
  }

  const above = (type: string, id: Id): string => {
    const folder = lies.get(type, id);
    if (folder === undefined) return '/';
    return 'path' in folder ? folder.path : placeOf(folder.comes).path;
  };
  const ofFiles = [...outgoing.comes].filter(([type]) => isOfFiles(type));
  const bringsFolders = ofFiles.some(([type]) => type === folderType);
  const placeOf = newPlaces(bringsFolders ? await topPathId(standing) : 0, (id: Id) => above(folderType, id));
  for (const [type, id] of ofFiles)
    for (const [field, value] of Object.entries(
      type === fileType ? { folderPath: above(type, id) } : placeOf(id),
    ))
      written.add(type, id, field, value);

  const inbound: (readonly [Link, Id])[] = [];
  const inverse = new FieldLists();
  for await (const { link, owner, target, comes, inverse: field } of readInbound(
    standing,
    outgoing.replaced,
  )) {
    if (comes === null) continue;
    if (takesForeignLinks) inbound.push([link, comes]);
    else if (field !== null) {
      const list = inverse.of(target.type, comes, field);
      const stands = { id: owner.ref, type: owner.type };
      list.push({ link, stands, pos: target.pos ?? list.length, relation: undefined });
    }
  }
  const places = new Map([...outward.write(written), ...inverse.write(written)]);
  return { written, places, there, inbound, links };
}

async function topPathId(standing: TransferSource): Promise<number> {
  let top = 0;
  for await (const { data } of foldersOf(standing)) top = Math.max(top, Number(data['pathId'] ?? 0));
  return top;
}
