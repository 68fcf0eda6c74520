/** The new ids of the rows that came, by type and old id. */
export interface IdMap {
  set(uid: string, old: unknown, id: number): void;
  /** Undefined where the row did not come. */
  get(uid: string, old: unknown): number | undefined;
}

/** A Strapi takes `"5"` for 5, and no id that is no number. */
export function numberOf(id: unknown): number | undefined {
  const number = typeof id === 'string' && id.trim() !== '' ? Number(id) : id;
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined;
}

export function createIdMap(): IdMap {
  const maps = new Map<string, Map<number, number>>();
  return {
    set(uid, old, id) {
      const key = numberOf(old);
      if (key === undefined) return;
      const map = maps.get(uid) ?? new Map<number, number>();
      maps.set(uid, map.set(key, id));
    },
    get(uid, old) {
      const key = numberOf(old);
      return key !== undefined ? maps.get(uid)?.get(key) : undefined;
    },
  };
}
