import { isAppleDouble, mayBeAppleDouble } from '../export/file-manager-files.js';
import type { TarEntry } from './tar-entries.js';

/** The entry, still unread; undefined where it is a Mac's companion of another file, which is then consumed. */
export async function withoutAppleDouble(entry: TarEntry): Promise<TarEntry | undefined> {
  if (!mayBeAppleDouble(entry.name.slice(entry.name.search(/[^/\\]*$/)))) return entry;
  const chunks = entry.stream()[Symbol.asyncIterator]();
  const first = await chunks.next();
  const head = first.done === true ? new Uint8Array() : first.value;
  async function* stream(): AsyncGenerator<Uint8Array> {
    yield head;
    yield* { [Symbol.asyncIterator]: () => chunks };
  }
  if (!isAppleDouble(head)) return { ...entry, stream };
  for await (const _ of stream());
  return undefined;
}
