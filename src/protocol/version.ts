/** From this version on a Strapi's push handles messages one at a time, in order, and stops its uploads where its client is gone. */
const firstWithQueue = [5, 53] as const;
/** From this version on a message to a Strapi's push can wait behind the uploads that run. */
const firstWithBarrier = [5, 49] as const;
/** From this version on a Strapi leaves links out whose ends were not pushed with them. */
const firstWithOwnLinks = [5, 49] as const;

export function queuesItsMessages(version: unknown): boolean {
  return isFrom(firstWithQueue, version) ?? false;
}

/** Whether a message can wait behind the uploads of such a server. To one of a version that is not known it does no harm. */
export function takesABarrier(version: unknown): boolean {
  return isFrom(firstWithBarrier, version) ?? true;
}

/** Whether such a Strapi takes links whose ends were not pushed with them: it then links its own rows of those ids. */
export function takesForeignLinks(version: unknown): boolean {
  return isFrom(firstWithOwnLinks, version) === false;
}

/** Undefined where it is no version. */
function isFrom(first: readonly [number, number], version: unknown): boolean | undefined {
  if (typeof version !== 'string') return undefined;
  const parts = /^(\d+)\.(\d+)\.\d/.exec(version)?.slice(1).map(Number);
  if (parts === undefined) return undefined;
  for (const [index, least] of first.entries()) {
    const part = parts[index] ?? 0;
    if (part !== least) return part > least;
  }
  return true;
}
