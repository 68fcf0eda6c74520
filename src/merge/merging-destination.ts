import {
  type Configuration,
  type Entity,
  type Link,
  type Metadata,
  type RowOf,
  type RowStep,
  type Schemas,
  steps,
} from '../protocol/content.js';
import { TransferError } from '../protocol/errors.js';
import type { RowWriter, TransferDestination, TransferPlan, TransferSource } from '../stores/store.js';
import { carryRows } from './carry-rows.js';
import { changesetOf, withoutChangeset } from './changeset.js';
import { createStaying, type Staying } from './staying-rows.js';

/** The version that stands, and what was written beside it. */
interface Before {
  readonly source: TransferSource;
  readonly staying: Staying;
  readonly files: Set<string>;
  readonly settings: Set<string>;
  /** Once only: a commit that failed may be asked for again. */
  carried: Promise<void> | null;
}

/**
 * A destination whose next version holds what stands, changed by what a merge brings: the changeset in the metadata of
 * what comes says what of it goes. All that stays is copied before the commit, row for row and file for file.
 *
 * Errors: NO_CHANGESET, BROKEN_CHANGESET, DESTINATION_CHANGED, NOT_SERVED.
 * @param openSource A new source of the same store; undefined where it cannot be read.
 */
export function mergingDestination(
  destination: TransferDestination,
  openSource: (() => TransferSource | Promise<TransferSource>) | undefined,
): TransferDestination {
  const { name } = destination;
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

  function merging(): Before {
    if (before === null)
      throw new TransferError('STORE_FAILED', { path: name, reason: 'nothing was prepared' });
    return before;
  }

  async function look(plan: TransferPlan): Promise<readonly [Before, Metadata | null, Schemas | null]> {
    const changeset = changesetOf(plan.metadata, 'what comes');
    if (changeset === null) throw new TransferError('NO_CHANGESET', { from: 'What comes' });
    if (openSource === undefined) {
      const because = 'it would be merged with what is there, and here that cannot be read';
      throw new TransferError('NOT_SERVED', { direction: 'push', because });
    }
    const opened = await openSource();
    source = opened;
    await opened.open();
    const schemas = await opened.schemas();
    const staying = createStaying(changeset, {
      standing: schemas ?? plan.schemas,
      coming: plan.schemas,
      end: name,
    });
    const looked = {
      source: opened,
      staying,
      files: new Set<string>(),
      settings: new Set<string>(),
      carried: null,
    };
    return [looked, (await opened.metadata()) ?? withoutChangeset(plan.metadata), schemas];
  }

  async function carry({ source: opened, staying, files, settings }: Before): Promise<void> {
    staying.allCame();
    await carryRows(opened, destination, 'entities', staying.row, staying.concernsRow);
    staying.rowsAreRead();
    const writer = await destination.assetWriter();
    for await (const asset of opened.assets()) {
      const { filename } = asset;
      if (!files.has(filename) && staying.file(filename)) await writer.write(asset);
    }
    await writer.end();
    const linkThatStays = (link: Link) => (staying.link(link) ? link : null);
    await carryRows(opened, destination, 'links', linkThatStays, staying.concernsLink);
    staying.linksAreRead();
    await carryRows(opened, destination, 'configuration', (row) =>
      settings.has(settingKey(row)) ? null : row,
    );
    // The commit may take the version away from now on.
    await opened.close();
  }

  const noted = <S extends RowStep>(step: S, row: RowOf[S]) => {
    const { staying, settings } = merging();
    if (step === 'entities') staying.written(row as Entity);
    if (step === 'configuration') settings.add(settingKey(row as Configuration));
  };

  return {
    ...destination,
    async prepare(plan) {
      await letGo();
      const [looked, metadata, standing] = await look(plan);
      before = looked;
      const schemas = plan.schemas === null && standing === null ? null : { ...plan.schemas, ...standing };
      await destination.prepare({ steps, metadata, schemas });
    },
    async rowWriter<S extends RowStep>(step: S): Promise<RowWriter<S>> {
      const writer = await destination.rowWriter(step);
      return {
        async write(rows) {
          for (const row of rows) noted(step, row);
          await writer.write(rows);
        },
        end: () => writer.end(),
      };
    },
    async assetWriter() {
      const { files, staying } = merging();
      const writer = await destination.assetWriter();
      return {
        async write(asset) {
          await writer.write(asset);
          files.add(asset.filename);
          staying.fileWritten(asset.filename);
        },
        end: () => writer.end(),
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

/** What names a setting on every server. */
function settingKey({ type, value }: Configuration): string {
  return JSON.stringify([type, type === 'webhook' ? value['name'] : value['key']]);
}
