import { basename } from 'node:path';

/**
 * What Strapi's own command writes, and the same tar in the `age` format (https://age-encryption.org/v1), which
 * unlike Strapi's encryption is authenticated.
 */
export type ArchiveFormat = 'tar' | 'tar.gz' | 'tar.enc' | 'tar.gz.enc' | 'tar.age' | 'tar.gz.age';
const formats: readonly ArchiveFormat[] = ['tar', 'tar.gz', 'tar.enc', 'tar.gz.enc', 'tar.age', 'tar.gz.age'];

/** The format that a path names an archive of; undefined where it names none. */
export function archiveFormatOf(path: string): ArchiveFormat | undefined {
  const name = basename(path).toLowerCase();
  return formats.find((format) => name.endsWith(`.${format}`));
}

export const isCompressed = (format: ArchiveFormat): boolean => format.includes('.gz');

export function cipherOf(format: ArchiveFormat): 'strapi' | 'age' | undefined {
  if (format.endsWith('.enc')) return 'strapi';
  return format.endsWith('.age') ? 'age' : undefined;
}

/** Whether a path names an archive that has a password. */
export function isEncryptedName(path: string): boolean {
  const format = archiveFormatOf(path);
  return format !== undefined && cipherOf(format) !== undefined;
}

/** Endings of archives, of compressed and of encrypted files, that are none of {@link ArchiveFormat}. */
const foreign =
  /\.(zip|7z|rar|tgz|tbz2?|txz|tlz|tzst|taz|gz|bz2|xz|zst|lz4?|lzma|lzo|z|cpio|iso|dmg|cab|arj|lzh|jar|enc|age|gpg|pgp|asc|aes)$/i;

/** Whether a path names an archive that Ferry neither reads nor writes: `backup.zip`, `backup.tgz`, `backup.tar.bz2`. */
export function isForeignArchive(path: string): boolean {
  return archiveFormatOf(path) === undefined && foreign.test(basename(path));
}
