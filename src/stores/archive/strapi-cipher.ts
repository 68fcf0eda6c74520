import { createCipheriv, createDecipheriv, scrypt } from 'node:crypto';
import { promisify } from 'node:util';
import type { FileReader } from '../../ports/files.js';
import { TransferError } from '../../protocol/errors.js';
import { Damaged } from './damaged.js';

/*
 * What `strapi export` encrypts with: AES-128-ECB, the key by scrypt from the password and an empty salt. Equal blocks
 * stay equal, and a change of the file is not detected: see docs/archives.md.
 */

const algorithm = 'aes-128-ecb';
const block = 16;

const derive = promisify<string, string, number, Buffer>(scrypt);

/** The key of the last password: one transfer opens its archive several times, and scrypt takes 40 ms each time. */
let lastKey: { readonly password: string; readonly key: Promise<Buffer> } | null = null;

function keyOf(password: string): Promise<Buffer> {
  if (lastKey?.password !== password) lastKey = { password, key: derive(password, '', 16) };
  return lastKey.key;
}

/** The decrypted bytes. Every block stands alone, so that they can be read from anywhere. */
export interface Decrypted {
  readonly size: number;
  stream(from: number, to: number): AsyncIterable<Uint8Array>;
}

/** @param isBeginning These can be the first bytes of what was encrypted: tells a wrong key from a cut file. */
export async function openEncrypted(
  file: FileReader,
  password: string,
  path: string,
  isBeginning: (bytes: Uint8Array) => boolean,
): Promise<Decrypted> {
  const key = await keyOf(password);
  if (file.size === 0 || file.size % block !== 0) throw new Damaged('it is cut off');

  async function* blocks(from: number, to: number): AsyncGenerator<Uint8Array> {
    const decipher = createDecipheriv(algorithm, key, null).setAutoPadding(false);
    for await (const chunk of file.stream(from, to)) yield decipher.update(chunk);
  }

  const head = await bytesOf(blocks(0, Math.min(file.size, 512)));
  const end = await bytesOf(blocks(file.size - block, file.size));
  if (!isBeginning(head)) throw new TransferError('WRONG_KEY', { path });
  const padding = end[block - 1] ?? 0;
  const isPadding =
    padding >= 1 && padding <= block && end.subarray(-padding).every((byte) => byte === padding);
  if (!isPadding) throw new Damaged('it is cut off');
  const size = file.size - padding;

  return {
    size,
    async *stream(from, to) {
      const end = Math.min(to, size);
      let at = from - (from % block);
      for await (const chunk of blocks(at, Math.ceil(end / block) * block)) {
        const part = chunk.subarray(Math.max(from - at, 0), Math.max(end - at, 0));
        at += chunk.length;
        if (part.length > 0) yield part;
      }
    },
  };
}

async function bytesOf(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const all: Uint8Array[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return Buffer.concat(all);
}

export async function* encrypted(
  chunks: AsyncIterable<Uint8Array>,
  password: string,
): AsyncGenerator<Uint8Array> {
  const cipher = createCipheriv(algorithm, await keyOf(password), null);
  for await (const chunk of chunks) {
    const part = cipher.update(chunk);
    if (part.length > 0) yield part;
  }
  yield cipher.final();
}
