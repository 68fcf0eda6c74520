import { isContentType } from '../protocol/clearing.js';
import { type Entity, type RowOf, type RowStep, type Schemas, steps } from '../protocol/content.js';
import { TransferError } from '../protocol/errors.js';
import type { RestoreOptions } from '../protocol/messages.js';
import { type Staying, stayingOf } from '../protocol/restore.js';
import type { RowWriter, TransferDestination, TransferPlan, TransferSource } from '../stores/store.js';
import { type KeptRows, readKeptRows } from './kept-rows.js';

/** The version that stands, and what of it goes into the next one. */
interface Before {
  readonly source: TransferSource;
  readonly staying: Staying;
  /** Of the rows that are pushed. */
  readonly schemas: Schemas | null;
  rows: Promise<KeptRows> | null;
  /** Once only: a commit that failed may be asked for again. */
  carried: Promise<void> | null;
}

/**
 * A destination whose next version also holds what the push leaves alone (`restore`): before the commit it is copied
 * from the version that stands, row for row and file for file. Nothing of it is seen before the commit.
 * Its `open` throws NOT_SERVED where a part has to stay and the store cannot be read.
 * @param openSource A new source of the same store; undefined where it cannot be read.
 */
export function keepingDestination(
  destination: TransferDestination,
  openSource: (() => TransferSource) | undefined,
  restore: RestoreOptions,
): TransferDestination {
  let source: TransferSource | null = null;
  let before: Before | null = null;

  /** Stops the copy: nothing more of it is written to the destination. */
  async function letGo(): Promise<void> {
    const [opened, current] = [source, before];
    source = null;
    before = null;
    await opened?.close();
    await current?.carried?.catch(() => {});
  }

  function keptRows(current: Before): Promise<KeptRows> {
    current.rows ??= readKeptRows(current.source, current.staying, current.schemas);
    return current.rows;
  }

  async function carry(current: Before): Promise<void> {
    const { source, staying } = current;
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

  /** What stays of the version that stands; null where nothing does. */
  async function look(plan: TransferPlan): Promise<Before | null> {
    if (openSource === undefined) return null;
    const opened = await openSource();
    source = opened;
    let standing: Schemas | null;
    try {
      await opened.open();
      standing = (await opened.schemas()) ?? (await destination.schemas());
    } catch (error) {
      // If all that can be read is replaced, what cannot be read is replaced too.
      const isUnreadable =
        error instanceof TransferError && ['NOT_AN_EXPORT', 'BROKEN_LINE'].includes(error.code);
      if (isUnreadable && stayingOf(restore, plan.schemas).isNothing) return null;
      throw error;
    }
    const staying = stayingOf(restore, standing);
    const schemas = schemasOf(plan.schemas, standing, staying);
    return staying.isNothing ? null : { source: opened, staying, schemas, rows: null, carried: null };
  }

  return {
    ...destination,
    async open(about) {
      await destination.open(about);
      if (openSource !== undefined) return;
      if (stayingOf(restore, (await destination.schemas()) ?? {}).isNothing) return;
      const because = 'it would keep a part of what is there, and here that cannot be read';
      await destination.close();
      throw new TransferError('NOT_SERVED', { direction: 'push', because });
    },
    async prepare(plan) {
      await letGo();
      if (stayingOf(restore, null).isNothing) return destination.prepare(plan);
      before = await look(plan);
      if (before === null) return destination.prepare(plan);
      await destination.prepare({ ...plan, steps, schemas: before.schemas });
    },
    async rowWriter<S extends RowStep>(step: S): Promise<RowWriter<S>> {
      const keepsRows = step === 'entities' && before !== null && before.staying.types !== 'none';
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

/** Takes a type's schema from the side that its rows are from; a type that only one side knows is kept. */
function schemasOf(pushed: Schemas | null, standing: Schemas | null, staying: Staying): Schemas | null {
  if (pushed === null || standing === null || staying.types === 'none') return pushed ?? standing;
  const isTheirs = (uid: string) =>
    Object.hasOwn(pushed, uid) && !(isContentType(uid) && staying.type(uid)) && staying.types !== 'all';
  return { ...pushed, ...Object.fromEntries(Object.entries(standing).filter(([uid]) => !isTheirs(uid))) };
}
