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
import type { Recovery } from '../../stores/place/lock.js';
import { leaveToTheNext, placeOf } from '../../stores/place/place.js';
import type { TransferDestination } from '../../stores/store.js';
import { metadataOf, schemasOf } from '../description.js';
import { assertAllowed } from '../merge/assert-allowed.js';
import type { Strapi } from '../strapi.js';
import { applyPush } from './apply.js';
import { asDatabaseError } from './database-error.js';
import { makeRoot, stagedAt, type UploadsPlace, uploadsPlaceOf } from './place.js';
import { createPushWriter, type PushWriter } from './push-writer.js';
import { type Site, settle } from './settle.js';
import type { OnStep } from './steps.js';

/** How a push is taken into a running Strapi. */
export interface StrapiDestinationOptions extends StorePorts {
  /** For people. @default 'this Strapi' */
  readonly name?: string | undefined;
  /** What is read of the rows that wait, at most. @default see Limits */
  readonly limits?: Given<Limits> | undefined;
  /** Told of each step of the commit before it is taken. Throwing ends the commit there. */
  readonly onStep?: OnStep | undefined;
  /** Called before the transaction that writes the rows begins. What it answers is called when that has ended. */
  readonly onTransaction?: (() => () => void) | undefined;
  /** Aborted when this Strapi ends: what an earlier push left is then left to its next start. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Writes into the Strapi that it runs in. What comes waits in `public/uploads/.ferry/`, checked as it comes; nothing else changes
 * before `commit`. That writes the rows in one transaction and puts the files in their places. Other rows stay as they are, but
 * for what leads from them to rows that go. After a kill `rollForward` does what is left.
 *
 * Errors: PROTECTED_TYPE, UNKNOWN_TYPE, UNFIT_ROW (a value, a link or a file that this Strapi cannot keep), ROWS_REFUSED (by the
 * database), FILE_NOT_UPLOADED (by another upload provider than the local one), FILE_STAYS (of a file whose row stays),
 * STORE_IN_USE (another push), TABLES_HELD (another writer), UNSAFE_STATE, UNSAFE_FILENAME, ASSET_NAMES_CLASH, ASSET_SIZE_MISMATCH,
 * NO_SPACE, FILES_NOT_PLACED (a file that could not be moved after the commit), COMMIT_IN_DOUBT (the database was lost at the
 * COMMIT), STORE_FAILED (the system, or the database).
 */
export function strapiDestination(
  strapi: Strapi,
  options: StrapiDestinationOptions = {},
): TransferDestination {
  const { name = 'this Strapi', onStep = () => {}, onTransaction = () => () => {}, signal } = options;
  const limits = checkLimits(options.limits);
  const place = uploadsPlaceOf(strapi, options);
  const { files, ports } = place;
  const site: Site = { strapi, place, onStep };
  /** Why a push was not committed: what came of it is gone, so asking again gets the same answer. */
  const failures = new WeakMap<PushWriter, unknown>();

  const local = createLocalDestination<PushWriter>({
    path: place.lock,
    recovery: recoveryOf(site, signal),
    asStore: (work) => asDatabaseError(name, work),
    async place() {
      await makeRoot(place);
      return placeOf(place.lock, ports);
    },
    refuse: async () => {},
    refuseLocked: async () => {},
    metadata: async () => metadataOf(strapi),
    schemas: async () => schemasOf(strapi),
    async prepare(_, plan, begun) {
      const changeset = plan.strategy === 'merge' ? changesetToMerge(strapi, plan.metadata) : null;
      const restore = changeset === null ? (plan.restore ?? restoreAll) : restoreNothing;
      // Of a push before this one that could not be settled: its plan would be lost under the next one.
      await settle(site, { signal });
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
      if (failures.has(push)) throw failures.get(push);
      await push.flush();
      await assertMay();
      try {
        return await applyPush({ ...site, push, limits, assertMay, onTransaction, name });
      } catch (error) {
        failures.set(push, error);
        throw error;
      }
    },
    async rollback(_, push) {
      await push.abort();
      await settle(site, { signal, own: push.id });
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

export function recoveryOf(site: Site, signal: AbortSignal | undefined): Recovery {
  return {
    recover: () => settle(site, { signal }),
    sweep: async () => {},
  };
}

/** @throws TransferError NO_CHANGESET, BROKEN_CHANGESET, PROTECTED_TYPE, UNKNOWN_TYPE */
function changesetToMerge(strapi: Strapi, metadata: Metadata | null): Changeset {
  const changeset = changesetOf(metadata, 'what comes');
  if (changeset === null) throw new TransferError('NO_CHANGESET', { from: 'What comes' });
  assertAllowed(strapi, changeset);
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
