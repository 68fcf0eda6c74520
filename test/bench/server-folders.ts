import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

interface Made {
  readonly records: number;
  /** MiB. */
  readonly assets: number;
  readonly assetCount: number;
}

const MiB = 1024 * 1024;

/** An unpacked export that was made up: so many entities, and so many MiB in so many files. */
export async function makeFolder(path: string, { records, assets, assetCount }: Made): Promise<void> {
  for (const part of ['schemas', 'entities', 'links', 'configuration', 'assets/uploads', 'assets/metadata']) {
    await mkdir(join(path, part), { recursive: true });
  }
  await writeLines(join(path, 'entities', 'entities_00001.jsonl'), records);
  const bytes = randomBytes(MiB);
  for (let index = 0; index < assetCount; index += 1) {
    const name = `file-${index}.bin`;
    const size = Math.floor((assets * MiB) / assetCount);
    await writeBytes(join(path, 'assets', 'uploads', name), size, bytes);
    const about = { id: index + 1, name, hash: `file-${index}`, ext: '.bin', size: size / 1000 };
    const description = { ...about, mime: 'application/octet-stream', url: `/uploads/${name}` };
    await writeFile(join(path, 'assets', 'metadata', `${name}.json`), JSON.stringify(description));
  }
  const metadata = { createdAt: new Date().toISOString(), strapi: { version: '5.54.0' } };
  await writeFile(join(path, 'metadata.json'), JSON.stringify(metadata));
}

async function writeLines(path: string, records: number): Promise<void> {
  const file = createWriteStream(path);
  for (let id = 1; id <= records; id += 1) {
    if (!file.write(`${JSON.stringify(recordOf(id))}\n`)) await once(file, 'drain');
  }
  file.end();
  await once(file, 'close');
}

/** As an article of the benchmark's Strapi: half a KB. */
function recordOf(id: number): object {
  const documentId = String(id).padStart(24, 'a');
  const dates = { createdAt: '2026-01-01T00:00:00.000Z', updatedAt: '2026-01-01T00:00:00.000Z' };
  const text = `Record ${id} — what a record of this benchmark says. `.repeat(5);
  const data = { documentId, ...dates, publishedAt: null, locale: 'en', title: `Record ${id}`, text };
  return { type: 'api::article.article', id, data };
}

async function writeBytes(path: string, size: number, bytes: Uint8Array): Promise<void> {
  const file = createWriteStream(path);
  for (let left = size; left > 0; left -= bytes.length) {
    if (!file.write(bytes.subarray(0, left))) await once(file, 'drain');
  }
  file.end();
  await once(file, 'close');
}
