import { TransferError } from '../protocol/errors.js';
import type { FolderPlace } from './changeset.js';
import type { IndexedDocument, IndexedRow } from './document-index.js';
import { pathAbove } from './folder-names.js';
import { folderType } from './identity.js';
import type { LiesIn, Target } from './link-plan.js';
import type { Matched } from './matching.js';

/** What names the place of a folder in a database. */
interface Place {
  readonly path: string;
  readonly pathId?: number;
}

/** Where folders of the media library, and the files in them, lie at the destination once a merge is done. */
export interface FolderPlaces {
  /** Of a folder that comes; undefined where the source says no place. */
  of(folder: IndexedRow): Place | undefined;
  /** The path of the folder that a file which comes lies in. */
  folderPathOf(file: IndexedRow): string;
  /** The folders that stand and that this rests on, with those that move. */
  readonly standing: readonly FolderPlace[];
}

interface Placing {
  readonly matched: Matched;
  /** Of files and folders that are added or replaced: the folder that each lies in. */
  readonly lies: ReadonlyMap<IndexedRow, LiesIn>;
  /** The documents that are added or replaced. */
  readonly comes: ReadonlySet<IndexedDocument>;
}

/** Gives folders that are new there their places: the next pathIds, as a Strapi does. @param above The path of the folder that one lies in. */
export function newPlaces<Folder>(
  top: number,
  above: (folder: Folder) => string,
): (folder: Folder) => Required<Place> {
  const places = new Map<Folder, Required<Place>>();
  let pathId = top;
  return (folder) => {
    const known = places.get(folder);
    if (known !== undefined) return known;
    pathId += 1;
    if (!Number.isSafeInteger(pathId)) throw new TransferError('NO_IDS_LEFT', { type: folderType });
    const own = pathId;
    // In a circle of folders one lies in none.
    places.set(folder, { path: within('/', own), pathId: own });
    const placed = { path: within(above(folder), own), pathId: own };
    places.set(folder, placed);
    return placed;
  };
}

const within = (above: string, id: number | string) => `${above === '/' ? '' : above}/${id}`;

/**
 * A folder that meets one keeps that one's pathId; a new one gets the next, as a Strapi gives it. Its path is that of the folder that
 * it lies in, and its pathId.
 */
export function placeFolders({ matched, lies, comes }: Placing): FolderPlaces {
  const byPath = new Map<string, IndexedRow>();
  let top = 0;
  for (const { type, rows } of matched.index.documents())
    for (const row of type === folderType ? rows : []) {
      if (row.path !== undefined) byPath.set(row.path, row);
      top = Math.max(top, row.pathId ?? 0);
    }
  /** Of those that stand, the row that replaces it. */
  const replacing = new Map<IndexedRow, IndexedRow>();
  const places = new Map<IndexedRow, Place>();
  const placeOfNew = newPlaces(top, above);
  const stand = new Map<IndexedRow, Place>();

  function above(row: IndexedRow): string {
    const folder = lies.get(row);
    return folder === undefined ? '/' : pathOfTarget(folder.target);
  }
  function pathOfTarget(target: Target): string {
    if (target.kind === 'stands') return placeOfStanding(target.row).path;
    if (target.kind !== 'comes') return '/';
    const there = matched.standsFor(target.document, target.row);
    if (there !== undefined) return placeOfStanding(there).path;
    return comes.has(target.document) ? placeOfNew(target.row).path : '/';
  }
  function placeOfStanding(row: IndexedRow): Place {
    const known = stand.get(row);
    if (known !== undefined) return known;
    const { path = '/', pathId } = row;
    const place = (at: string) => ({ path: at, ...(pathId === undefined ? {} : { pathId }) });
    // In a circle of folders one stays where it lay.
    stand.set(row, place(path));
    const by = replacing.get(row);
    const outer = byPath.get(pathAbove(path));
    const there = by !== undefined ? above(by) : outer ? placeOfStanding(outer).path : pathAbove(path);
    const placed = place(path === '/' ? path : within(there, path.slice(path.lastIndexOf('/') + 1)));
    stand.set(row, placed);
    return placed;
  }
  const folders = [...comes].filter(({ type }) => type === folderType);
  const rows = folders.flatMap((document) => matched.meetings.get(document)?.rows ?? []);
  for (const { coming, standing } of rows) if (coming && standing) replacing.set(standing, coming);
  for (const { coming, standing } of rows) {
    if (coming?.path === undefined) continue;
    if (standing === undefined) places.set(coming, placeOfNew(coming));
    else if (standing.path !== undefined) places.set(coming, placeOfStanding(standing));
  }
  for (const row of lies.keys()) above(row);

  return {
    of: (folder) => places.get(folder),
    folderPathOf: above,
    standing: [...stand].flatMap(([{ id, path }, { path: becomes }]) =>
      path === undefined ? [] : [{ id, path, becomes }],
    ),
  };
}
