import { join, posix } from 'node:path';
import type { FileSystem } from '../../ports/files.js';
import type { Asset, StreamOptions } from '../../protocol/content.js';
import { TransferError } from '../../protocol/errors.js';
import type { Limits } from '../../protocol/limits.js';
import { isFileManagerFile } from '../export/file-manager-files.js';
import { assetsFolder, descriptionFile, descriptionsFolder, uploadsFolder } from '../export/layout.js';
import { parseObject, readHeld } from '../export/parse.js';
import { stray } from '../export/stray.js';
import type { OnBrokenAsset } from '../store.js';
import { reasonOf, storeError, systemCode } from '../store-error.js';
import { gone, type Inventory, isNothing } from './inventory.js';
import { listPlain } from './plain-folder.js';
import type { VersionReader } from './version-reader.js';

interface AssetTotals {
  readonly count: number;
  readonly bytes: number;
}

export interface AssetReader {
  assets(): AsyncGenerator<Asset>;
  /** Known once the assets are being read. */
  totals(): AssetTotals | undefined;
}

interface Found {
  readonly filename: string;
  readonly size: number;
}

export interface AssetReaderOptions {
  readonly path: string;
  readonly files: FileSystem;
  readonly version: VersionReader;
  readonly inventory: Inventory;
  readonly limits: Limits;
  readonly onBrokenAsset?: OnBrokenAsset | undefined;
}

const refuse: OnBrokenAsset = (error) => {
  throw error;
};

/** The assets in the order of their file names, as Strapi reads them. */
export function createAssetReader(options: AssetReaderOptions): AssetReader {
  const { path, files, version, inventory, limits, onBrokenAsset: passOver = refuse } = options;
  let totals: AssetTotals | undefined;
  const missing = (filename: string, reason: string, cause?: unknown) =>
    new TransferError('MISSING_ASSET', { filename, path, reason }, cause);
  const undescribed = (filename: string, reason: string, cause?: unknown) =>
    new TransferError(
      'MISSING_ASSET_DESCRIPTION',
      { filename, file: descriptionFile(filename), path, reason },
      cause,
    );

  const unsafe = (file: string, kind: 'link' | 'other') =>
    new TransferError('UNSAFE_FILE', {
      file,
      what: kind === 'link' ? 'a symbolic link' : 'a pipe or a device',
    });

  /** Checks all assets before the first is sent: not every peer can take half a push back. */
  async function scan(): Promise<readonly Found[]> {
    await refuseStrays();
    const { uploads, descriptions } = await version.within(async (root) => ({
      uploads: await filesIn(root),
      descriptions: new Set(await descriptionsIn(root)),
    }));
    const held = new Set(uploads.map(({ filename }) => filename));
    const described = uploads.filter(({ filename }) => {
      const isDescribed = descriptions.has(`${filename}.json`);
      if (!isDescribed) passOver(undescribed(filename, 'it does not exist'));
      return isDescribed;
    });
    for (const description of descriptions) {
      const filename = description.slice(0, -'.json'.length);
      if (!held.has(filename)) passOver(missing(filename, 'it does not exist'));
    }
    return described;
  }

  async function refuseStrays(): Promise<void> {
    for (const name of (await version.list(assetsFolder)) ?? []) {
      const place = posix.join(assetsFolder, name);
      if (![uploadsFolder, descriptionsFolder].includes(place) && !isFileManagerFile(name))
        throw stray(path, place);
    }
  }

  async function descriptionsIn(root: string): Promise<readonly string[]> {
    const found: string[] = [];
    for (const name of (await listPlain(files, root, descriptionsFolder)) ?? []) {
      const file = posix.join(descriptionsFolder, name);
      if (await isNothing(files, root, file)) continue;
      if (!name.endsWith('.json')) throw stray(path, file);
      found.push(name);
    }
    return found;
  }

  async function filesIn(root: string): Promise<readonly Found[]> {
    const found: Found[] = [];
    const names = [...((await listPlain(files, root, uploadsFolder)) ?? [])].sort();
    if (names.length < inventory.uploads) throw gone(path, uploadsFolder);
    for (const filename of names) {
      version.assertOpen();
      const file = join(root, uploadsFolder, filename);
      if (await isNothing(files, root, posix.join(uploadsFolder, filename))) continue;
      const info = await files.look(file);
      if (info?.kind === 'directory') throw stray(path, posix.join(uploadsFolder, filename));
      if (info?.kind === 'file') found.push({ filename, size: info.size });
      else if (info?.kind === 'link' || info?.kind === 'other') throw unsafe(file, info.kind);
    }
    return found;
  }

  function unlessPassedOver(error: unknown): undefined {
    if (!(error instanceof TransferError) || error.code !== 'MISSING_ASSET_DESCRIPTION') throw error;
    passOver(error);
  }

  async function description(filename: string): Promise<Asset['metadata']> {
    const file = descriptionFile(filename);
    let value: Asset['metadata'] | string;
    try {
      value = parseObject(await readHeld(version.stream(file), file, limits), file, limits);
    } catch (error) {
      if (systemCode(error) === undefined) throw error;
      throw undescribed(filename, reasonOf(error), error);
    }
    if (typeof value === 'string') throw undescribed(filename, value);
    return value;
  }

  async function* bytesOf({ filename, size }: Found, options?: StreamOptions): AsyncGenerator<Uint8Array> {
    let actual = 0;
    try {
      for await (const chunk of version.stream(join(uploadsFolder, filename), options)) {
        actual += chunk.length;
        yield chunk;
      }
    } catch (error) {
      throw systemCode(error) === undefined ? error : missing(filename, reasonOf(error), error);
    }
    if (actual !== size) throw new TransferError('ASSET_SIZE_MISMATCH', { filename, actual, expected: size });
  }

  return {
    async *assets() {
      try {
        const found = await scan();
        totals = { count: found.length, bytes: found.reduce((sum, { size }) => sum + size, 0) };
        for (const each of found) {
          version.assertOpen();
          const metadata = await description(each.filename).catch(unlessPassedOver);
          if (metadata === undefined) continue;
          yield { ...each, metadata, stream: (options) => bytesOf(each, options) };
        }
      } catch (error) {
        throw storeError(path, error);
      }
    },
    totals: () => totals,
  };
}
