import { basename } from 'node:path';
import { fileType } from '../../../src/protocol/clearing.js';
import type { Entity } from '../../../src/protocol/content.js';
import { isObject } from '../../../src/protocol/plain-object.js';
import type { MemoryContent } from '../../../src/stores/memory.js';

type Fields = Readonly<Record<string, unknown>>;

/**
 * Another content of the same site: every article has another title, every file other bytes, and one file in two another name, so
 * that of the two contents some files take the place of others, some come and some go.
 */
export function otherContent(content: MemoryContent): MemoryContent {
  const renamed = new Set(
    content.entities
      .filter(({ type }) => type === fileType)
      .flatMap(({ data }, at) => (at % 2 === 0 ? [] : [data, ...Object.values(Object(data['formats']))]))
      .map((file) => String(Object(file).hash)),
  );
  const hashOf = (hash: unknown) => (renamed.has(String(hash)) ? `${hash}_other` : hash);
  const fileOf = (file: Fields): Fields => {
    const hash = hashOf(file['hash']);
    const { formats } = file;
    return {
      ...{ ...file, hash },
      ...('url' in file ? { url: `/uploads/${hash}${file['ext'] ?? ''}` } : {}),
      ...('mainHash' in file ? { mainHash: hashOf(file['mainHash']) } : {}),
      ...(isObject(formats)
        ? {
            formats: Object.fromEntries(
              Object.entries(formats).map(([name, one]) => [name, isObject(one) ? fileOf(one) : one]),
            ),
          }
        : {}),
    };
  };
  const rowOf = (row: Entity): Entity => {
    if (row.type === fileType) return { ...row, data: fileOf(row.data) };
    const { title } = row.data;
    return typeof title === 'string' ? { ...row, data: { ...row.data, title: `${title}, other` } } : row;
  };
  return {
    ...content,
    entities: content.entities.map(rowOf),
    configuration: [
      ...content.configuration,
      { type: 'core-store', value: { key: 'ferry-test', type: 'string', value: 'other' } },
    ],
    assets: content.assets.map(({ filename, metadata, bytes }) => {
      const changed = fileOf(metadata);
      return {
        filename: basename(`${changed['hash']}${changed['ext'] ?? ''}`) || filename,
        metadata: changed,
        bytes: Buffer.concat([bytes, Buffer.from('other')]),
      };
    }),
  };
}
