import { dirname, join } from 'node:path';
import { TransferError } from '../../protocol/errors.js';
import { reasonOf, systemCode } from '../store-error.js';
import { inUse, leaveToTheNext, makeParents, type Place, processOf, tidy } from './place.js';
import { appear, isPresent, type Presence } from './presence.js';

export interface Lock {
  /** Throws STORE_FAILED where others took it over, because this process gave no sign of life for too long. */
  assertHeld(): Promise<void>;
  release(): Promise<void>;
}

export interface Recovery {
  /** Called with the lock held, and nothing under way: what looks like it was killed. */
  recover(place: Place): Promise<void>;
  /** Removes what dead processes no longer need. Called without the lock. */
  sweep(place: Place): Promise<void>;
}

/**
 * Takes the right to write, makes the folders that the place lies in, and brings the store in order after a kill. Throws STORE_IN_USE.
 *
 * Every writer first makes a name of its own, then looks for others: of two that come at the same moment at least
 * one sees the other, so there are never two (there may be none: both are told to come again).
 */
export async function lock(place: Place, { recover }: Recovery): Promise<Lock> {
  const { files, ids, processes, writers, folder } = place;
  const name = `${processes.self}.${ids.id()}`;
  const mine = join(writers, name);
  const removeParents = await makeParents(place).catch(async (error) => {
    throw await sidecarError(place, error);
  });
  let presence: Presence | undefined;
  const release = () =>
    leaveToTheNext(async () => {
      presence?.end();
      // Try twice: no other process removes it while this one lives, and the store would stay in use.
      await files.remove(mine).catch(() => files.remove(mine));
      await tidy(place);
      await removeParents();
    });
  try {
    const held = await appear(place, writers, name);
    presence = held;
    const others = ((await files.list(writers)) ?? []).filter((other) => other !== name);
    const living = await firstPresent(place, others);
    if (living !== undefined) throw inUse(place, processOf(living, 'writer'));
    await recover(place);
    for (const dead of others) await files.remove(join(writers, dead));
    return {
      async assertHeld() {
        if (await held.stands()) return;
        const reason = 'another transfer took it over, since this one gave no sign of life for a minute';
        throw new TransferError('STORE_FAILED', { path: folder, reason });
      },
      release,
    };
  } catch (error) {
    await release();
    throw await sidecarError(place, error);
  }
}

/** The error if the folder around it may not be written: it names that folder, whose access has to change. */
async function sidecarError({ files, folder, sidecar }: Place, error: unknown): Promise<unknown> {
  if (!['EACCES', 'EPERM', 'EROFS'].includes(systemCode(error) ?? '')) return error;
  if ((await files.stat(sidecar).catch(() => undefined)) !== undefined) return error;
  let around = dirname(folder);
  while (around !== dirname(around) && (await files.stat(around).catch(() => null)) === undefined)
    around = dirname(around);
  const reason = `what comes is written beside it first, and nothing can be written in ${around}: ${reasonOf(error)}`;
  return new TransferError('STORE_FAILED', { path: folder, reason }, error);
}

async function firstPresent(place: Place, names: readonly string[]): Promise<string | undefined> {
  for (const name of names) if (await isPresent(place, place.writers, name, 'writer')) return name;
  return undefined;
}

/** Removes the versions whose writers were killed. Needs the lock. */
export async function removeDrafts({ files, versions }: Place): Promise<void> {
  for (const name of (await files.list(versions)) ?? []) {
    if (name.startsWith('new-')) await files.remove(join(versions, name));
  }
}

/** Finishes what a killed writer left, if a reader may write beside the store; otherwise reading goes on without. */
export async function recover(place: Place, recovery: Recovery): Promise<void> {
  const { files, versions, writers, marker } = place;
  if ((await files.stat(place.sidecar)) === undefined) return;
  await leaveToTheNext(async () => {
    // In this order: a writer makes its name before anything else, and takes it away last.
    const unfinished = ((await files.list(versions)) ?? []).some((name) => name.startsWith('new-'));
    const cutOff = (await files.stat(marker)) !== undefined;
    const names = (await files.list(writers)) ?? [];
    if ((await firstPresent(place, names)) !== undefined) return;
    if (names.length > 0 || unfinished || cutOff) await (await lock(place, recovery)).release();
    else await recovery.sweep(place);
    await tidy(place);
  });
}
