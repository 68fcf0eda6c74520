import * as v from 'valibot';
import type { Link, Metadata } from '../protocol/content.js';
import { TransferError } from '../protocol/errors.js';
import type { TransferSource } from '../stores/store.js';
import { rowKey } from './identity.js';
import type { MergePlan } from './plan.js';

/** A row of the destination that does not stay as it is, and what its fields were when the plan was made. */
interface Drop {
  readonly type: string;
  readonly id: number | string;
  readonly digest: string;
  /** Of the links that it owns. */
  readonly links: string;
}

/** A row of the destination that something which comes leads to. */
export interface Expected {
  readonly type: string;
  readonly id: number | string;
  readonly documentId: string;
}

/** A row of the destination, and the links of rows that stay to it: all of them where it is deleted, else those that one row alone can have. */
export interface Inbound {
  readonly type: string;
  readonly id: number | string;
  /** Their digest. */
  readonly links: string;
}

/** A folder of the destination's media library: where it lay when the plan was made, and where it lies afterwards. */
export interface FolderPlace {
  readonly id: number | string;
  readonly path: string;
  readonly becomes: string;
}

/**
 * What a merge does to one destination, beside the rows, links and files that come with it. It travels in the metadata of
 * what comes, so that a folder or an archive holds a whole merge, and so that a server carries out the very plan that a
 * person has seen.
 */
export interface Changeset {
  readonly version: 1;
  readonly plan: MergePlan;
  /** Rows that are replaced by one that comes with the same id, or deleted. */
  readonly drops: readonly Drop[];
  readonly expects: readonly Expected[];
  /** Links of rows that stay, which are removed. */
  readonly unlinks: readonly Link[];
  readonly inbound: readonly Inbound[];
  /** What lies in one that moves, and stays, moves along. */
  readonly folders: readonly FolderPlace[];
}

/** The key of the metadata under which a changeset travels. */
const key = 'changeset';

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const id = v.union([v.pipe(v.number(), v.safeInteger()), v.string()]);
const path = v.pipe(v.string(), v.regex(/^(\/\d+)+$/));
const end = v.looseObject({
  type: v.string(),
  ref: id,
  field: v.exactOptional(v.string()),
  pos: v.exactOptional(v.number()),
});
const document = { type: v.string(), documentId: v.string(), title: v.exactOptional(v.string()) };
const change = v.looseObject({
  ...document,
  verb: v.picklist(['add', 'replace', 'keep']),
  standsAs: v.exactOptional(v.string()),
  because: v.exactOptional(v.picklist(['same', 'newer', 'alongside', 'stands'])),
  liesInNone: v.exactOptional(v.literal(true)),
  bytes: v.exactOptional(count),
  isNewerThere: v.boolean(),
  rows: v.array(
    v.looseObject({
      verb: v.picklist(['add', 'replace', 'delete', 'keep']),
      locale: v.nullable(v.string()),
      state: v.nullable(v.picklist(['draft', 'published'])),
      comes: v.exactOptional(id),
      stands: v.exactOptional(id),
    }),
  ),
});

const shape = v.looseObject({
  version: v.literal(1),
  plan: v.looseObject({
    documents: v.array(change),
    conflicts: v.array(change),
    missing: v.array(v.looseObject({ ...document, field: v.string(), target: v.looseObject(document) })),
    collisions: v.array(
      v.looseObject({ ...document, field: v.string(), value: v.string(), standing: v.string() }),
    ),
    lost: v.array(
      v.looseObject({
        ...{ type: v.string(), field: v.string(), target: v.string(), count },
        because: v.picklist(['deleted', 'taken', 'oneWay', 'moved']),
      }),
    ),
    files: v.looseObject({ count, bytes: v.nullable(count) }),
  }),
  drops: v.array(v.looseObject({ type: v.string(), id, digest: v.string(), links: v.string() })),
  expects: v.array(v.looseObject({ type: v.string(), id, documentId: v.string() })),
  unlinks: v.array(v.looseObject({ kind: v.string(), relation: v.string(), left: end, right: end })),
  inbound: v.array(v.looseObject({ type: v.string(), id, links: v.string() })),
  folders: v.array(v.looseObject({ id, path, becomes: path })),
});

/** A person confirms the plan: nothing may go that it does not name. */
function assertPlanned({ plan, drops }: Changeset, from: string): void {
  const planned = new Set(
    plan.documents.flatMap(({ type, rows, verb }) =>
      rows.flatMap(({ verb: what, stands }) =>
        verb !== 'keep' && (what === 'replace' || what === 'delete') && stands !== undefined
          ? [rowKey(type, stands)]
          : [],
      ),
    ),
  );
  const dropped = new Set(drops.map((drop) => rowKey(drop.type, drop.id)));
  if (dropped.size !== planned.size || [...dropped].some((one) => !planned.has(one)))
    throw new TransferError('BROKEN_CHANGESET', { from, reason: 'drops' });
}

/** The metadata of a source, with the changeset that its content belongs to. */
export function withChangeset(metadata: Metadata | null, changeset: Changeset): Metadata {
  return { ...metadata, [key]: changeset };
}

/** A source whose changeset says what is lost at its destination, beside what any would lose. */
export function withLost(source: TransferSource, lost: MergePlan['lost']): TransferSource {
  return {
    ...source,
    async metadata() {
      const metadata = await source.metadata();
      const changeset = changesetOf(metadata, source.name);
      return changeset && withChangeset(metadata, { ...changeset, plan: { ...changeset.plan, lost } });
    },
  };
}

export function withoutChangeset(metadata: Metadata | null): Metadata | null {
  if (metadata === null) return null;
  const { [key]: _, ...rest } = metadata;
  return rest;
}

/**
 * The changeset that metadata hold; null where they hold none.
 * @throws TransferError BROKEN_CHANGESET
 */
export function changesetOf(metadata: Metadata | null, from: string): Changeset | null {
  const held = metadata?.[key];
  if (held === undefined) return null;
  const { output, issues, success } = v.safeParse(shape, held);
  if (success) {
    assertPlanned(output, from);
    return output;
  }
  throw new TransferError('BROKEN_CHANGESET', { from, reason: v.getDotPath(issues[0]) ?? 'it is none' });
}
