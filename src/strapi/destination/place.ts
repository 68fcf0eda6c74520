import { join } from 'node:path';
import type { FileSystem } from '../../ports/files.js';
import type { StorePorts } from '../../stores/local-options.js';
import { type Ports, portsOf } from '../../stores/place/place.js';
import { assertIsOurs } from '../../stores/place/sidecar.js';
import type { Strapi } from '../strapi.js';

/**
 * What lies among the uploads while a push is under way, and after a kill until the next push or start. It lies there since a rename cannot leave a
 * device; Strapi serves nothing of a folder whose name begins with a dot.
 *
 *     public/uploads/.ferry/
 *       push.ferry/             the lock: one push at a time
 *       <id>/, <id>.ferry/      what comes, in the layout of an export (Ferry's directory store)
 *       files.txt               where its files go, from before the first of them moves
 *       going.txt               the files that go once the rows are committed
 */
export interface UploadsPlace {
  readonly ports: Ports;
  readonly files: FileSystem;
  readonly uploads: string;
  readonly root: string;
  readonly lock: string;
  readonly plan: string;
  readonly going: string;
}

export function uploadsPlaceOf(strapi: Strapi, given: StorePorts): UploadsPlace {
  const uploads = join(strapi.dirs.static.public, 'uploads');
  const root = join(uploads, '.ferry');
  const ports = portsOf(given);
  return {
    ports,
    files: ports.files,
    uploads,
    root,
    lock: join(root, 'push'),
    plan: join(root, 'files.txt'),
    going: join(root, 'going.txt'),
  };
}

/**
 * Makes the folder, its owner's alone: it holds people's data, and says which files go.
 * @throws TransferError UNSAFE_STATE where what lies there could lead elsewhere, or others may write it
 */
export async function makeRoot(place: UploadsPlace): Promise<void> {
  const { files, uploads, root } = place;
  await files.makeDirectory(uploads, { mode: 0o777 });
  await files.makeDirectory(root);
  await assertRootIsOurs(place);
}

/** Throws likewise; no error where nothing lies there. */
export const assertRootIsOurs = ({ files, uploads, root }: UploadsPlace): Promise<void> =>
  assertIsOurs({ files, folder: uploads }, root, 'directory');

export const stagedAt = ({ root }: UploadsPlace, id: string): string => join(root, id);

/**
 * Whether the push is not settled yet: what came lies there until then. Where this process stood still, another may have settled it,
 * and the next push may have the names.
 */
export const isDue = async (place: UploadsPlace, id: string): Promise<boolean> =>
  (await place.files.look(stagedAt(place, id))) !== undefined;
