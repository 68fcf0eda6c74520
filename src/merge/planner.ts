import { fileType } from '../protocol/clearing.js';
import { TransferError } from '../protocol/errors.js';
import type { TransferSource } from '../stores/store.js';
import type { Expected, Inbound } from './changeset.js';
import type { IndexedDocument, IndexedRow } from './document-index.js';
import { type FolderPlaces, placeFolders } from './folder-places.js';
import { linksDigest, linkText } from './link-digest.js';
import { isExclusive } from './link-owner.js';
import {
  type ExclusiveLink,
  named,
  readComingLinks,
  readStandingLinks,
  type StandingLink,
} from './link-plan.js';
import { countLost, type Taking, takenLinks } from './lost-links.js';
import type { Matched, Meeting } from './matching.js';
import type { Collision, DocumentChange, Id, MergePlan, RowChange } from './plan.js';
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
interface Decision extends Meeting {
  readonly verb: DocumentChange['verb'];
  readonly because?: DocumentChange['because'];
  readonly isNewerThere: boolean;
}

/** A plan, and what carries it out. */
export interface Planned {
  readonly plan: MergePlan;
  readonly options: PlanOptions;
  readonly selected: Selected;
  readonly matched: Matched;
  readonly decisions: ReadonlyMap<IndexedDocument, Decision>;
  /** The id at the destination of a row that comes. */
  idOf(row: IndexedRow): Id | undefined;
  /** Links that stand, and lead to rows that are replaced or that something new points to. */
  readonly standingLinks: readonly StandingLink[];
  /** Of those, the links of rows that stay which are given to a document that comes. */
  readonly taken: ReadonlyMap<StandingLink, Taking>;
  /** The links that a row that is dropped owns. */
  linksOf(row: IndexedRow): readonly string[];
  /** The types of what is added or replaced. */
  readonly types: ReadonlySet<string>;
  /** Rows that stand, stay, and are pointed to by what comes. */
  readonly expects: readonly Expected[];
  /** Rows that links of rows that stay may lose. */
  readonly inbound: readonly Inbound[];
  /** Where folders and files lie afterwards. */
  readonly folders: FolderPlaces;
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
  const { own, missing, missingIfKept, pointedTo, lies, unplaced, exclusive } = await readComingLinks(
    selected,
    matched,
  );
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
  const comes = new Set(
    [...decisions].flatMap(([document, { verb }]) => (verb === 'keep' ? [] : [document])),
  );
  const dropped = new Set<IndexedRow>();
  /** With their types. */
  const deleted = new Map<IndexedRow, string>();
  for (const document of comes)
    for (const { coming, standing: row } of decisions.get(document)?.rows ?? []) {
      if (row === undefined) continue;
      dropped.add(row);
      if (coming === undefined) deleted.set(row, document.type);
    }
  const staying = there.inbound.filter(({ owner }) => owner === undefined || !dropped.has(owner.row));
  const taken = takenLinks(staying, exclusive, (document) => comes.has(document));
  const lost = countLost(staying, (link) =>
    deleted.has(link.target) ? 'deleted' : taken.has(link) ? 'taken' : undefined,
  );
  const changes = [...decisions.values()].map((decision) => changeOf(decision, unplaced));
  const plan: MergePlan = {
    documents: changes,
    conflicts:
      options.onConflict === 'fail' ? changes.filter((one) => one.isNewerThere && one.verb !== 'keep') : [],
    missing: [
      ...missing,
      ...missingIfKept.flatMap(({ document, missed }) => (comes.has(document) ? [] : [missed])),
    ].filter(({ type, documentId }) => {
      const document = selected.index.find(type, documentId, undefined);
      return document !== undefined && comes.has(document);
    }),
    collisions: [...collisionsOf(matched, comes), ...(options.onlyAdds ? takenWords(taken) : [])],
    lost,
    files: filesOf(comes),
  };
  return {
    plan,
    options,
    selected,
    matched,
    decisions,
    idOf: (row) => ids.get(row),
    standingLinks: there.inbound,
    taken,
    linksOf: there.textsOf,
    types: new Set([...comes].map(({ type }) => type)),
    expects: expectedRows(pointedTo, decisions),
    inbound: inboundOf(
      staying,
      deleted,
      exclusive.filter(({ document }) => comes.has(document)),
    ),
    folders: placeFolders({
      ...{ matched, comes },
      lies: new Map([...lies].filter(([, { document }]) => comes.has(document))),
    }),
  };
}

/** The links of rows that stay to rows that are deleted, and those of which what comes takes some over. */
function inboundOf(
  staying: readonly StandingLink[],
  deleted: ReadonlyMap<IndexedRow, string>,
  exclusive: readonly ExclusiveLink[],
): readonly Inbound[] {
  const types = new Map([...deleted, ...exclusive.map((one) => [one.target, one.targetType] as const)]);
  const texts = new Map<IndexedRow, string[]>();
  for (const { link, target, targetEnd } of staying) {
    if (!types.has(target) || !(deleted.has(target) || isExclusive(link, targetEnd))) continue;
    texts.set(target, [...(texts.get(target) ?? []), linkText(link)]);
  }
  return [...types].map(([row, type]) => ({ type, id: row.id, links: linksDigest(texts.get(row) ?? []) }));
}

function decide(
  meeting: Meeting,
  how: 'chosen' | 'alongside',
  isSame: boolean,
  { onConflict, onlyAdds }: PlanOptions,
): Decision {
  const newest = meeting.rows.reduce(
    (last, { coming }) => (coming && coming.updatedAt > last ? coming.updatedAt : last),
    '',
  );
  // A row that would be deleted has none to be held against but those that come.
  const isNewerThere = meeting.rows.some(
    ({ coming, standing }) => standing !== undefined && standing.updatedAt > (coming?.updatedAt ?? newest),
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

function collisionsOf(matched: Matched, comes: ReadonlySet<IndexedDocument>): readonly Collision[] {
  /** Of two documents that both come, each takes its new value. */
  const takesAnother = (type: string, standing: string) => {
    const there = matched.index.find(type, standing, undefined);
    const meeting = there && matched.meetingOf(there);
    return meeting !== undefined && comes.has(meeting.coming);
  };
  return matched.twins
    .filter(({ coming, standing }) => comes.has(coming) && !takesAnother(coming.type, standing))
    .map(({ coming, standing, field, value }) => ({
      ...named(coming),
      field,
      value,
      standing,
    }));
}

/** An addition may take nothing from a row that stands. */
function takenWords(taken: ReadonlyMap<StandingLink, Taking>): readonly Collision[] {
  return [...taken].map(([{ owner, ownerEnd, targetEnd }, { document, field }]) => ({
    ...{ ...named(document), field, value: `${targetEnd.type} ${targetEnd.ref}` },
    standing: owner?.document.documentId ?? `${ownerEnd.type} ${ownerEnd.ref}`,
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

function changeOf(
  { coming, standing, verb, because, isNewerThere, rows }: Decision,
  unplaced: ReadonlySet<IndexedDocument>,
): DocumentChange {
  const standsAs = standing?.documentId;
  const bytes = verb === 'keep' ? undefined : coming.rows[0]?.bytes;
  return {
    ...{ verb, ...named(coming), isNewerThere },
    ...(standsAs === undefined || standsAs === coming.documentId ? {} : { standsAs }),
    ...(because === undefined ? {} : { because }),
    ...(verb !== 'keep' && unplaced.has(coming) ? { liesInNone: true as const } : {}),
    ...(bytes === undefined ? {} : { bytes }),
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
