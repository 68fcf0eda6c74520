import { basename } from 'node:path';

/**
 * What Strapi's own command writes, and the same tar in the `age` format (https://age-encryption.org/v1), which
 * unlike Strapi's encryption is authenticated.
 */
const formats = ['tar', 'tar.gz', 'tar.enc', 'tar.gz.enc', 'tar.age', 'tar.gz.age'] as const;
export type ArchiveFormat = (typeof formats)[number];

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
