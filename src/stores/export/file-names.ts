import { TransferError } from '../../protocol/errors.js';

export interface FileNames {
  /**
   * Claims a name, and answers whether it is new; the very same name may come again.
   * @throws TransferError ASSET_NAMES_CLASH where some file systems take it for another asset's name
   */
  claim(filename: string): boolean;
  release(filename: string): void;
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

/** APFS and HFS+ ignore case and Unicode composition, NTFS ignores case, and HFS+ ignores invisible characters. */
export function foldedName(filename: string): string {
  return filename
    .replaceAll(/\p{Default_Ignorable_Code_Point}/gu, '')
    .normalize('NFC')
    .toUpperCase()
    .toLowerCase()
    .normalize('NFC');
}
