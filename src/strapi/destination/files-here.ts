import { join } from 'node:path';
import { TransferError } from '../../protocol/errors.js';
import type { ComingFiles, ComingFilesOptions } from './coming-files.js';
import type { FilePlan } from './file-plan.js';
import { moveInto, stagedFiles } from './move-files.js';
import type { UploadsPlace } from './place.js';

/** Files that go to `public/uploads`. */
export function filesHere({ place, id }: ComingFilesOptions): ComingFiles {
  return {
    plan: () => planFiles(place, id),
    async add({ early, late }) {
      await moveInto(place, id, early);
      return new Map(
        [...early, ...late].map((name) => [name, { filename: name, fields: { url: `/uploads/${name}` } }]),
      );
    },
    begun: (plan) => plan,
  };
}

/**
 * What came, held against what lies among the uploads.
 * @throws TransferError STORE_FAILED where something other than a file has the name of one
 */
async function planFiles(place: UploadsPlace, id: string): Promise<FilePlan> {
  const { files, uploads } = place;
  const coming = (await files.list(stagedFiles(place, id))) ?? [];
  const early: string[] = [];
  const late: string[] = [];
  for (const name of coming) {
    const path = join(uploads, name);
    // The disk is asked, not its list: it may hold two different names as one.
    const standing = await files.look(path);
    if (standing?.kind === 'directory' || standing?.kind === 'other')
      throw new TransferError('STORE_FAILED', {
        path,
        reason: 'a file of the push has this name; move it away',
      });
    (standing === undefined ? early : late).push(name);
  }
  return { id, early, late, made: [], isOver: false };
}
