import { defaultLimits } from '../../protocol/limits.js';
import { descriptionFile, uploadsFolder } from '../export/layout.js';
import { type ArchiveWriterOptions, createArchiveWriter } from './archive-writer.js';
import { cipherOf } from './format.js';
import { openArchive } from './open-archive.js';
import { tarEntries } from './tar-entries.js';

/**
 * Writes an archive a second time, with only the last of several assets of one name, as in a folder: an entry cannot be
 * removed from a tar. This is rare, and costs as much as the first writing.
 *
 * @param written How often each file name is in it.
 */
export async function withoutReplaced(
  file: string,
  options: ArchiveWriterOptions & { readonly path: string },
  written: ReadonlyMap<string, number>,
): Promise<void> {
  const left = new Map<string, number>();
  for (const [filename, times] of written) {
    for (const name of [descriptionFile(filename), `${uploadsFolder}/${filename}`]) left.set(name, times);
  }
  const archive = await openArchive({
    ...options,
    file,
    cipher: cipherOf(options.format),
    limits: { ...defaultLimits, ageWorkFactor: options.ageWorkFactor },
  });
  try {
    const writer = await createArchiveWriter(options);
    try {
      for await (const entry of tarEntries(archive.bytes)) {
        const times = left.get(entry.name) ?? 1;
        left.set(entry.name, times - 1);
        if (times === 1) await writer.write(entry.name, entry.size, entry.stream());
      }
      await writer.finish();
    } catch (error) {
      await writer.abort();
      throw error;
    }
  } finally {
    await archive.close();
  }
}
