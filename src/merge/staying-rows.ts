import { fileType } from '../protocol/clearing.js';
import { createComponentReader } from '../protocol/components.js';
import type { Entity, Link, LinkEnd, Schemas } from '../protocol/content.js';
import { TransferError } from '../protocol/errors.js';
import { isProtectedType } from '../protocol/protected-types.js';
import type { Changeset } from './changeset.js';
import { fileNamesOf } from './file-names.js';
import { pathAbove } from './folder-names.js';
import { digestOf, documentIdOf, folderType, isOfFiles, placeOf, rowKey } from './identity.js';
import { linksDigest, linkText } from './link-digest.js';
import { isExclusive, ownedLink } from './link-owner.js';
import { createFieldSearch, holdsDocument, holdsId, holdsRef } from './text-search.js';
import { createUniqueFields, valueKey } from './unique-values.js';

/** Which rows, links and files of the content that stands stay, beside what a merge brings. */
export interface Staying {
  /** Notes a row that comes. */
  written(row: Entity): void;
  /** Notes a file that comes. */
  fileWritten(filename: string): void;
  /** All has come. @throws TransferError MERGE_INCOMPLETE where a row of the plan has not */
  allCame(): void;
  /**
   * A row that stands, as it stays: another one only where it lies in a folder that moves; null where it goes. Each is asked for, once,
   * after all that comes was written.
   * @throws TransferError DESTINATION_CHANGED where it is not as the plan has seen it
   */
  row(row: Entity): Entity | null;
  /**
   * Whether `row` has to be asked of the row in a text: false only where it stays as it is, and no plan knows it. Most rows are not
   * parsed so.
   */
  concernsRow(text: string): boolean;
  /** The same of a link; after the rows. */
  concernsLink(text: string): boolean;
  /** All rows were asked for. @throws TransferError DESTINATION_CHANGED where one that the plan has seen is gone */
  rowsAreRead(): void;
  /** Whether a link that stands stays; after the rows. */
  link(link: Link): boolean;
  /** All links were asked for. @throws TransferError DESTINATION_CHANGED where those of a dropped row are others, or those to it that are lost */
  linksAreRead(): void;
  /** Whether a file that stands stays; after the rows. */
  file(filename: string): boolean;
}

/**
 * @param standing The schemas of what stands.
 * @param coming Those of what comes.
 */
export function createStaying(
  changeset: Changeset,
  {
    standing,
    coming,
    end,
    givesIds = false,
  }: {
    readonly standing: Schemas | null;
    readonly coming: Schemas | null;
    readonly end: string;
    /** The destination gives what is new ids of its own. */
    readonly givesIds?: boolean;
  },
): Staying {
  const reader = createComponentReader(standing);
  const comingReader = createComponentReader(coming ?? standing);
  const drops = new Map(changeset.drops.map((drop) => [rowKey(drop.type, drop.id), drop]));
  const expects = new Map(
    changeset.expects.map(({ type, id, documentId }) => [rowKey(type, id), documentId]),
  );
  const uniqueFields = createUniqueFields(standing ?? coming);
  const uniqueValues = new Set<string>();
  const holdsUnique = createFieldSearch();
  const inbound = new Map(changeset.inbound.map(({ type, id }) => [rowKey(type, id), [] as string[]]));
  const folders = new Map(changeset.folders.map(({ id, path }) => [rowKey(folderType, id), path]));
  const moves = new Map(
    changeset.folders.flatMap(({ path, becomes }) => (path === becomes ? [] : [[path, becomes]])),
  );
  const unlinks = new Set(changeset.unlinks.map(linkText));
  const dropsFiles = changeset.drops.some(({ type }) => type === fileType);
  const comes = new Set<string>();
  const comingComponents = new Set<string>();
  /** The documents that come, in each locale in which they do. */
  const places = new Set<string>();
  /** Of the components of dropped rows, the row. */
  const components = new Map<string, string>();
  const links = new Map<string, string[]>();
  const seen = new Set<string>();
  const filesThatCome = new Set<string>();
  /** Names of files whose rows go, and of those that rows name which stay or come. */
  const [goes, named] = [new Set<string>(), new Set<string>()];
  /** Ids of rows and components, of any type, that are looked at; and documentIds. */
  const ids = new Set(
    [...changeset.drops, ...changeset.expects, ...changeset.folders].map(({ id }) => String(id)),
  );
  const names = new Set<string>();
  /** Ids at the ends of links that may go. */
  const refs = new Set([...changeset.drops, ...changeset.inbound].map(({ id }) => String(id)));
  const changed = (what: string) => new TransferError('DESTINATION_CHANGED', { what, end });
  const looksAtFiles = () => dropsFiles || filesThatCome.size > 0;

  const placeIn = ({ type, data }: Entity) => {
    const documentId = documentIdOf(data);
    return documentId === undefined
      ? undefined
      : JSON.stringify([type, documentId, placeOf({ type, data }).locale]);
  };

  function drop(row: Entity, key: string, digest: string): void {
    seen.add(key);
    const { type, data } = row;
    const fields = reader.withoutIds(type, data, (uid, id) => {
      components.set(rowKey(uid, id), key);
      refs.add(String(id));
    });
    if (digestOf(fields, type) !== digest) throw changed(`A row of ${type}`);
    if (type === fileType) for (const filename of fileNamesOf(row)) goes.add(filename);
  }

  function stay(row: Entity, key: string): void {
    const { type, data } = row;
    const place = placeIn(row);
    if ((comes.has(key) && !givesIds) || (place !== undefined && places.has(place)))
      throw changed(`A row of ${type}`);
    const documentId = expects.get(key);
    if (documentId !== undefined && documentIdOf(data) !== documentId) throw changed(`A row of ${type}`);
    if (documentId !== undefined) seen.add(key);
    if (uniqueValues.size > 0)
      for (const field of uniqueFields(type))
        if (uniqueValues.has(valueKey(row, field) ?? '')) throw changed(`A row of ${type}`);
    if (comingComponents.size > 0 && !givesIds)
      reader.visit(type, data, (uid, id) => {
        if (comingComponents.has(rowKey(uid, id))) throw changed(`A row of ${type}`);
      });
    if (type !== fileType || !looksAtFiles()) return;
    for (const filename of fileNamesOf(row)) {
      if (filesThatCome.has(filename)) throw changed(`The file ${filename}`);
      // Two rows of the media library may share a file.
      named.add(filename);
    }
  }

  const droppedRow = ({ type, ref }: LinkEnd) => {
    const key = rowKey(type, ref);
    return drops.has(key) ? key : components.get(key);
  };
  /** A file or folder in a folder that moves. */
  function movedAlong(row: Entity): Entity {
    if (moves.size === 0 || !isOfFiles(row.type)) return row;
    const field = row.type === fileType ? 'folderPath' : 'path';
    const path = row.data[field];
    for (let at = typeof path === 'string' ? path : '/'; at !== '/'; at = pathAbove(at)) {
      const becomes = moves.get(at);
      if (becomes !== undefined)
        return { ...row, data: { ...row.data, [field]: becomes + String(path).slice(at.length) } };
    }
    return row;
  }

  const isGone = (target: LinkEnd) =>
    droppedRow(target) !== undefined && !comes.has(rowKey(target.type, target.ref));

  return {
    written(row) {
      const { type, id, data } = row;
      comes.add(rowKey(type, id));
      ids.add(String(id));
      const place = placeIn(row);
      if (place !== undefined) places.add(place);
      names.add(documentIdOf(data) ?? '');
      for (const field of uniqueFields(type)) {
        const value = valueKey(row, field);
        if (value === undefined) continue;
        uniqueValues.add(value);
        holdsUnique.add(field, data[field]);
      }
      comingReader.visit(type, data, (uid, component) => {
        comingComponents.add(rowKey(uid, component));
        ids.add(String(component));
      });
      if (type === fileType) for (const filename of fileNamesOf(row)) named.add(filename);
    },
    fileWritten: (filename) => void filesThatCome.add(filename),
    allCame() {
      const planned = changeset.plan.documents.filter(({ verb }) => verb !== 'keep');
      const added = new Map<string, number>();
      for (const { type, rows } of planned)
        for (const { verb, stands } of rows) {
          if (verb === 'add') added.set(type, (added.get(type) ?? 0) + 1);
          if (verb === 'replace' && (stands === undefined || !comes.has(rowKey(type, stands))))
            throw new TransferError('MERGE_INCOMPLETE', { type, end });
        }
      for (const key of comes) {
        const type = key.slice(0, key.indexOf(' '));
        if (!drops.has(key)) added.set(type, (added.get(type) ?? 0) - 1);
      }
      for (const [type, count] of added)
        if (count !== 0) throw new TransferError('MERGE_INCOMPLETE', { type, end });
    },
    concernsRow: (text) =>
      ((looksAtFiles() || moves.size > 0) && text.includes(fileType)) ||
      (moves.size > 0 && text.includes(folderType)) ||
      holdsId(text, ids) ||
      holdsDocument(text, names) ||
      holdsUnique.in(text),
    concernsLink: (text) => holdsRef(text, refs),
    row(row) {
      const key = rowKey(row.type, row.id);
      const dropped = drops.get(key);
      const path = folders.get(key);
      if (path !== undefined && row.data['path'] !== path) throw changed(`A row of ${row.type}`);
      if (dropped === undefined) stay(row, key);
      else drop(row, key, dropped.digest);
      return dropped === undefined ? movedAlong(row) : null;
    },
    rowsAreRead() {
      const gone = [...drops.keys(), ...expects.keys()].find((key) => !seen.has(key));
      if (gone !== undefined) throw changed(`A row of ${gone.slice(0, gone.indexOf(' '))}`);
    },
    link(link) {
      const { owner, target } = ownedLink(link);
      const row = droppedRow(owner);
      const isProtected = isProtectedType(owner.type) || isProtectedType(target.type);
      if (row === undefined) {
        const isLost = isGone(target);
        if (!isProtected && (isLost || isExclusive(link, target)))
          inbound.get(rowKey(target.type, target.ref))?.push(linkText(link));
        return !isLost && !unlinks.has(linkText(link));
      }
      if (isProtected) return false;
      const own = links.get(row) ?? [];
      links.set(row, own);
      own.push(linkText(link));
      return false;
    },
    linksAreRead() {
      for (const [key, { type, links: digest }] of drops)
        if (linksDigest(links.get(key) ?? []) !== digest) throw changed(`A link of a row of ${type}`);
      for (const { type, id, links: digest } of changeset.inbound)
        if (linksDigest(inbound.get(rowKey(type, id)) ?? []) !== digest)
          throw changed(`A link to a row of ${type}`);
    },
    file: (filename) => !goes.has(filename) || named.has(filename),
  };
}
