/** The new ids of the rows that came, by type and old id. */
export interface IdMap {
  set(uid: string, old: unknown, id: number): void;
  /** Undefined where the row did not come. */
  get(uid: string, old: unknown): number | undefined;
}

/** A Strapi takes `"5"` for 5, and no id that is no number. */
export function createIdMap(): IdMap {
  const maps = new Map<string, Map<number, number>>();
  const asNumber = (id: unknown) => (typeof id === 'string' && id.trim() !== '' ? Number(id) : id);
  return {
    set(uid, old, id) {
      const key = asNumber(old);
      if (typeof key !== 'number' || !Number.isFinite(key)) return;
      const map = maps.get(uid) ?? new Map<number, number>();
      maps.set(uid, map.set(key, id));
    },
    get(uid, old) {
      const key = asNumber(old);
      return typeof key === 'number' ? maps.get(uid)?.get(key) : undefined;
    },
  };
}
