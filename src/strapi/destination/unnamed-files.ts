import { extname } from 'node:path';
import type { Strapi } from '../strapi.js';
import { namedFiles } from './going-files.js';
import { isDue, type UploadsPlace } from './place.js';
import { several } from './provider-calls.js';

/** How many files the database is asked for at a time. */
const atOnce = 100;

export interface Removal {
  readonly strapi: Strapi;
  readonly place: UploadsPlace;
  /** Of the push that takes them away. */
  readonly id: string;
  readonly provider: string;
  /** What rows name, and what stays without a row. */
  readonly named: ReadonlySet<string>;
}

/**
 * Calls `remove` for each file that no row names, as long as the push is due. It may take minutes, and an editor who replaces a
 * file writes its row late: so rows are asked again right before.
 */
export async function eachUnnamed<Item>(
  { strapi, place, id, provider, named }: Removal,
  files: readonly Item[],
  nameOf: (file: Item) => string,
  remove: (file: Item) => Promise<void>,
): Promise<void> {
  const unnamed = files.filter((file) => !named.has(nameOf(file)));
  for (let start = 0; start < unnamed.length; start += atOnce) {
    const some = unnamed.slice(start, start + atOnce);
    const rows = { strapi, transaction: strapi.db.connection };
    const namedSince = await namedFiles(rows, provider, some.map(nameOf).flatMap(hashesOf));
    await several(some, async (file) => {
      if (!namedSince.has(nameOf(file)) && (await isDue(place, id))) await remove(file);
    });
  }
}

/** Of the row that may name the file. A Strapi calls a format by its own name and the hash of its row: `thumbnail_dawn_0123456789`. */
function hashesOf(name: string): readonly string[] {
  const hash = name.slice(0, name.length - extname(name).length);
  return [hash, hash.slice(hash.indexOf('_') + 1)];
}
