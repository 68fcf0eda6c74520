import { TransferError } from '../../protocol/errors.js';

/** The file names of the assets of one export. */
export interface FileNames {
  /**
   * Claims a name, and answers whether it is new; the very same name may come again.
   * @throws TransferError ASSET_NAMES_CLASH where it is another one's on some file systems
   */
  claim(filename: string): boolean;
  /** The asset did not come to be. */
  release(filename: string): void;
  /** What is said where a file system takes a new name for one that stands there. */
  clash(filename: string): TransferError;
}

export function createFileNames(): FileNames {
  const claimed = new Map<string, string>();
  return {
    claim(filename) {
      const folded = foldedName(filename);
      const other = claimed.get(folded);
      if (other === filename) return false;
      if (other !== undefined) throw new TransferError('ASSET_NAMES_CLASH', { filename, other });
      claimed.set(folded, filename);
      return true;
    },
    release: (filename) => void claimed.delete(foldedName(filename)),
    clash: (filename) => new TransferError('ASSET_NAMES_CLASH', { filename, other: 'one that came before' }),
  };
}

/**
 * What all names have in common that some file system takes for one: APFS and HFS+ compare letters without their case
 * and however they are composed, NTFS without their case, and HFS+ passes over characters that are not seen.
 */
export function foldedName(filename: string): string {
  return filename
    .replaceAll(/\p{Default_Ignorable_Code_Point}/gu, '')
    .normalize('NFC')
    .toUpperCase()
    .toLowerCase()
    .normalize('NFC');
}
