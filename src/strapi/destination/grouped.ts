/** The items by what `keyOf` says of them, in their order. */
export function groupedBy<T>(
  items: readonly T[],
  keyOf: (item: T) => string,
): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
}

/** Makes a thing of a type once. */
export function remembered<T>(make: (uid: string) => T): (uid: string) => T {
  const made = new Map<string, T>();
  return (uid) => {
    const known = made.get(uid) ?? make(uid);
    made.set(uid, known);
    return known;
  };
}
