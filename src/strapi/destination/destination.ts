import { posix } from 'node:path';
import { type Changeset, changesetOf } from '../../merge/changeset.js';
import type { Metadata } from '../../protocol/content.js';
import { TransferError } from '../../protocol/errors.js';
import type { Given } from '../../protocol/given.js';
import { checkLimits, type Limits } from '../../protocol/limits.js';
import { restoreAll, restoreNothing } from '../../protocol/restore.js';
import type { ReplacedAccess } from '../../stores/directory/replaced-access.js';
import { createVersionWriter } from '../../stores/directory/version-writer.js';
import { lineFileLimit, uploadsFolder } from '../../stores/export/layout.js';
import { createReadingWatch } from '../../stores/export/reading-watch.js';
import { createLocalDestination } from '../../stores/local-destination.js';
import type { StorePorts } from '../../stores/local-options.js';
import { lock, type Recovery } from '../../stores/place/lock.js';
import { leaveToTheNext, placeOf } from '../../stores/place/place.js';
import type { TransferDestination } from '../../stores/store.js';
import { metadataOf, schemasOf } from '../description.js';
import type { Strapi } from '../strapi.js';
import { applyPush } from './apply.js';
import { asDatabaseError } from './database-error.js';
import { stagedAt, type UploadsPlace, uploadsPlaceOf } from './place.js';
import { assertFilesAreHere, createPushWriter, type PushWriter } from './push-writer.js';
import { settle } from './settle.js';
import type { OnStep } from './steps.js';

/** How a push is taken into a running Strapi. */
export interface StrapiDestinationOptions extends StorePorts {
  /** For people. @default 'this Strapi' */
  readonly name?: string | undefined;
  /** What is read of the rows that wait, at most. @default see Limits */
  readonly limits?: Given<Limits> | undefined;
  /** Told of each step of the commit before it is taken. Throwing ends the commit there. */
  readonly onStep?: OnStep | undefined;
}

/**
 * Writes into the Strapi that it runs in. What comes waits in `public/uploads/.ferry/`, checked as it comes; nothing else changes
 * before `commit`. That writes the rows in one transaction and puts the files in their places; other rows stay as they are.
 * After a kill {@link rollForward} does what is left.
 *
 * Errors: PROTECTED_TYPE, UNKNOWN_TYPE, INVALID_MESSAGE, FILES_ELSEWHERE (another upload provider, where files would be
 * replaced), STORE_IN_USE (another push), UNSAFE_FILENAME, ASSET_NAMES_CLASH, ASSET_SIZE_MISMATCH, NO_SPACE, FILES_NOT_PLACED (a file
 * that could not be moved after the commit), STORE_FAILED (the system, or the database).
 */
export function strapiDestination(
  strapi: Strapi,
  options: StrapiDestinationOptions = {},
): TransferDestination {
  const { name = 'this Strapi', onStep = () => {} } = options;
  const limits = checkLimits(options.limits);
  const place = uploadsPlaceOf(strapi, options);
  const { files, ports } = place;

  const local = createLocalDestination<PushWriter>({
    path: place.lock,
    recovery: recoveryOf(strapi, place, onStep),
    asStore: (work) => asDatabaseError(name, work),
    place: () => placeOf(place.lock, ports),
    refuse: async () => {},
    refuseLocked: async () => {},
    metadata: async () => metadataOf(strapi),
    schemas: async () => schemasOf(strapi),
    async prepare(_, plan, begun) {
      const changeset = plan.strategy === 'merge' ? changesetToMerge(plan.metadata) : null;
      const restore = changeset === null ? (plan.restore ?? restoreAll) : restoreNothing;
      if (restore.assets) assertFilesAreHere(strapi);
      const id = ports.ids.id();
      const root = stagedAt(place, id);
      await files.makeDirectory(root);
      const version = createVersionWriter({
        ...{ path: root, files, root, name: id, limit: lineFileLimit },
        replaced: await accessOfUploads(place),
        watch: createReadingWatch(limits),
      });
      begun(createPushWriter({ strapi, id, restore, changeset, version }));
      await version.begin({}, null);
    },
    async commit(_, push, assertMay) {
      await push.flush();
      await assertMay();
      return applyPush({ strapi, place, push, limits, onStep, name });
    },
    async rollback(_, push) {
      await push.abort();
      await settle(strapi, place, onStep);
    },
  });

  return {
    ...local,
    name,
    honoursRestore: true,
    async close() {
      await local.close();
      await leaveToTheNext(() => files.removeEmptyDirectory(place.root));
    },
  };
}

/**
 * Finishes what a killed process left: call it when Strapi starts. Where the rows of a push were committed, its files go in place;
 * where they were not, what came is thrown away. Another process that takes a push keeps it from doing anything.
 */
export async function rollForward(
  strapi: Strapi,
  options: StorePorts & { readonly onStep?: OnStep } = {},
): Promise<void> {
  const { onStep = () => {} } = options;
  const place = uploadsPlaceOf(strapi, options);
  // The lock of a push lies there until all is over.
  if ((await place.files.look(place.root)) === undefined) return;
  await asDatabaseError('this Strapi', async () => {
    const lockPlace = await placeOf(place.lock, place.ports);
    const taken = await lock(lockPlace, recoveryOf(strapi, place, onStep)).catch((error: unknown) => {
      if (error instanceof TransferError && error.code === 'STORE_IN_USE') return undefined;
      throw error;
    });
    await taken?.release();
    await place.files.removeEmptyDirectory(place.root);
  });
}

function recoveryOf(strapi: Strapi, place: UploadsPlace, onStep: OnStep): Recovery {
  return {
    async recover() {
      await settle(strapi, place, onStep);
    },
    sweep: async () => {},
  };
}

/** @throws TransferError NO_CHANGESET, BROKEN_CHANGESET */
function changesetToMerge(metadata: Metadata | null): Changeset {
  const changeset = changesetOf(metadata, 'what comes');
  if (changeset === null) throw new TransferError('NO_CHANGESET', { from: 'What comes' });
  return changeset;
}

/** Files are read as the folder is that they go to. Rows are this process's alone. */
async function accessOfUploads({ files, uploads }: UploadsPlace): Promise<ReplacedAccess> {
  const access = (await files.stat(uploads))?.access;
  const ofFiles = access && { ...access, mode: access.mode & 0o666 };
  return {
    directory: async () => undefined,
    file: async (path) => (posix.dirname(path) === uploadsFolder ? ofFiles : undefined),
  };
}
