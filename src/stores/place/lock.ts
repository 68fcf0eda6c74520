import { join } from 'node:path';
import { inUse, leaveToTheNext, type Place, processOf, putName, tidy } from './place.js';

/** The right to write, held. */
export interface Lock {
  release(): Promise<void>;
}

/** What a kind of store does about what killed processes have left beside it. */
export interface Recovery {
  /** Called with the lock held, and nothing under way: what looks like it was killed. */
  recover(place: Place): Promise<void>;
  /** Removes what dead processes no longer need. Called without the lock. */
  sweep(place: Place): Promise<void>;
}

/**
 * Takes the right to write, and brings the store in order after a kill. Throws STORE_IN_USE.
 *
 * Every writer first makes a name of its own, then looks for others: of two that come at the same moment at least
 * one sees the other, so there are never two (there may be none: both are told to come again).
 */
export async function lock(place: Place, { recover }: Recovery): Promise<Lock> {
  const { files, ids, processes, writers } = place;
  const name = `${processes.self}.${ids.id()}`;
  const mine = await putName(place, writers, name);
  const release = () =>
    leaveToTheNext(async () => {
      // Twice, since nobody else does it while this process lives: the store would stay in use until it ends.
      await files.remove(mine).catch(() => files.remove(mine));
      await tidy(place);
    });
  try {
    const others = ((await files.list(writers)) ?? []).filter((other) => other !== name);
    const living = others.find((other) => processes.alive(processOf(other, 'writer')));
    if (living !== undefined) throw inUse(place, processOf(living, 'writer'));
    await recover(place);
    for (const dead of others) await files.remove(join(writers, dead));
    return { release };
  } catch (error) {
    await release();
    throw error;
  }
}

/** Removes the versions that nobody will finish writing. Needs the lock. */
export async function removeDrafts({ files, versions }: Place): Promise<void> {
  for (const name of (await files.list(versions)) ?? []) {
    if (name.startsWith('new-')) await files.remove(join(versions, name));
  }
}

/**
 * For a reader that opens the store: does what a killed writer left to do, where there is such a thing and where it
 * may write beside the store. Where it may not, reading goes on without.
 */
export async function settle(place: Place, recovery: Recovery): Promise<void> {
  const { files, processes, versions, writers, marker } = place;
  if ((await files.stat(place.beside)) === undefined) return;
  // In this order: a writer makes its name before anything else, and takes it away last.
  const unfinished = ((await files.list(versions)) ?? []).some((name) => name.startsWith('new-'));
  const cutOff = (await files.stat(marker)) !== undefined;
  const names = (await files.list(writers)) ?? [];
  if (names.some((name) => processes.alive(processOf(name, 'writer')))) return;
  await leaveToTheNext(async () => {
    if (names.length > 0 || unfinished || cutOff) await (await lock(place, recovery)).release();
    else await recovery.sweep(place);
    await tidy(place);
  });
}
