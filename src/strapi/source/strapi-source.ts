import type { FileSystem } from '../../ports/files.js';
import { nodeFiles } from '../../ports/node-files.js';
import type { RowOf, RowStep, Step } from '../../protocol/content.js';
import type { OnBrokenAsset, TransferSource } from '../../stores/store.js';
import { metadataOf, schemasOf } from '../description.js';
import { asDatabaseError } from '../destination/database-error.js';
import { tell } from '../one-line.js';
import type { Strapi } from '../strapi.js';
import { assetsOf, assetTotals } from './assets.js';
import { concernedSource } from './concerned-source.js';
import { configurationOf } from './configuration.js';
import { entitiesOf, movedTypes } from './entities.js';
import { createFileReading } from './file-reading.js';
import { linksOf, movedPlaces, type OnOrphans } from './links.js';
import { type Pin, released } from './pin.js';
import type { Pins } from './pins.js';

export interface StrapiSourceOptions {
  /** Shared by all sources of this Strapi. */
  readonly pins: Pins;
  /** Told of a file that is gone, which is passed over. @defaultValue Strapi's log */
  readonly onBrokenAsset?: OnBrokenAsset | undefined;
  readonly files?: FileSystem | undefined;
}

/** For people. */
const name = 'this Strapi';

/** What is read, with errors of the table. */
async function* named<T>(read: () => AsyncGenerator<T>): AsyncGenerator<T> {
  try {
    yield* read();
  } catch (error) {
    await asDatabaseError(name, () => Promise.reject(error));
  }
}

type Totals = { readonly count?: number; readonly bytes?: number };

/**
 * The content of the Strapi that Ferry runs in: the rows as they stood when it was opened, however they are edited during the
 * reading. Files are read as they lie when their turn comes. Rows of `admin::` types are not read.
 *
 * Errors of `open`: SOURCE_BUSY (as many pulls as there may be run already), STORE_FAILED (the database), POOL_TOO_SMALL (no connection
 * can be spared), NO_SPACE (for SQLite's copy), ABORTED (closed while it was opened). Of the reading: STORE_FAILED, MISSING_ASSET,
 * SOURCE_CHANGED (a push or an editor removed or replaced a file before its turn), ABORTED.
 */
export function strapiSource(strapi: Strapi, options: StrapiSourceOptions): TransferSource {
  const { pins, files = nodeFiles } = options;
  const warn: OnBrokenAsset = ({ message }) => tell(strapi, message);
  const { onBrokenAsset = warn } = options;
  const totals: Partial<Record<Step, Totals>> = {};
  let closing = new AbortController();
  let pin: Pin | undefined;
  let opening: Promise<unknown> = Promise.resolve();

  const reading = (): Pin => {
    if (pin === undefined) throw released();
    return pin;
  };
  const fileReading = () => createFileReading(strapi, files, closing.signal);

  async function open(): Promise<void> {
    closing = new AbortController();
    const { signal } = closing;
    const taken = await pins.take(signal);
    try {
      totals.assets = await assetTotals({ strapi, pin: taken });
      if (signal.aborted) throw released();
    } catch (error) {
      await taken.release();
      throw error;
    }
    pin = taken;
  }

  const tellOrphans: OnOrphans = ({ type, field }, count) => {
    const links = count === 1 ? 'link leads' : 'links lead';
    tell(strapi, `${count} ${links} from ${type} (${field}) to rows that do not exist: left out`);
  };

  const stages: { readonly [S in RowStep]: (pin: Pin) => AsyncGenerator<readonly RowOf[S][]> } = {
    async *entities(pin) {
      for (const uid of movedTypes(strapi)) yield* entitiesOf(strapi, pin, uid);
    },
    async *links(pin) {
      for (const place of movedPlaces(strapi)) yield* linksOf(strapi, pin, place, tellOrphans);
    },
    configuration: (pin) => configurationOf({ strapi, pin, files: fileReading(), name }),
  };

  return {
    name,
    rereads: true,
    fixedTypes: true,
    open() {
      const attempt = asDatabaseError(name, open);
      opening = attempt.catch(() => {});
      return attempt;
    },
    async metadata() {
      reading();
      return metadataOf(strapi);
    },
    async schemas() {
      reading();
      return schemasOf(strapi);
    },
    rows: (step) => named(() => stages[step](reading())),
    assets: () =>
      named(() => assetsOf({ strapi, pin: reading(), files: fileReading(), name, onBrokenAsset })),
    totals: (step) => totals[step],
    concerning: (concern) => concernedSource(strapi, pins, strapiSource(strapi, options), concern),
    async close() {
      closing.abort();
      // A `close` during `open` has to find the pin.
      await opening;
      const closed = pin;
      pin = undefined;
      await closed?.release();
    },
  };
}
