import { fileType } from '../protocol/clearing.js';
import type { LinkEnd } from '../protocol/content.js';
import { TransferError } from '../protocol/errors.js';
import type { TransferSource } from '../stores/store.js';
import type { Expected } from './changeset.js';
import type { IndexedDocument, IndexedRow } from './document-index.js';
import { named, readComingLinks, readStandingLinks, type StandingLink, targetOf } from './link-plan.js';
import type { Matched, Meeting } from './matching.js';
import type { Collision, DocumentChange, Id, LostLink, MergePlan, RowChange } from './plan.js';
import type { Selected } from './selection.js';

/** Which of two documents wins where the one at the destination is newer. */
export type OnConflict = 'fail' | 'replace' | 'keep';

/** How a plan decides. */
export interface PlanOptions {
  readonly onConflict: OnConflict;
  /** Every document that stands stays as it is: only what the destination lacks comes. */
  readonly onlyAdds: boolean;
}

/** What becomes of a document, and the ids of its rows at the destination. */
export interface Decision extends Meeting {
  readonly verb: DocumentChange['verb'];
  readonly because?: DocumentChange['because'];
  readonly isNewerThere: boolean;
}

/** A plan, and what carries it out. */
export interface Planned {
  readonly plan: MergePlan;
  readonly selected: Selected;
  readonly matched: Matched;
  readonly decisions: ReadonlyMap<IndexedDocument, Decision>;
  /** The id at the destination of a row that comes. */
  idOf(row: IndexedRow): Id | undefined;
  /** Links that stand, and lead to rows that are replaced or that something new points to. */
  readonly standingLinks: readonly StandingLink[];
  /** Of those, the links of rows that stay which are given to a document that comes. */
  readonly taken: ReadonlySet<StandingLink>;
  /** The types of what is added or replaced. */
  readonly types: ReadonlySet<string>;
  /** Rows that stand, stay, and are pointed to by what comes. */
  readonly expects: readonly Expected[];
}

/**
 * Plans a merge, and changes nothing. Reads the links of both sides once.
 * @param standing Open; what stands at the destination.
 * @param matched What comes, matched with that.
 * @throws TransferError NO_DOCUMENTS where rows of a type that comes have no documentId there
 */
export async function planMerge(
  selected: Selected,
  standing: TransferSource,
  matched: Matched,
  options: PlanOptions,
): Promise<Planned> {
  for (const { type } of selected.documents.keys())
    if (matched.index.without.has(type))
      throw new TransferError('NO_DOCUMENTS', { type, end: standing.name });
  const { own, missing, pointedTo } = await readComingLinks(selected, matched);
  const there = await readStandingLinks(standing, matched, pointedTo);

  const decisions = new Map<IndexedDocument, Decision>();
  for (const [document, how] of selected.documents) {
    const meeting = matched.meetings.get(document);
    if (meeting === undefined) continue;
    const { standing: met } = meeting;
    const isSame =
      met !== undefined && meeting.rows.every(matched.isEqual) && own.of(document) === there.own.of(met);
    decisions.set(document, decide(meeting, how, isSame, options));
  }
  const ids = giveIds(decisions, matched.index.top);
  const deleted = new Set(
    [...decisions.values()].flatMap(({ verb, rows }) =>
      verb === 'keep' ? [] : rows.flatMap(({ coming, standing: row }) => (coming || !row ? [] : [row])),
    ),
  );
  const dropped = new Set(
    [...decisions.values()].flatMap(({ verb, rows }) =>
      verb === 'keep' ? [] : rows.flatMap(({ standing: row }) => row ?? []),
    ),
  );
  const staying = there.inbound.filter(({ owner }) => owner === undefined || !dropped.has(owner.row));
  const taken = await takenLinks({ selected, matched, decisions, staying, ids });
  const lost = countLost(staying, (link) =>
    deleted.has(link.target) ? 'deleted' : taken.has(link) ? 'taken' : undefined,
  );
  const changes = [...decisions.values()].map((decision) => changeOf(decision));
  const comes = new Set(
    [...decisions].flatMap(([document, { verb }]) => (verb === 'keep' ? [] : [document])),
  );
  const plan: MergePlan = {
    documents: changes,
    conflicts:
      options.onConflict === 'fail' ? changes.filter((one) => one.isNewerThere && one.verb !== 'keep') : [],
    missing: missing.filter(({ type, documentId }) => {
      const document = selected.index.find(type, documentId, undefined);
      return document !== undefined && comes.has(document);
    }),
    collisions: collisionsOf(matched, comes),
    lost,
    files: filesOf(comes),
  };
  return {
    plan,
    selected,
    matched,
    decisions,
    idOf: (row) => ids.get(row),
    standingLinks: there.inbound,
    taken,
    types: new Set([...comes].map(({ type }) => type)),
    expects: expectedRows(pointedTo, decisions),
  };
}

function decide(
  meeting: Meeting,
  how: 'chosen' | 'alongside',
  isSame: boolean,
  { onConflict, onlyAdds }: PlanOptions,
): Decision {
  const isNewerThere = meeting.rows.some(
    ({ coming, standing }) =>
      coming !== undefined && standing !== undefined && standing.updatedAt > coming.updatedAt,
  );
  const keep = (because: NonNullable<Decision['because']>) =>
    ({ ...meeting, verb: 'keep', because, isNewerThere }) as const;
  if (meeting.standing === undefined) return { ...meeting, verb: 'add', isNewerThere };
  if (isSame) return keep('same');
  if (onlyAdds) return keep('stands');
  if (how === 'alongside') return keep('alongside');
  if (isNewerThere && onConflict === 'keep') return keep('newer');
  return { ...meeting, verb: 'replace', isNewerThere };
}

/** A row that meets one takes its id; any other a new one. */
function giveIds(
  decisions: ReadonlyMap<IndexedDocument, Decision>,
  top: ReadonlyMap<string, number>,
): ReadonlyMap<IndexedRow, Id> {
  const ids = new Map<IndexedRow, Id>();
  const next = new Map(top);
  for (const [{ type }, { verb, rows }] of decisions) {
    for (const { coming, standing } of rows) {
      if (coming === undefined) continue;
      if (standing !== undefined) ids.set(coming, standing.id);
      else if (verb !== 'keep') {
        const id = (next.get(type) ?? 0) + 1;
        if (!Number.isSafeInteger(id)) throw new TransferError('NO_IDS_LEFT', { type });
        next.set(type, id);
        ids.set(coming, id);
      }
    }
  }
  return ids;
}

function expectedRows(
  pointedTo: ReadonlyMap<IndexedRow, IndexedDocument>,
  decisions: ReadonlyMap<IndexedDocument, Decision>,
): readonly Expected[] {
  return [...pointedTo].flatMap(([row, document]) => {
    const decision = decisions.get(document);
    if (decision === undefined) return [expected(document, row)];
    const { verb, standing, rows } = decision;
    const met = rows.find(({ coming }) => coming === row)?.standing;
    return verb === 'keep' && standing !== undefined && met !== undefined ? [expected(standing, met)] : [];
  });
}

const expected = ({ type, documentId }: IndexedDocument, { id }: IndexedRow): Expected => ({
  type,
  id,
  documentId,
});

/** Relations whose target can be held once: a document that comes takes it from the one that has it. */
const exclusive: readonly string[] = ['oneToOne', 'oneToMany'];

async function takenLinks({
  selected,
  matched,
  decisions,
  staying,
  ids,
}: {
  readonly selected: Selected;
  readonly matched: Matched;
  readonly decisions: ReadonlyMap<IndexedDocument, Decision>;
  readonly staying: readonly StandingLink[];
  readonly ids: ReadonlyMap<IndexedRow, Id>;
}): Promise<ReadonlySet<StandingLink>> {
  const taken = new Set<StandingLink>();
  const held = new Map<string, StandingLink>();
  const key = (relation: string, owner: LinkEnd, type: string, id: Id) =>
    JSON.stringify([relation, owner.type, owner.field ?? '', type, id]);
  for (const each of staying) {
    const { link, ownerEnd, targetEnd } = each;
    if (exclusive.includes(link.relation))
      held.set(key(link.relation, ownerEnd, targetEnd.type, targetEnd.ref), each);
  }
  if (held.size === 0) return taken;
  for await (const batch of selected.links()) {
    for (const { owner, target, link } of batch) {
      const from = selected.index.placeOf(owner);
      if (from === undefined || decisions.get(from.document)?.verb === 'keep') continue;
      if (!exclusive.includes(link.relation)) continue;
      const to = targetOf(target, selected, matched);
      const id = to?.kind === 'stands' ? to.row.id : to?.kind === 'comes' ? ids.get(to.row) : undefined;
      const holder = id === undefined ? undefined : held.get(key(link.relation, owner, target.type, id));
      if (holder !== undefined) taken.add(holder);
    }
  }
  return taken;
}

function countLost(
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

function collisionsOf(matched: Matched, comes: ReadonlySet<IndexedDocument>): readonly Collision[] {
  return matched.twins
    .filter(({ coming }) => comes.has(coming))
    .map(({ coming, standing, field, value }) => ({
      ...named(coming),
      field,
      value,
      standing,
    }));
}

function filesOf(comes: ReadonlySet<IndexedDocument>): MergePlan['files'] {
  const files = [...comes].filter(({ type }) => type === fileType);
  const sizes = files.map(({ rows }) => rows[0]?.bytes);
  const known = sizes.every((size) => size !== undefined);
  return {
    count: files.length,
    bytes: known ? sizes.reduce((sum: number, size) => sum + (size ?? 0), 0) : null,
  };
}

function changeOf({ coming, standing, verb, because, isNewerThere, rows }: Decision): DocumentChange {
  const standsAs = standing?.documentId;
  return {
    ...{ verb, ...named(coming), isNewerThere },
    ...(standsAs === undefined || standsAs === coming.documentId ? {} : { standsAs }),
    ...(because === undefined ? {} : { because }),
    rows: rows.map((pair) => rowChangeOf(pair, verb)),
  };
}

function rowChangeOf({ coming, standing }: Decision['rows'][number], verb: Decision['verb']): RowChange {
  const { locale, state } = (coming ?? standing) as IndexedRow;
  const comes = coming && { comes: coming.id };
  const stands = standing && { stands: standing.id };
  const own = coming === undefined ? 'delete' : standing === undefined ? 'add' : 'replace';
  return { verb: verb === 'keep' ? 'keep' : own, locale, state, ...comes, ...stands };
}
