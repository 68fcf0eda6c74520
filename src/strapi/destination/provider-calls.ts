import type { Clock } from '../../ports/clock.js';
import type { Strapi, UploadProvider } from '../strapi.js';

/** Calls of an upload provider that run at a time. */
export const atOnce = 8;

/** Milliseconds: a provider that takes no more bytes for so long, or does not answer, is given up. */
const patience = 5 * 60_000;

/** A provider that is given up. */
export class Hanging extends Error {
  constructor() {
    super(`it did nothing for ${patience / 60_000} minutes`);
  }
}

export const providerOf = (strapi: Strapi): UploadProvider =>
  strapi.plugin('upload').provider as UploadProvider;

/** Does `work` for each, several at a time. After one that fails none begins, and those under way end. */
export async function several<T>(
  items: Iterable<T>,
  work: (item: T) => Promise<void>,
  lanes = atOnce,
): Promise<void> {
  let failure: { readonly error: unknown } | undefined;
  const rest = items[Symbol.iterator]();
  async function lane(): Promise<void> {
    for (let next = rest.next(); next.done !== true && failure === undefined; next = rest.next())
      await work(next.value).catch((error) => {
        failure ??= { error };
      });
  }
  await Promise.all(Array.from({ length: lanes }, lane));
  if (failure !== undefined) throw failure.error;
}

/** Waits for a call as long as the provider gives a sign of life. */
export function patiently<T>(clock: Clock, call: (sign: () => void) => Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    let timer: unknown;
    const sign = () => {
      clock.clearTimeout(timer);
      timer = clock.setTimeout(() => reject(new Hanging()), patience);
    };
    sign();
    call(sign)
      .finally(() => clock.clearTimeout(timer))
      .then(resolve, reject);
  });
}
