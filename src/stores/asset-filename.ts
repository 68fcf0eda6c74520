import { TransferError } from '../protocol/errors.js';

/** Bytes of UTF-8. File systems take 255; the description of an asset is called `<filename>.json`. */
const longest = 255 - '.json'.length;

/** Device names of Windows, there with any extension, in any case. */
const reserved = /^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)(\.|$)/i;

/** Separators, the colon of a drive or a stream (Windows), control characters, and halves of a character. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused.
const unsafeCharacters = /[/\\:\u0000-\u001f\u007f]|\p{Surrogate}/u;

/** Whether this can be one file of one folder, on any of the systems that an export may be unpacked on. */
export function isSafeFilename(name: string): boolean {
  return (
    name !== '' &&
    // `.` and `..` too; Windows drops dots and spaces at the end, so that two names become one.
    !/[. ]$/.test(name) &&
    !unsafeCharacters.test(name) &&
    !reserved.test(name) &&
    new TextEncoder().encode(name).length <= longest
  );
}

/**
 * The name itself, where it can be one file of one folder. Called on every name that came from somewhere else before
 * a path is made of it.
 * @throws TransferError UNSAFE_FILENAME
 */
export function safeFilename(name: string): string {
  if (!isSafeFilename(name)) throw new TransferError('UNSAFE_FILENAME', { filename: JSON.stringify(name) });
  return name;
}
