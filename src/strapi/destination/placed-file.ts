import { fileType } from '../../protocol/clearing.js';
import type { Entity } from '../../protocol/content.js';
import { isObject } from '../../protocol/plain-object.js';

type Fields = Readonly<Record<string, unknown>>;

/** Rows as they are here. */
export interface PlacedFiles {
  /** The row of a file with the address of the file that came with it. Other rows stay as they are. */
  row(entity: Entity): Entity;
  /** How many rows of files came without their file. */
  missing(): number;
}

export function createPlacedFiles(provider: string, files: ReadonlySet<string>): PlacedFiles {
  let missing = 0;

  function row(entity: Entity): Entity {
    if (entity.type !== fileType) return entity;
    const { formats } = entity.data;
    const own = nameOf(entity.data);
    const isPlaced = files.has(own);
    if (!isPlaced) missing += 1;
    const placedFormats = isObject(formats) ? Object.entries(formats).map(placedFormat(files)) : [];
    if (!isPlaced && !placedFormats.some(([, , moved]) => moved)) return entity;
    const data = {
      ...{ ...entity.data, provider },
      ...(isPlaced ? { url: addressOf(own) } : {}),
      ...(isObject(formats)
        ? { formats: Object.fromEntries(placedFormats.map(([name, value]) => [name, value])) }
        : {}),
    };
    return { ...entity, data };
  }

  return { row, missing: () => missing };
}

const placedFormat =
  (files: ReadonlySet<string>) =>
  ([name, format]: [string, unknown]): readonly [string, unknown, boolean] => {
    const own = isObject(format) ? nameOf(format) : '';
    return files.has(own) ? [name, { ...Object(format), url: addressOf(own) }, true] : [name, format, false];
  };

const nameOf = ({ hash, ext }: Fields): string => `${hash}${ext ?? ''}`;

const addressOf = (name: string): string => `/uploads/${name}`;
