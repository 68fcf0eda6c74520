import type { Entity } from '../protocol/content.js';
import type { TransferSource } from '../stores/store.js';
import { rowsThatConcern } from './carry-rows.js';
import { folderType } from './identity.js';

/** The path of the folder that one lies in, `/` for none: `/4` of `/4/2`. */
export const pathAbove = (path: string): string => path.slice(0, path.lastIndexOf('/')) || '/';

/** Names folders of the media library as people do: by their names, from the outermost on. Ids in a path are a database's own. */
export class FolderNames {
  readonly #names = new Map<string, string>();

  add({ type, data: { path, name } }: Entity): void {
    if (type === folderType && typeof path === 'string' && typeof name === 'string')
      this.#names.set(path, name);
  }

  /** Undefined where a folder on the way is unknown. */
  of(path: unknown): string | undefined {
    if (typeof path !== 'string' || !path.startsWith('/')) return undefined;
    const names: string[] = [];
    for (let at = path; at !== '/'; at = pathAbove(at)) {
      const name = this.#names.get(at);
      if (name === undefined) return undefined;
      names.unshift(name);
    }
    return JSON.stringify(names);
  }
}

/** The folders of a source. */
export async function* foldersOf(source: TransferSource): AsyncGenerator<Entity> {
  for await (const batch of rowsThatConcern(source, 'entities', (text) => text.includes(folderType)))
    for (const row of batch) if (row.type === folderType) yield row;
}
