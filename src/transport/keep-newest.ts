/** What a `Set` and a `Map` have in common. */
interface Kept<K> {
  readonly size: number;
  keys(): IterableIterator<K>;
  delete(key: K): boolean;
}

/** Removes the oldest entry if there are more than `most`. */
export function keepNewest<K>(kept: Kept<K>, most: number): void {
  if (kept.size <= most) return;
  const oldest = kept.keys().next();
  if (oldest.done !== true) kept.delete(oldest.value);
}
