import type { Changeset } from '../../merge/changeset.js';
import { fileType } from '../../protocol/clearing.js';
import type { Asset, Configuration, Entity, RowOf, RowStep } from '../../protocol/content.js';
import { TransferError } from '../../protocol/errors.js';
import type { RestoreOptions } from '../../protocol/messages.js';
import type { VersionWriter } from '../../stores/directory/version-writer.js';
import type { AssetWriter, RowWriter } from '../../stores/store.js';
import type { Strapi } from '../strapi.js';
import { isOfUploads } from './file-plan.js';
import { numberOf } from './id-map.js';
import { isOfJournal } from './journal.js';
import { takeLogos } from './logos.js';
import { createPolicy } from './policy.js';
import { namingRow, Unfit } from './unfit.js';

/** What comes of one push, checked and kept beside the uploads. */
export interface PushWriter {
  readonly id: string;
  readonly restore: RestoreOptions;
  /** Null where it is no merge. */
  readonly changeset: Changeset | null;
  rowWriter<S extends RowStep>(step: S): RowWriter<S>;
  assetWriter(): AssetWriter;
  /** Throws where a stage was not ended. */
  flush(): Promise<void>;
  abort(): Promise<void>;
}

export interface PushWriterOptions {
  readonly strapi: Strapi;
  readonly id: string;
  readonly restore: RestoreOptions;
  readonly changeset: Changeset | null;
  readonly version: VersionWriter;
}

export function createPushWriter({ strapi, id, restore, changeset, version }: PushWriterOptions): PushWriter {
  const policy = createPolicy(strapi);
  /** Of the rows of files: a file comes after its row. */
  const fileIds = new Set<number>();

  async function keep(asset: Asset): Promise<void> {
    assertIsOfUploads(asset.filename);
    await version.assetWriter().write(asset);
  }

  async function checked<S extends RowStep>(step: S, row: RowOf[S]): Promise<RowOf[S] | undefined> {
    if (step === 'entities') {
      const entity = row as Entity;
      policy.entity(entity);
      const id = entity.type === fileType ? numberOf(entity.id) : undefined;
      if (id !== undefined) fileIds.add(id);
    } else if (step === 'links') policy.link(row as RowOf['links']);
    else {
      const setting = row as Configuration;
      policy.configuration(setting);
      if (setting.type !== 'core-store') return row;
      if (isOfJournal(setting.value['key'])) return undefined;
      return (await takeLogos(setting, keep)) as RowOf[S];
    }
    return row;
  }

  return {
    id,
    restore,
    changeset,
    rowWriter<S extends RowStep>(step: S): RowWriter<S> {
      const writer = version.rowWriter(step);
      return {
        async write(rows) {
          const kept: RowOf[S][] = [];
          for (const row of rows) {
            const taken = await checked(step, row);
            if (taken !== undefined) kept.push(taken);
          }
          await writer.write(kept);
        },
        async end() {
          const stats = await writer.end();
          // Logos came within the settings.
          if (step === 'configuration') await version.assetWriter().end();
          return stats;
        },
      };
    },
    assetWriter() {
      const writer = version.assetWriter();
      return {
        async write(asset) {
          assertIsOfUploads(asset.filename);
          namingRow(`The file ${asset.filename}`, () => {
            const id = numberOf(asset.metadata['id']);
            if (id === undefined || !fileIds.has(id))
              throw new Unfit(`it comes without its row of ${fileType}`);
          });
          await writer.write(asset);
        },
        end: () => writer.end(),
      };
    },
    flush: () => version.flush(),
    abort: () => version.abort(),
  };
}

/** Strapi serves no file whose name begins with a dot, and a web server may obey one. */
function assertIsOfUploads(filename: string): void {
  if (!isOfUploads(filename))
    throw new TransferError('UNSAFE_FILENAME', { filename: JSON.stringify(filename) });
}
