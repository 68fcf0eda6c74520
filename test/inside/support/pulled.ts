import type { Knex } from 'knex';
import type { RowOf, RowStep } from '../../../src/protocol/content.js';
import type { TransferSource } from '../../../src/stores/store.js';
import type { Pin } from '../../../src/strapi/source/pin.js';
import type { Pins } from '../../../src/strapi/source/pins.js';

/** All rows of a stage. */
export async function rowsOf<S extends RowStep>(source: TransferSource, step: S): Promise<RowOf[S][]> {
  const rows: RowOf[S][] = [];
  for await (const batch of source.rows(step)) rows.push(...batch);
  return rows;
}

/** The same pins, whose every statement is told before it runs. */
export function watchedPins(pins: Pins, told: (sql: string) => void | Promise<void>): Pins {
  return {
    ...pins,
    async take(signal) {
      const pin: Pin = await pins.take(signal);
      return {
        async rows(query: Knex.QueryBuilder) {
          await told(query.toSQL().sql);
          return pin.rows(query);
        },
        release: () => pin.release(),
      };
    },
  };
}
