/** From this version on a Strapi's push handles messages one at a time, in order. */
const firstWithQueue = [5, 53] as const;

/** Whether several messages may be in flight to a server that says this of itself in `getMetadata`. */
export function queuesItsMessages(version: unknown): boolean {
  if (typeof version !== 'string') return false;
  const parts = /^(\d+)\.(\d+)\.\d/.exec(version)?.slice(1).map(Number);
  if (parts === undefined) return false;
  for (const [index, least] of firstWithQueue.entries()) {
    const part = parts[index] ?? 0;
    if (part !== least) return part > least;
  }
  return true;
}
