import { leaveToTheNext, type Place, putName, tidy } from '../place/place.js';
import { systemCode } from '../store-error.js';
import { asideOf, readMarker, retireUnlessPinned } from './versions.js';

/** The version that somebody reads, kept from being removed. */
export interface Pin {
  /** The directory that the version lies in now. A commit may move it at any moment: ask again for each file. */
  locate(): Promise<string>;
  release(): Promise<void>;
}

/** How often the folder may be replaced while it is being pinned. */
const attempts = 32;

/**
 * Pins the version that stands in the folder. Where nothing can be written beside it, the answer is a pin that keeps
 * nothing: the folder is read as it stands. `undefined` where there is no folder.
 */
export async function pin(place: Place): Promise<Pin | undefined> {
  const { files, pins, processes, ids } = place;
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    // While a commit is under way, the version that it replaces: the other may yet be taken back.
    const identity = (await readMarker(place))?.from ?? (await files.stat(place.folder))?.id;
    if (identity === undefined) {
      const between =
        (await readMarker(place)) !== undefined || (await files.stat(place.folder)) !== undefined;
      if (between) continue;
      return undefined;
    }
    const name = `${identity}.${processes.self}.${ids.id()}`;
    const file = await putName(place, pins, name).catch(unlessForbidden);
    if (file === undefined) return unkept(place);
    if (await standsThere(place, identity)) return kept(place, identity, file);
    await files.remove(file);
  }
  return unkept(place);
}

/** Codes of a disk on which nothing can be written; reading it needs no more than reading. */
const forbidden: readonly (string | undefined)[] = ['EROFS', 'EACCES', 'EPERM', 'ENOSPC', 'EDQUOT'];

function unlessForbidden(error: unknown): undefined {
  if (!forbidden.includes(systemCode(error))) throw error;
}

/** If it stands there after it was pinned, then whoever takes it away later sees the pin. */
async function standsThere(place: Place, identity: string): Promise<boolean> {
  if ((await place.files.stat(place.folder))?.id === identity) return true;
  return (await readMarker(place))?.from === identity;
}

function kept(place: Place, identity: string, file: string): Pin {
  const { files, folder } = place;
  const aside = asideOf(place, identity);
  return {
    locate: async () => ((await files.stat(aside)) === undefined ? folder : aside),
    release: () =>
      leaveToTheNext(async () => {
        await files.remove(file);
        await retireUnlessPinned(place, identity);
        await tidy(place);
      }),
  };
}

function unkept({ folder }: Place): Pin {
  return { locate: async () => folder, release: async () => undefined };
}
