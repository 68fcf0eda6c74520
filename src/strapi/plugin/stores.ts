import type { ServedStores } from '../../server/served-stores.js';
import { createMemoryStore } from '../../stores/memory.js';
import type { Strapi } from '../strapi.js';

export interface StoresOptions {
  /** Keeps checks of tokens away from the database while a push is committed. */
  readonly pauseRechecks: () => () => void;
}

/** What the endpoint serves: the content of the running Strapi. */
export function storesOf(_strapi: Strapi, _options: StoresOptions): ServedStores {
  const store = createMemoryStore();
  return { source: () => store.source(), destination: () => store.destination() };
}
