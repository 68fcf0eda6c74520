import { leaveToTheNext, type Place, tidy } from '../place/place.js';
import { appear, type Presence } from '../place/presence.js';
import { systemCode } from '../store-error.js';
import { gone } from './inventory.js';
import { asideOf, readMarker, retireUnlessPinned } from './versions.js';

export interface Pin {
  /** A commit may move the version at any moment: ask again for each file. Throws SOURCE_GONE. */
  locate(): Promise<string>;
  release(): Promise<void>;
}

/** How often the folder may be replaced while it is being pinned. */
const attempts = 32;

/** If nothing can be written beside the folder, the pin keeps nothing. `undefined` where there is no folder. */
export async function pin(place: Place): Promise<Pin | undefined> {
  try {
    return await pinStanding(place);
  } catch (error) {
    unlessForbidden(error);
    return (await place.files.stat(place.folder)) === undefined ? undefined : unkept(place);
  }
}

async function pinStanding(place: Place): Promise<Pin | undefined> {
  const { files, pins, processes, ids } = place;
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    // During a commit, pin the version that it replaces: the new one may yet be taken back.
    const identity = (await readMarker(place))?.from ?? (await files.stat(place.folder))?.id;
    if (identity === undefined) {
      const between =
        (await readMarker(place)) !== undefined || (await files.stat(place.folder)) !== undefined;
      if (between) continue;
      return undefined;
    }
    const name = `${identity}.${processes.self}.${ids.id()}`;
    const presence = await appear(place, pins, name);
    try {
      if (await standsThere(place, identity)) return kept(place, identity, presence);
    } catch (error) {
      presence.end();
      throw error;
    }
    presence.end();
    await files.remove(presence.file);
  }
  return unkept(place);
}

/** Codes of a disk that cannot be written: the folder is then read without a pin. */
const forbidden: readonly (string | undefined)[] = ['EROFS', 'EACCES', 'EPERM', 'ENOSPC', 'EDQUOT'];

function unlessForbidden(error: unknown): void {
  if (!forbidden.includes(systemCode(error))) throw error;
}

/** Whether the version still stands after it was pinned: then every process that removes it later sees the pin. */
async function standsThere(place: Place, identity: string): Promise<boolean> {
  if ((await place.files.stat(place.folder))?.id === identity) return true;
  return (await readMarker(place))?.from === identity;
}

function kept(place: Place, identity: string, presence: Presence): Pin {
  const { files, folder } = place;
  const aside = asideOf(place, identity);
  return {
    async locate() {
      const isAside = async () => (await files.stat(aside)) !== undefined;
      if (await isAside()) return aside;
      if ((await files.stat(folder))?.id === identity) return folder;
      // It may have been moved between the two looks.
      if (await isAside()) return aside;
      throw gone(folder, 'the folder itself');
    },
    release: () =>
      leaveToTheNext(async () => {
        presence.end();
        await files.remove(presence.file);
        await retireUnlessPinned(place, identity);
        await tidy(place);
      }),
  };
}

function unkept({ folder }: Place): Pin {
  return { locate: async () => folder, release: async () => undefined };
}
