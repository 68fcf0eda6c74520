import type { Link, LinkEnd } from '../protocol/content.js';
import { isProtectedType } from '../protocol/protected-types.js';
import type { TransferSource } from '../stores/store.js';
import { rowsThatConcern } from './carry-rows.js';
import type { ComponentPlace, IndexedDocument, IndexedRow } from './document-index.js';
import { folderType, isOfFiles, placeKey } from './identity.js';
import { linkText } from './link-digest.js';
import { inverseKey, isExclusive, ownedLink } from './link-owner.js';
import type { Matched } from './matching.js';
import type { MissingLink } from './plan.js';
import type { Selected } from './selection.js';
import { holdsRef } from './text-search.js';

/** A row that a link which comes leads to. */
export type Target =
  | {
      readonly kind: 'comes';
      readonly document: IndexedDocument;
      readonly row: IndexedRow;
      readonly path: string;
    }
  | { readonly kind: 'stands'; readonly document: IndexedDocument; readonly row: IndexedRow }
  /** Not one row, but a document by its name, as in the `localizations` that a Strapi writes. */
  | { readonly kind: 'named'; readonly type: string; readonly documentId: string }
  | { readonly kind: 'missing'; readonly document: IndexedDocument };

/**
 * Where a link that comes leads: to a row that comes, or else to the one that stands in its place. Undefined where the
 * source has no such row, or where it leads to a folder of the media library that the destination lacks: the file then
 * lies in none.
 */
export function targetOf(end: LinkEnd, selected: Selected, matched: Matched): Target | undefined {
  const place = selected.index.placeOf(end);
  if (place === undefined) return namelessTarget(end, selected) ?? namedTarget(end, selected, matched);
  const { document, row, path } = place;
  if (matched.meetings.has(document) && selected.rowsOf(document).includes(row))
    return { kind: 'comes', document, row, path };
  const there = matched.index.find(document.type, document.documentId, document.alias);
  const key = placeKey(row);
  const standing = there?.rows.find((other) => placeKey(other) === key);
  if (there !== undefined && standing !== undefined)
    return { kind: 'stands', document: there, row: standing };
  return document.type === folderType ? undefined : { kind: 'missing', document };
}

/** A row without documentId can be found nowhere. */
function namelessTarget({ type, ref }: LinkEnd, { index }: Selected): Target | undefined {
  if (!index.without.has(type)) return undefined;
  const document = { type, documentId: `of id ${ref}`, alias: undefined, title: undefined, rows: [] };
  return { kind: 'missing', document };
}

function namedTarget({ type, ref }: LinkEnd, { index }: Selected, matched: Matched): Target | undefined {
  if (typeof ref !== 'string') return undefined;
  const document = index.find(type, ref, undefined);
  if (document === undefined) return undefined;
  return { kind: 'named', type, documentId: matched.meetings.get(document)?.standing?.documentId ?? ref };
}

/** The links that documents own, so that those of two sides can be compared. */
interface OwnLinks {
  add(owner: ComponentPlace, link: Link, side: 'left' | 'right', target: string): void;
  /** The same text for the same links in the same order. */
  of(document: IndexedDocument): string;
}

function createOwnLinks(): OwnLinks {
  const lists = new Map<IndexedDocument, (readonly [string, number, string])[]>();
  return {
    add({ document, row, path }, { kind, relation, left, right }, side, target) {
      const own = side === 'left' ? left : right;
      const list = lists.get(document) ?? [];
      lists.set(document, list);
      const field = JSON.stringify([placeKey(row), path, own.field ?? '', kind, relation]);
      list.push([field, own.pos ?? Number.POSITIVE_INFINITY, target]);
    },
    of(document) {
      const list = lists.get(document) ?? [];
      list.sort(
        ([a, one, x], [b, other, y]) => compare(a, b) || (one === other ? compare(x, y) : one - other),
      );
      return JSON.stringify(list.map(([field, , target]) => [field, target]));
    },
  };
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

/** What a target is called on both sides: by the document that stands, where one does. */
function nameOfTarget(document: IndexedDocument, row: IndexedRow, matched: Matched): string {
  return nameIn(matched.meetings.get(document)?.standing ?? document, row);
}

const nameIn = ({ type, documentId }: IndexedDocument, row: IndexedRow) =>
  JSON.stringify([type, documentId, placeKey(row)]);

/** The folder that a file or folder which comes lies in. */
export interface LiesIn {
  /** That of the file or folder. */
  readonly document: IndexedDocument;
  readonly target: Target;
}

/** A link which comes to a row that stands, and that one row alone can have. */
export interface ExclusiveLink {
  readonly document: IndexedDocument;
  readonly field: string;
  readonly target: IndexedRow;
  readonly targetType: string;
  /** What the links have in common of which it takes the place. */
  readonly key: string;
}

/** Reads what comes to point to, and what of it is nowhere. */
export async function readComingLinks(selected: Selected, matched: Matched) {
  const own = createOwnLinks();
  const missing: MissingLink[] = [];
  /** Links to rows that stand nowhere yet: they are missing where their document is kept as it stands. */
  const missingIfKept: { readonly document: IndexedDocument; readonly missed: MissingLink }[] = [];
  /** Rows that links which come lead to, and their documents: those that stand, and those that come, too. */
  const pointedTo = new Map<IndexedRow, IndexedDocument>();
  const lies = new Map<IndexedRow, LiesIn>();
  /** Files and folders whose folder neither comes nor stands. */
  const unplaced = new Set<IndexedDocument>();
  const exclusive: ExclusiveLink[] = [];
  for await (const batch of selected.links()) {
    for (const { owner, target, side, link } of batch) {
      const from = selected.index.placeOf(owner);
      const to = targetOf(target, selected, matched);
      const isPlace = isOfFiles(owner.type) && target.type === folderType;
      if (from !== undefined && to === undefined && isPlace && selected.index.placeOf(target) !== undefined)
        unplaced.add(from.document);
      if (from === undefined || to === undefined) continue;
      if (to.kind === 'named') {
        own.add(from, link, side, JSON.stringify([to.type, to.documentId]));
        continue;
      }
      const field = [from.path, owner.field ?? ''].filter((part) => part !== '').join('.');
      const missed = { ...named(from.document), field, target: named(to.document) };
      if (to.kind === 'missing') {
        missing.push(missed);
        continue;
      }
      const there = to.kind === 'stands' ? to.row : matched.standsFor(to.document, to.row);
      if (there === undefined) missingIfKept.push({ document: to.document, missed });
      if (isPlace) lies.set(from.row, { document: from.document, target: to });
      if (there !== undefined && isExclusive(link, target)) {
        const { type: targetType } = target;
        const key = inverseKey(link.relation, owner, { type: targetType, ref: there.id });
        exclusive.push({ document: from.document, field: owner.field ?? '', target: there, targetType, key });
      }
      pointedTo.set(to.row, to.document);
      own.add(from, link, side, nameOfTarget(to.document, to.row, matched));
    }
  }
  return { own, missing, missingIfKept, pointedTo, lies, unplaced, exclusive };
}

/** A link that stands, of a row that no document comes for. */
export interface StandingLink {
  readonly link: Link;
  readonly owner: ComponentPlace | undefined;
  readonly ownerEnd: LinkEnd;
  readonly targetEnd: LinkEnd;
  readonly target: IndexedRow;
}

/**
 * Reads the links that stand, once: those that documents own for which others come, and those of other documents that
 * lead to them or to what `pointedTo` has.
 */
export async function readStandingLinks(
  standing: TransferSource,
  matched: Matched,
  pointedTo: ReadonlyMap<IndexedRow, IndexedDocument>,
) {
  const own = createOwnLinks();
  const inbound: StandingLink[] = [];
  /** Of the rows that may be dropped, by row. */
  const texts = new Map<IndexedRow, string[]>();
  const known = matched.index.ids();
  for await (const batch of rowsThatConcern(standing, 'links', (text) => holdsRef(text, known))) {
    for (const link of batch) {
      if (isProtectedType(link.left.type) || isProtectedType(link.right.type)) continue;
      const { owner, target, side } = ownedLink(link);
      const from = matched.index.placeOf(owner);
      const to = matched.index.placeOf(target);
      const isMet = from !== undefined && matched.isInScope(from.row);
      // Nothing that comes leads to a row that is not remembered.
      const called =
        to === undefined ? JSON.stringify([target.type, target.ref]) : nameIn(to.document, to.row);
      if (isMet) {
        own.add(from, link, side, called);
        const list = texts.get(from.row) ?? [];
        texts.set(from.row, list);
        list.push(linkText(link));
      }
      if (to === undefined) continue;
      if (matched.meetingOf(to.document) !== undefined || pointedTo.has(to.row))
        inbound.push({ link, owner: from, ownerEnd: owner, targetEnd: target, target: to.row });
    }
  }
  return { own, inbound, textsOf: (row: IndexedRow): readonly string[] => texts.get(row) ?? [] };
}

export function named({ type, documentId, title }: IndexedDocument) {
  return { type, documentId, ...(title === undefined ? {} : { title }) };
}
