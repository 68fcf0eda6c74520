import type { Tables } from '../strapi/harness/strapi.js';

export type Changes = Readonly<Record<string, readonly [gone: number, came: number]>>;

/** How many rows of each table are gone, and how many are new. A Strapi's notes on itself are left out. */
export function changes(before: Tables, after: Tables): Changes {
  const less = (one: ReadonlySet<string>, other: ReadonlySet<string>) =>
    [...one].filter((row) => !other.has(row)).length;
  const rowsOf = (tables: Tables, name: string) => new Set(tables[name]?.map((row) => JSON.stringify(row)));
  const all = Object.keys(after).map((name) => {
    const [old, now] = [rowsOf(before, name), rowsOf(after, name)];
    return [name, [less(old, now), less(now, old)] as const] as const;
  });
  const noted = 'strapi_core_store_settings';
  return Object.fromEntries(all.filter(([name, [gone, came]]) => gone + came > 0 && name !== noted));
}
