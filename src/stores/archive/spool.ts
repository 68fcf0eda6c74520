import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { FileSystem } from '../../ports/files.js';

export interface Spool {
  /** Writes what comes, once, and answers how many bytes it was. `assertGoingOn` is asked for each chunk, and throws to stop. */
  fill(chunks: AsyncIterable<Uint8Array>, assertGoingOn: () => void): Promise<number>;
  stream(): AsyncIterable<Uint8Array>;
}

const algorithm = 'aes-256-ctr';

/** @param isSecret The file is encrypted, with a key that is forgotten with the spool. */
export function createSpool(files: FileSystem, file: string, isSecret: boolean): Spool {
  const secret = isSecret ? { key: randomBytes(32), iv: randomBytes(16) } : undefined;
  return {
    async fill(chunks, assertGoingOn) {
      const cipher = secret === undefined ? undefined : createCipheriv(algorithm, secret.key, secret.iv);
      const output = await files.create(file, { exclusive: true });
      let size = 0;
      try {
        for await (const chunk of chunks) {
          assertGoingOn();
          await output.write(cipher === undefined ? chunk : cipher.update(chunk));
          size += chunk.length;
        }
      } finally {
        // Close without a flush: the file is removed soon.
        await output.abort();
      }
      return size;
    },
    async *stream() {
      const decipher = secret === undefined ? undefined : createDecipheriv(algorithm, secret.key, secret.iv);
      for await (const chunk of files.stream(file))
        yield decipher === undefined ? chunk : decipher.update(chunk);
    },
  };
}
