import { fileType } from '../protocol/clearing.js';
import { createComponentReader } from '../protocol/components.js';
import type { Entity, Link, LinkEnd, Schemas } from '../protocol/content.js';
import { TransferError } from '../protocol/errors.js';
import type { Changeset } from './changeset.js';
import { fileNamesOf } from './file-names.js';
import { digestOf, documentIdOf, placeKey, placeOf } from './identity.js';
import { ownedLink } from './link-owner.js';
import { holdsDocument, holdsId, holdsRef } from './text-search.js';

/** Which rows, links and files of the content that stands stay, beside what a merge brings. */
export interface Staying {
  /** Notes a row that comes. */
  written(row: Entity): void;
  /**
   * Whether a row that stands stays. Each is asked for, once, after all that comes was written.
   * @throws TransferError DESTINATION_CHANGED where it is not as the plan has seen it
   */
  row(row: Entity): boolean;
  /**
   * Whether `row` has to be asked of the row in a text: false only where it stays, and no plan knows it. Most rows are not
   * parsed so.
   */
  concernsRow(text: string): boolean;
  /** The same of a link; after the rows. */
  concernsLink(text: string): boolean;
  /** All rows were asked for. @throws TransferError DESTINATION_CHANGED where one that the plan has seen is gone */
  rowsAreRead(): void;
  /** Whether a link that stands stays; after the rows. */
  link(link: Link): boolean;
  /** Whether a file that stands stays; after the rows. */
  file(filename: string): boolean;
}

/** @param schemas Of what stands. */
export function createStaying(changeset: Changeset, schemas: Schemas | null, end: string): Staying {
  const reader = createComponentReader(schemas);
  const drops = new Map(changeset.drops.map(({ type, id, digest }) => [keyOf(type, id), digest]));
  const expects = new Map(changeset.expects.map(({ type, id, documentId }) => [keyOf(type, id), documentId]));
  const unlinks = new Set(changeset.unlinks.map(linkKey));
  const comes = new Set<string>();
  const places = new Set<string>();
  const components = new Set<string>();
  const goes = new Set(changeset.files);
  const seen = new Set<string>();
  const changed = (what: string) => new TransferError('DESTINATION_CHANGED', { what, end });

  /** Ids of rows, of any type, that are looked at; and documentIds. */
  const ids = new Set([...changeset.drops, ...changeset.expects].map(({ id }) => String(id)));
  const names = new Set<string>();
  /** Ids at the ends of links that may go. */
  const refs = new Set(changeset.drops.map(({ id }) => String(id)));

  const placeIn = ({ type, data }: Entity) => {
    const documentId = documentIdOf(data);
    return documentId === undefined ? undefined : JSON.stringify([type, documentId, placeKey(placeOf(data))]);
  };

  function drop({ type, data }: Entity, key: string, digest: string): void {
    seen.add(key);
    const fields = reader.withoutIds(type, data, (uid, id) => {
      components.add(keyOf(uid, id));
      refs.add(String(id));
    });
    if (digestOf(fields) !== digest) throw changed(`A row of ${type}`);
  }

  const isDropped = ({ type, ref }: LinkEnd) =>
    drops.has(keyOf(type, ref)) || components.has(keyOf(type, ref));
  const isGone = (end: LinkEnd) => isDropped(end) && !comes.has(keyOf(end.type, end.ref));

  return {
    written(row) {
      comes.add(keyOf(row.type, row.id));
      ids.add(String(row.id));
      const place = placeIn(row);
      if (place !== undefined) places.add(place);
      names.add(documentIdOf(row.data) ?? '');
    },
    concernsRow: (text) =>
      (goes.size > 0 && text.includes(fileType)) || holdsId(text, ids) || holdsDocument(text, names),
    concernsLink: (text) => holdsRef(text, refs),
    row(row) {
      const key = keyOf(row.type, row.id);
      const digest = drops.get(key);
      if (digest !== undefined) {
        drop(row, key, digest);
        return false;
      }
      const place = placeIn(row);
      if (comes.has(key) || (place !== undefined && places.has(place))) throw changed(`A row of ${row.type}`);
      const documentId = expects.get(key);
      if (documentId !== undefined && documentIdOf(row.data) !== documentId)
        throw changed(`A row of ${row.type}`);
      seen.add(key);
      // Two rows of the media library may share a file.
      if (row.type === fileType) for (const filename of fileNamesOf(row)) goes.delete(filename);
      return true;
    },
    rowsAreRead() {
      const gone = [...drops.keys(), ...expects.keys()].find((key) => !seen.has(key));
      if (gone !== undefined) throw changed(`A row of ${gone.slice(0, gone.indexOf(' '))}`);
    },
    link(link) {
      const { owner, target } = ownedLink(link);
      return !isDropped(owner) && !isGone(target) && !unlinks.has(linkKey(link));
    },
    file: (filename) => !goes.has(filename),
  };
}

const keyOf = (type: string, id: number | string) => `${type} ${typeof id} ${id}`;

function linkKey({ kind, relation, left, right }: Link): string {
  return JSON.stringify([
    kind,
    relation,
    left.type,
    left.ref,
    left.field,
    right.type,
    right.ref,
    right.field,
  ]);
}
