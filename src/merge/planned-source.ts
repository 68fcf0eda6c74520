import { fileType } from '../protocol/clearing.js';
import { createComponentReader } from '../protocol/components.js';
import type { Asset, Entity, Link, LinkEnd, RowOf, RowStep } from '../protocol/content.js';
import { TransferError } from '../protocol/errors.js';
import type { TransferSource } from '../stores/store.js';
import { type Changeset, withChangeset } from './changeset.js';
import { schemasOf } from './coming-schemas.js';
import { type IndexedDocument, inner } from './document-index.js';
import { createInversePlaces } from './inverse-places.js';
import { linksDigest } from './link-digest.js';
import { targetOf } from './link-plan.js';
import type { Id } from './plan.js';
import type { Planned } from './planner.js';

/**
 * What a plan adds and replaces, as the destination will have it: under the ids of the destination, with links to what
 * stands there, and with the changeset in its metadata. Its `assets` throws MISSING_FILES where one is missing.
 */
export function plannedSource(
  planned: Planned,
  { allowMissingFiles = false }: { readonly allowMissingFiles?: boolean | undefined } = {},
): TransferSource {
  const { selected, matched, decisions, folders } = planned;
  const { source, index } = selected;
  const reader = createComponentReader(index.schemas);
  const components = new Map<string, Map<Id, Id>>();
  const tops = new Map(matched.index.top);
  const places = createInversePlaces(planned);

  const nameComponent = (uid: string, id: Id): Id => {
    const named = inner(components, uid);
    const known = named.get(id);
    if (known !== undefined) return known;
    const next = (tops.get(uid) ?? 0) + 1;
    if (!Number.isSafeInteger(next)) throw new TransferError('NO_IDS_LEFT', { type: uid });
    tops.set(uid, next);
    named.set(id, next);
    return next;
  };

  const moves = (document: IndexedDocument | undefined) => {
    const decision = document && decisions.get(document);
    return decision !== undefined && decision.verb !== 'keep' ? decision : undefined;
  };

  function entityOf(entity: Entity): readonly Entity[] {
    const place = index.placeOf({ type: entity.type, ref: entity.id });
    const decision = moves(place?.document);
    const id = place && planned.idOf(place.row);
    if (place === undefined || decision === undefined || id === undefined) return [];
    const data = reader.withIds(entity.type, entity.data, nameComponent);
    const documentId = decision.standing?.documentId ?? decision.coming.documentId;
    const lies = entity.type === fileType ? { folderPath: folders.folderPathOf(place.row) } : {};
    return [{ ...entity, id, data: { ...data, documentId, ...lies, ...folders.of(place.row) } }];
  }

  /** The end as the destination has it; undefined where it has no such row. */
  function ownerEnd(end: LinkEnd): LinkEnd | undefined {
    const place = index.placeOf(end);
    if (place === undefined || moves(place.document) === undefined) return undefined;
    const ref = place.path === '' ? planned.idOf(place.row) : nameComponent(end.type, end.ref);
    return ref === undefined ? undefined : { ...end, ref };
  }

  function targetEnd(end: LinkEnd): LinkEnd | undefined {
    const to = targetOf(end, selected, matched);
    if (to === undefined || to.kind === 'missing') return undefined;
    if (to.kind === 'named') return { ...end, ref: to.documentId };
    const ref =
      to.kind === 'stands'
        ? to.row.id
        : to.path === ''
          ? planned.idOf(to.row)
          : nameComponent(end.type, end.ref);
    return ref === undefined ? undefined : { ...end, ref };
  }

  async function* links(): AsyncGenerator<readonly Link[]> {
    for await (const batch of selected.links()) {
      const moved = batch.flatMap(({ owner, target, side, link }): readonly Link[] => {
        const from = ownerEnd(owner);
        const to = targetEnd(target);
        if (from === undefined || to === undefined) return [];
        const placed = places.placed({ link, side, from, to, target });
        return [
          side === 'left' ? { ...link, left: from, right: placed } : { ...link, left: placed, right: from },
        ];
      });
      if (moved.length > 0) yield moved;
    }
  }

  async function* entities(): AsyncGenerator<readonly Entity[]> {
    for await (const batch of selected.rows()) {
      const rows = batch.flatMap(entityOf);
      if (rows.length > 0) yield rows;
    }
  }

  async function* assets(): AsyncGenerator<Asset> {
    const missing = new Set<string>();
    for (const { verb, coming } of decisions.values())
      if (verb !== 'keep')
        for (const { files } of coming.rows) for (const name of files ?? []) missing.add(name);
    for await (const asset of source.assets()) {
      const { id } = asset.metadata;
      if (typeof id !== 'number' && typeof id !== 'string') continue;
      const place = index.placeOf({ type: fileType, ref: id });
      const named = place && planned.idOf(place.row);
      if (place === undefined || named === undefined || moves(place.document) === undefined) continue;
      missing.delete(asset.filename);
      yield { ...asset, metadata: { ...asset.metadata, id: named } };
    }
    if (missing.size === 0 || allowMissingFiles) return;
    const examples = [...missing].slice(0, 3).join(', ');
    throw new TransferError('MISSING_FILES', {
      ...{ path: source.name, url: 'the destination', count: missing.size, examples },
    });
  }

  return {
    name: source.name,
    open: async () => {},
    metadata: async () => withChangeset(await source.metadata(), changesetOfPlan(planned)),
    schemas: async () => index.schemas && schemasOf(planned.types, index.schemas),
    async *rows<S extends RowStep>(step: S) {
      if (step === 'entities') yield* entities() as AsyncGenerator<readonly RowOf[S][]>;
      if (step === 'links') yield* links() as AsyncGenerator<readonly RowOf[S][]>;
    },
    assets,
    close: async () => {},
  };
}

/** What the plan does to its destination, beside what comes. */
export function changesetOfPlan(planned: Planned): Changeset {
  const { plan, matched, decisions, taken, linksOf, expects, inbound, folders } = planned;
  const moved = [...decisions.values()].filter(({ verb }) => verb !== 'keep');
  return {
    version: 1,
    // What is kept is no change.
    plan: { ...plan, documents: plan.documents.filter(({ verb }) => verb !== 'keep') },
    drops: moved.flatMap(({ coming: { type }, rows }) =>
      rows.flatMap(({ standing: row }) =>
        row ? [{ type, id: row.id, digest: matched.digest(row), links: linksDigest(linksOf(row)) }] : [],
      ),
    ),
    expects,
    inbound,
    folders: folders.standing,
    unlinks: [...taken.keys()].map(({ link }) => link),
  };
}
