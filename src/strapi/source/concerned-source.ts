import { withTops } from '../../merge/concern.js';
import type { Concern } from '../../protocol/concern.js';
import type { RowOf, RowStep } from '../../protocol/content.js';
import { parseJson } from '../../protocol/json.js';
import { defaultLimits } from '../../protocol/limits.js';
import { rowTextsOf } from '../../stores/row-texts.js';
import type { TransferSource } from '../../stores/store.js';
import { metadataOf, schemasOf } from '../description.js';
import { asDatabaseError } from '../destination/database-error.js';
import { giveWay } from '../destination/give-way.js';
import type { Strapi } from '../strapi.js';
import { type ConcernedContent, readConcerned } from './concerned-content.js';
import { HeldTooLong, type Pin, released } from './pin.js';
import type { Pins } from './pins.js';

/** Rows that are given at once. */
const sliceSize = 500;

/**
 * A source that gives what a merge has to know, and no files. It reads that when it is opened, and holds nothing of the database afterwards,
 * however slow the client is.
 * Where SQLite's only connection would be held for too long, it reads a copy.
 * @param whole Opened in its place where all of the content has to be read.
 */
export function concernedSource(
  strapi: Strapi,
  pins: Pins,
  whole: TransferSource,
  concern: Concern,
): TransferSource {
  let closing = new AbortController();
  let opening: Promise<unknown> = Promise.resolve();
  let held: ConcernedContent | undefined;
  const memory = pins.share();
  let isWhole = false;

  const content = (): ConcernedContent => {
    if (held === undefined) throw released();
    return held;
  };
  const textsOf = (step: RowStep) => (step === 'configuration' ? [] : content()[step]);

  function* slicesOf(step: RowStep) {
    for (let start = 0; start < textsOf(step).length; start += sliceSize)
      yield textsOf(step).slice(start, start + sliceSize);
  }

  async function read(taking: Promise<Pin>, signal: AbortSignal) {
    const pin = await taking;
    try {
      return await readConcerned(strapi, yielding(pin, signal), concern, memory);
    } finally {
      await pin.release();
    }
  }

  async function find(signal: AbortSignal): Promise<ConcernedContent | undefined> {
    try {
      return await read(pins.takeBriefly(signal), signal);
    } catch (error) {
      if (!(error instanceof HeldTooLong)) throw error;
      memory.giveBack();
      return read(pins.take(signal), signal);
    }
  }

  async function open(): Promise<void> {
    closing = new AbortController();
    const { signal } = closing;
    try {
      const found = await find(signal);
      if (signal.aborted) throw released();
      held = found;
    } finally {
      if (held === undefined) memory.giveBack();
    }
    isWhole = held === undefined;
    if (isWhole) await whole.open();
  }

  return {
    name: whole.name,
    rereads: true,
    fixedTypes: true,
    open() {
      const attempt = asDatabaseError(whole.name, open);
      opening = attempt.catch(() => {});
      return attempt;
    },
    async metadata() {
      return isWhole ? whole.metadata() : withTops(metadataOf(strapi), content().tops);
    },
    async schemas() {
      if (!isWhole) content();
      return isWhole ? whole.schemas() : schemasOf(strapi);
    },
    async *rows<S extends RowStep>(step: S) {
      if (isWhole) yield* whole.rows(step);
      else
        for (const texts of slicesOf(step))
          yield texts.map((text) => parseJson(text, defaultLimits) as RowOf[S]);
    },
    async *rowTexts(step) {
      if (isWhole) yield* rowTextsOf(whole, step);
      else yield* slicesOf(step);
    },
    async *assets() {
      if (isWhole) yield* whole.assets();
    },
    totals: (step) => (isWhole ? whole.totals?.(step) : undefined),
    async close() {
      closing.abort();
      // All of it may be about to be opened.
      await whole.close();
      await opening;
      held = undefined;
      memory.giveBack();
    },
  };
}

/** Other requests have their turn between two queries, and a client that leaves keeps no connection. */
const yielding = (pin: Pin, signal: AbortSignal): Pin => ({
  ...pin,
  async rows(query) {
    await giveWay();
    if (signal.aborted) throw released();
    return pin.rows(query);
  },
});
