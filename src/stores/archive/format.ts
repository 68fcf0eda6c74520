import { basename } from 'node:path';

/**
 * What Strapi's own command writes, and the same tar in the `age` format (https://age-encryption.org/v1), which
 * unlike Strapi's encryption is authenticated.
 */
export type ArchiveFormat = 'tar' | 'tar.gz' | 'tar.enc' | 'tar.gz.enc' | 'tar.age' | 'tar.gz.age';
const formats: readonly ArchiveFormat[] = ['tar', 'tar.gz', 'tar.enc', 'tar.gz.enc', 'tar.age', 'tar.gz.age'];

/** The format that a path names an archive of, where one is written; undefined where it names none. */
export function archiveFormatOf(path: string): ArchiveFormat | undefined {
  const name = basename(path).toLowerCase();
  return formats.find((format) => name.endsWith(`.${format}`));
}

export const isCompressed = (format: ArchiveFormat): boolean => format.includes('.gz');

export type Cipher = 'strapi' | 'age';

export function cipherOf(name: string): Cipher | undefined {
  if (/\.enc$/i.test(name)) return 'strapi';
  return /\.age$/i.test(name) ? 'age' : undefined;
}

export const isEncryptedName = (path: string): boolean => cipherOf(basename(path)) !== undefined;

export const isArchiveName = (path: string): boolean =>
  archiveFormatOf(path) !== undefined || isForeignArchive(path);

/** Endings of archives, of compressed and of encrypted files, that are none of {@link ArchiveFormat}. */
const foreign =
  /\.(zip|7z|rar|tgz|tbz2?|txz|tlz|tzst|taz|gz|bz2|xz|zst|lz4?|lzma|lzo|z|cpio|iso|dmg|cab|arj|lzh|jar|enc|age|gpg|pgp|asc|aes)$/i;

/** Whether a path names an archive that Ferry does not write: `backup.zip`, `backup.tgz`, `backup.tar.bz2`. */
export function isForeignArchive(path: string): boolean {
  return archiveFormatOf(path) === undefined && foreign.test(basename(path));
}
