import type { ServedStores } from '../../server/served-stores.js';
import { createMemoryStore } from '../../stores/memory.js';
import type { TransferDestination } from '../../stores/store.js';
import { strapiDestination } from '../destination/destination.js';
import type { Strapi } from '../strapi.js';

export interface StoresOptions {
  /** Keeps checks of tokens away from the database until what it answers is called. */
  readonly pauseRechecks: () => () => void;
}

/** What the endpoint serves: the content of the running Strapi. */
export function storesOf(strapi: Strapi, { pauseRechecks }: StoresOptions): ServedStores {
  const store = createMemoryStore();
  const isAlone = strapi.db.dialect.client === 'sqlite';
  return {
    source: () => store.source(),
    destination: () => {
      const destination = strapiDestination(strapi);
      return isAlone ? undisturbed(destination, pauseRechecks) : destination;
    },
  };
}

/** With SQLite the transaction of a commit holds the one connection that there is. */
function undisturbed(destination: TransferDestination, pause: () => () => void): TransferDestination {
  return {
    ...destination,
    async commit() {
      const goOn = pause();
      try {
        await destination.commit();
      } finally {
        goOn();
      }
    },
  };
}
