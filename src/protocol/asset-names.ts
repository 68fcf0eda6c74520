import { TransferError } from './errors.js';

export interface AssetNames {
  /**
   * An asset is complete.
   *
   * @param content What identifies its file: the checksum, or the length if there is none.
   * @throws TransferError DUPLICATE_ASSET where another file came under this name: a folder keeps one of the two. The
   * very same may come again: two rows of a media library may share a file.
   */
  claim(filename: string, content: string): void;
}

export function createAssetNames(): AssetNames {
  const contents = new Map<string, string>();
  return {
    claim(filename, content) {
      const before = contents.get(filename);
      if (before !== undefined && before !== content)
        throw new TransferError('DUPLICATE_ASSET', { filename });
      contents.set(filename, content);
    },
  };
}
