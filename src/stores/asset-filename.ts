import type { FileSystem } from '../ports/files.js';
import { TransferError } from '../protocol/errors.js';

/** Bytes of UTF-8. File systems take 255; the description of an asset is called `<filename>.json`. */
const longest = 255 - '.json'.length;

/** Separators of any system, control characters, and halves of a character. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused.
const unsafeCharacters = /[/\\\u0000-\u001f\u007f]|\p{Surrogate}/u;

/** Device names of Windows, there with any extension, in any case. */
const reserved = /^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)(\.|$)/i;

export function isSafeFilename(name: string): boolean {
  return (
    !['', '.', '..'].includes(name) &&
    !unsafeCharacters.test(name) &&
    new TextEncoder().encode(name).length <= longest
  );
}

/** Whether Windows can hold it too: there a colon is a drive or a stream, and dots and spaces at the end are dropped. */
export function isPortableFilename(name: string): boolean {
  return !/[<>:"|?*]|[. ]$/.test(name) && !reserved.test(name);
}

/**
 * The name itself, where it can be one file of one folder. Called on every name that came from somewhere else before
 * a path is made of it.
 * @param files The disk that it is to stand on; none where it stands in an archive or in memory.
 * @throws TransferError UNSAFE_FILENAME
 */
export function safeFilename(name: string, files?: Pick<FileSystem, 'user'>): string {
  // A system that knows no users is Windows.
  const isHeld = files === undefined || files.user !== undefined || isPortableFilename(name);
  if (!isSafeFilename(name) || !isHeld)
    throw new TransferError('UNSAFE_FILENAME', { filename: JSON.stringify(name) });
  return name;
}
