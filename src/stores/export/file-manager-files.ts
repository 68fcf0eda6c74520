/** Files that file managers leave in every folder they open, in lower case. */
const names = ['.ds_store', 'thumbs.db', 'desktop.ini'];

/** Whether a file of this name is no part of an export and can be dropped. */
export const isFileManagerFile = (filename: string): boolean => names.includes(filename.toLowerCase());

/** The beginning of the files in which a Mac keeps what other disks and archives cannot hold of a file: `._photo.jpg`. */
export const mayBeAppleDouble = (filename: string): boolean => filename.startsWith('._');

const magic = [0x00, 0x05, 0x16, 0x07];

/** Whether such a file is what its name says, by its first bytes. */
export const isAppleDouble = (head: Uint8Array): boolean => magic.every((byte, at) => head[at] === byte);

/** The first bytes of what is read only to tell that. */
export async function isAppleDoubleFile(chunks: AsyncIterable<Uint8Array>): Promise<boolean> {
  for await (const chunk of chunks) return isAppleDouble(chunk);
  return false;
}
