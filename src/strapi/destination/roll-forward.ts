import { messageOf, TransferError } from '../../protocol/errors.js';
import type { StorePorts } from '../../stores/local-options.js';
import { lock } from '../../stores/place/lock.js';
import { placeOf } from '../../stores/place/place.js';
import { oneLine } from '../one-line.js';
import type { Strapi } from '../strapi.js';
import { asDatabaseError } from './database-error.js';
import { recoveryOf } from './destination.js';
import { assertRootIsOurs, uploadsPlaceOf } from './place.js';
import type { OnStep } from './steps.js';

export interface RollForwardOptions extends StorePorts {
  readonly onStep?: OnStep | undefined;
  /** For people. @default 'this Strapi' */
  readonly name?: string | undefined;
  /** Aborted when this Strapi ends. What is left then is left to its next start. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Finishes what a killed process left: call it when Strapi starts. Where the rows of a push were committed, its files go in place;
 * where they were not, what came is thrown away.
 * @throws TransferError STORE_IN_USE where another process takes a push, or was killed a minute ago at most and cannot be seen
 * from here (another container); UNSAFE_STATE, STORE_FAILED; the signal's reason
 */
export async function rollForward(strapi: Strapi, options: RollForwardOptions = {}): Promise<void> {
  const { onStep = () => {}, name = 'this Strapi', signal } = options;
  const place = uploadsPlaceOf(strapi, options);
  await asDatabaseError(name, async () => {
    // The lock of a push lies there until all is over.
    if ((await place.files.look(place.root)) === undefined) return;
    await assertRootIsOurs(place);
    const lockPlace = await placeOf(place.lock, place.ports);
    const taken = await lock(lockPlace, recoveryOf({ strapi, place, onStep }, signal));
    await taken.release();
    await place.files.removeEmptyDirectory(place.root);
  });
}

/** Milliseconds: after this time a process that gives no sign of life counts as killed. */
const again = 61_000;

/**
 * The same, again each minute until it is done: another process may hold the place (one that was killed in another container counts as
 * alive for a minute), a database may not answer yet, a disk may be full. Strapi's log has each reason once.
 * @returns when the first attempt is over, or the signal is aborted: a database may take minutes
 */
export function keepRollingForward(
  strapi: Strapi,
  options: RollForwardOptions & { readonly signal: AbortSignal },
): Promise<void> {
  const { signal } = options;
  const { clock } = uploadsPlaceOf(strapi, options).ports;
  let timer: unknown;
  const told = new Set<string>();
  const ended = new Promise<void>((resolve) => {
    const end = () => {
      clock.clearTimeout(timer);
      resolve();
    };
    signal.addEventListener('abort', end, { once: true });
  });

  async function attempt(): Promise<void> {
    try {
      await rollForward(strapi, options);
      if (told.size > 0) strapi.log.info('[Ferry] looked after what another process left: all is in place');
    } catch (error) {
      if (signal.aborted) return;
      tell(error);
      timer = clock.setTimeout(() => void attempt(), again);
    }
  }

  function tell(error: unknown): void {
    const isInUse = error instanceof TransferError && error.code === 'STORE_IN_USE';
    const text = isInUse
      ? 'another process takes a push here, or was killed a minute ago: what it leaves is looked after once it is gone'
      : `what a killed process may have left waits, and is looked after again each minute: ${oneLine(messageOf(error))}`;
    if (told.has(text)) return;
    told.add(text);
    strapi.log[isInUse ? 'warn' : 'error'](`[Ferry] ${text}`);
  }

  return Promise.race([attempt(), ended]);
}
