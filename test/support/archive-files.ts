import { createCipheriv, createDecipheriv, scryptSync } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import { Decrypter, Encrypter } from 'age-encryption';
import { extract, type Header, pack } from 'tar-stream';
import type { TransferSource } from '../../src/stores/index.js';
import type { MemoryFiles } from '../../src/testing/memory-files.js';

export const formats = ['tar', 'tar.gz', 'tar.enc', 'tar.gz.enc', 'tar.age', 'tar.gz.age'] as const;
export type Format = (typeof formats)[number];

const password = 'correct horse';
export const keyOf = (format: string) => (/enc|age/.test(format) ? { key: password } : {});

export interface Entry extends Partial<Omit<Header, 'name' | 'size'>> {
  readonly name: string;
  readonly content?: string | Uint8Array;
}

export async function tarOf(entries: readonly Entry[]): Promise<Uint8Array> {
  const tar = pack();
  for (const { content = '', ...header } of entries) {
    if (header.type === undefined || header.type === 'file') tar.entry({ ...header }, Buffer.from(content));
    else tar.entry({ ...header });
  }
  tar.finalize();
  const chunks: Uint8Array[] = [];
  for await (const chunk of tar as AsyncIterable<Uint8Array>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Strapi's cipher, as its documentation and its files have it: not the code under test. */
const strapiKey = (key: string) => scryptSync(key, '', 16);

export async function packed(format: Format, tar: Uint8Array, key = password, work = 4): Promise<Uint8Array> {
  const bytes = format.includes('.gz') ? gzipSync(tar) : tar;
  if (format.endsWith('.enc')) {
    const cipher = createCipheriv('aes-128-ecb', strapiKey(key), null);
    return Buffer.concat([cipher.update(bytes), cipher.final()]);
  }
  if (!format.endsWith('.age')) return bytes;
  const encrypter = new Encrypter();
  encrypter.setPassphrase(key);
  encrypter.setScryptWorkFactor(work);
  return encrypter.encrypt(bytes);
}

async function unpacked(format: Format, bytes: Uint8Array): Promise<Uint8Array> {
  let inner = bytes;
  if (format.endsWith('.enc')) {
    const decipher = createDecipheriv('aes-128-ecb', strapiKey(password), null);
    inner = Buffer.concat([decipher.update(bytes), decipher.final()]);
  }
  if (format.endsWith('.age')) {
    const decrypter = new Decrypter();
    decrypter.addPassphrase(password);
    inner = await decrypter.decrypt(bytes);
  }
  return format.includes('.gz') ? gunzipSync(inner) : inner;
}

/** Name and text of each entry, in order. */
export async function entriesIn(
  format: Format,
  bytes: Uint8Array,
): Promise<readonly (readonly [string, string])[]> {
  const tar = extract();
  tar.end(Buffer.from(await unpacked(format, bytes)));
  const found: [string, string][] = [];
  for await (const entry of tar) {
    const chunks: Uint8Array[] = [];
    for await (const chunk of entry as AsyncIterable<Uint8Array>) chunks.push(chunk);
    found.push([entry.header.name, Buffer.concat(chunks).toString('utf8')]);
  }
  return found;
}

export async function put(files: MemoryFiles, path: string, bytes: Uint8Array): Promise<void> {
  await files.makeDirectory('/data');
  const file = await files.create(path);
  await file.write(bytes);
  await file.close();
}

export const entity = (id: number, title = `çığ 😀 ${id}`) => ({ type: 'api::a.a', id, data: { title } });
export const lines = (...rows: readonly unknown[]): string =>
  rows.map((row) => `${JSON.stringify(row)}\n`).join('');
const link = { kind: 'k', relation: 'r', left: { type: 'a', ref: 1 }, right: { type: 'b', ref: 2 } };

export const description = (name: string, content = '{"id":1}'): Entry => ({
  name: `assets/metadata/${name}.json`,
  content,
});
export const upload = (name: string, content: string | Uint8Array = name): Entry => ({
  name: `assets/uploads/${name}`,
  content,
});
export const metadata: Entry = { name: 'metadata.json', content: '{"createdAt":"2026"}' };

/** As `strapi export` orders them. */
export const strapiOrder: readonly Entry[] = [
  { name: 'schemas/schemas_00001.jsonl', content: lines({ uid: 'api::a.a', attributes: {} }) },
  { name: 'entities/entities_00001.jsonl', content: lines(entity(1), entity(2)) },
  { name: 'entities/entities_00002.jsonl', content: lines(entity(3)) },
  description('b.png', '{"of":"b"}'),
  upload('b.png', 'B'.repeat(1000)),
  description('a.png', '{"of":"a","offset":1,"size":2}'),
  upload('a.png', ''),
  { name: 'links/links_00001.jsonl', content: lines(link) },
  { name: 'configuration/configuration_00001.jsonl', content: lines({ type: 'core-store', value: {} }) },
  metadata,
];

/** All of what a source holds. */
export async function contentOf(source: TransferSource) {
  await source.open();
  try {
    const rows: Record<string, unknown[]> = {};
    const assets: unknown[] = [];
    for (const step of ['entities', 'assets', 'links', 'configuration'] as const) {
      if (step !== 'assets') {
        rows[step] = [];
        for await (const batch of source.rows(step)) rows[step].push(...batch);
        continue;
      }
      for await (const { filename, metadata: described, size, stream } of source.assets()) {
        const chunks: Uint8Array[] = [];
        for await (const chunk of stream()) chunks.push(chunk);
        assets.push({ filename, described, size, text: Buffer.concat(chunks).toString('utf8') });
      }
    }
    return { metadata: await source.metadata(), schemas: await source.schemas(), ...rows, assets };
  } finally {
    await source.close();
  }
}

export const strapiContent = {
  metadata: { createdAt: '2026' },
  schemas: { 'api::a.a': { uid: 'api::a.a', attributes: {} } },
  entities: [entity(1), entity(2), entity(3)],
  assets: [
    { filename: 'b.png', described: { of: 'b' }, size: 1000, text: 'B'.repeat(1000) },
    { filename: 'a.png', described: { of: 'a', offset: 1, size: 2 }, size: 0, text: '' },
  ],
  links: [link],
  configuration: [{ type: 'core-store', value: {} }],
};
