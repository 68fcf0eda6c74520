/** Files that file managers leave in every folder they open, in lower case. */
const names = ['.ds_store', 'thumbs.db', 'desktop.ini'];

export const isFileManagerFile = (filename: string): boolean => names.includes(filename.toLowerCase());

/** The beginning of the files in which a Mac keeps what other disks and archives cannot hold of a file: `._photo.jpg`. */
export const mayBeAppleDouble = (filename: string): boolean => filename.startsWith('._');

const magic = [0x00, 0x05, 0x16, 0x07];

export const isAppleDouble = (head: Uint8Array): boolean => magic.every((byte, at) => head[at] === byte);

export async function isAppleDoubleFile(chunks: AsyncIterable<Uint8Array>): Promise<boolean> {
  for await (const chunk of chunks) return isAppleDouble(chunk);
  return false;
}
