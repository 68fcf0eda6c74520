import { createSha256 } from '../ports/sha256.js';
import { type Asset, type RowStep, type Step, type StreamOptions, steps } from '../protocol/content.js';
import type { TransferDestination, TransferSource } from '../stores/store.js';

/** Digests of all that passes, by stage: content that is written and then read back has the same twice. */
export interface Seal {
  row(step: RowStep, row: object): void;
  /** The asset; its bytes count as they are read. */
  asset(asset: Asset): Asset;
  digests(): Readonly<Record<Step, string>>;
}

export function createSeal(): Seal {
  const rows = { entities: createSha256(), links: createSha256(), configuration: createSha256() };
  // A folder gives its files in another order than they came.
  const assets: string[] = [];
  const text = new TextEncoder();

  return {
    row: (step, row) => void rows[step].update(text.encode(`${JSON.stringify(row)}\n`)),
    asset: (asset) => ({
      ...asset,
      async *stream(options?: StreamOptions) {
        const digest = createSha256();
        for await (const chunk of asset.stream(options)) {
          digest.update(chunk);
          yield chunk;
        }
        assets.push(`${digest.digest('hex')} ${asset.filename}\n`);
      },
    }),
    digests() {
      const all = createSha256();
      for (const line of assets.sort()) all.update(text.encode(line));
      return {
        entities: rows.entities.digest('hex'),
        assets: all.digest('hex'),
        links: rows.links.digest('hex'),
        configuration: rows.configuration.digest('hex'),
      };
    },
  };
}

/** The destination; what is written to it is sealed. */
export function sealedDestination(destination: TransferDestination, seal: Seal): TransferDestination {
  return {
    ...destination,
    async rowWriter(step) {
      const writer = await destination.rowWriter(step);
      return {
        write(rows) {
          for (const row of rows) seal.row(step, row);
          return writer.write(rows);
        },
        end: () => writer.end(),
      };
    },
    async assetWriter() {
      const writer = await destination.assetWriter();
      return { write: (asset) => writer.write(seal.asset(asset)), end: () => writer.end() };
    },
  };
}

/** The source; what is read from it is sealed. */
export function sealedSource(source: TransferSource, seal: Seal): TransferSource {
  return {
    ...source,
    async *rows(step) {
      for await (const batch of source.rows(step)) {
        for (const row of batch) seal.row(step, row);
        yield batch;
      }
    },
    async *assets() {
      for await (const asset of source.assets()) yield seal.asset(asset);
    },
  };
}

/** The stages in which two seals differ. */
export function brokenStages(written: Seal, read: Seal): readonly Step[] {
  const [left, right] = [written.digests(), read.digests()];
  return steps.filter((step) => left[step] !== right[step]);
}
