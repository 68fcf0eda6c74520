import { type Entity, type RowOf, type RowStep, type Schemas, steps } from '../protocol/content.js';
import type { RestoreOptions } from '../protocol/messages.js';
import { type Staying, stayingOf } from '../protocol/restore.js';
import type { RowWriter, TransferDestination, TransferSource } from '../stores/store.js';
import { isContentType, type KeptRows, readKeptRows } from './kept-rows.js';

/** The version that stands, and what of it goes into the next one. */
interface Before {
  readonly source: TransferSource;
  /** Of the rows that are pushed. */
  schemas: Schemas | null;
  rows: Promise<KeptRows> | null;
  /** Once only: a commit that failed may be asked for again. */
  carried: Promise<void> | null;
}

/**
 * A destination whose next version also holds what the push leaves alone (`restore`): before the commit it is copied
 * from the version that stands, row for row and file for file. Old or new as ever: nothing of it is seen before that.
 * @param openSource A new source of the same store.
 */
export function keepingDestination(
  destination: TransferDestination,
  openSource: () => TransferSource,
  restore: RestoreOptions,
): TransferDestination {
  const staying = stayingOf(restore);
  if (staying.isNothing) return destination;
  let before: Before | null = null;

  /** What is being copied stops, and nothing of it is written to the destination any more. */
  async function letGo(): Promise<void> {
    const current = before;
    before = null;
    await current?.source.close();
    await current?.carried?.catch(() => {});
  }

  function keptRows(current: Before): Promise<KeptRows> {
    current.rows ??= readKeptRows(current.source, staying, current.schemas);
    return current.rows;
  }

  async function carry(current: Before): Promise<void> {
    const { source } = current;
    if (staying.types !== 'none') await carryRows(source, 'entities', (await keptRows(current)).entities);
    if (staying.assets) await carryAssets(source);
    if (staying.types !== 'none') await carryRows(source, 'links', (await keptRows(current)).links);
    if (staying.configuration('core-store') || staying.configuration('webhook')) {
      await carryRows(source, 'configuration', (rows) =>
        rows.filter(({ type }) => staying.configuration(type)),
      );
    }
    // The commit may take the version away from now on.
    await source.close();
  }

  async function carryRows<S extends RowStep>(
    source: TransferSource,
    step: S,
    thatStay: (rows: readonly RowOf[S][]) => readonly RowOf[S][],
  ): Promise<void> {
    const writer = await destination.rowWriter(step);
    for await (const batch of source.rows(step)) {
      const rows = thatStay(batch);
      if (rows.length > 0) await writer.write(rows);
    }
    await writer.end();
  }

  async function carryAssets(source: TransferSource): Promise<void> {
    const writer = await destination.assetWriter();
    for await (const asset of source.assets()) await writer.write(asset);
    await writer.end();
  }

  return {
    ...destination,
    async prepare(plan) {
      await letGo();
      const current: Before = {
        source: await openSource(),
        schemas: plan.schemas,
        rows: null,
        carried: null,
      };
      before = current;
      await current.source.open();
      const standing = (await current.source.schemas()) ?? (await destination.schemas());
      current.schemas ??= standing;
      await destination.prepare({ ...plan, steps, schemas: schemasOf(plan.schemas, standing, staying) });
    },
    async rowWriter<S extends RowStep>(step: S): Promise<RowWriter<S>> {
      const keepsRows = step === 'entities' && staying.types !== 'none';
      const kept = keepsRows && before !== null ? await keptRows(before) : null;
      const writer = await destination.rowWriter(step);
      if (kept === null) return writer;
      return {
        ...writer,
        async write(rows) {
          for (const row of rows as readonly Entity[]) kept.pushed(row);
          await writer.write(rows);
        },
      };
    },
    async commit() {
      if (before !== null) {
        before.carried ??= carry(before);
        await before.carried;
      }
      await destination.commit();
    },
    async rollback() {
      await letGo();
      return destination.rollback();
    },
    async close() {
      await letGo();
      await destination.close();
    },
  };
}

/** A type's schema is that of the side that its rows are of; what one side alone knows stays known. */
function schemasOf(pushed: Schemas | null, standing: Schemas | null, staying: Staying): Schemas | null {
  if (pushed === null || standing === null || staying.types === 'none') return pushed ?? standing;
  const isTheirs = (uid: string) =>
    Object.hasOwn(pushed, uid) && !(isContentType(uid) && staying.type(uid)) && staying.types !== 'all';
  return { ...pushed, ...Object.fromEntries(Object.entries(standing).filter(([uid]) => !isTheirs(uid))) };
}
