import { join } from 'node:path';
import { systemCode } from '../store-error.js';
import { type Place, processOf, putName } from './place.js';

/** Milliseconds after which a name gives its next sign of life. */
const signEvery = 15_000;
/** Milliseconds: four signs. One late disk or one busy event loop does not cost a living writer its store. */
const staleAfter = 60_000;

export interface Presence {
  readonly file: string;
  /** Whether it still stands: others remove one that gave no sign for too long. */
  stands(): Promise<boolean>;
  end(): void;
}

/** Makes a name and keeps it fresh for processes that cannot see this one: another container's, another machine's. */
export async function appear(place: Place, directory: string, name: string): Promise<Presence> {
  const { files, clock } = place;
  const file = await putName(place, directory, name);
  let isEnded = false;
  let timer: unknown;
  const wait = () => {
    timer = clock.setTimeout(sign, signEvery);
  };
  const sign = () => {
    // Ignore a failed sign: the next one makes up for it.
    const signed = files.touch(file).catch(() => undefined);
    signed.then(() => {
      if (!isEnded) wait();
    });
  };
  wait();
  return {
    file,
    stands: async () => (await files.look(file)) !== undefined,
    end() {
      isEnded = true;
      clock.clearTimeout(timer);
    },
  };
}

/** Whether the process of a name is at work: it is seen to live, or gave a sign a short while ago. */
export async function isPresent(
  place: Place,
  directory: string,
  name: string,
  part: 'writer' | 'pin',
): Promise<boolean> {
  const seen = place.processes.alive(processOf(name, part));
  if (seen !== undefined) return seen;
  const sign = await place.files.look(join(directory, name));
  if (sign === undefined) return false;
  return (await diskTime(place)) - sign.changed <= staleAfter;
}

/** By the disk's clock, which dates the signs. If nothing can be written, it is so early that no process is dead. */
async function diskTime(place: Place): Promise<number> {
  const { files, ids, pins, processes } = place;
  let file: string | undefined;
  try {
    file = await putName(place, pins, `time.${processes.self}.${ids.id()}`);
    return (await files.look(file))?.changed ?? Number.NEGATIVE_INFINITY;
  } catch (error) {
    if (systemCode(error) === undefined) throw error;
    return Number.NEGATIVE_INFINITY;
  } finally {
    if (file !== undefined) await files.remove(file).catch(() => undefined);
  }
}
