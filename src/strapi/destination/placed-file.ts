import { fileType } from '../../protocol/clearing.js';
import type { Entity } from '../../protocol/content.js';
import { isObject } from '../../protocol/plain-object.js';

type Fields = Readonly<Record<string, unknown>>;

/** The row of a file as it is here: with the address of the file that came with it. Other rows stay as they are. */
export function placedFile(entity: Entity, files: ReadonlySet<string>): Entity {
  if (entity.type !== fileType || files.size === 0) return entity;
  const { formats } = entity.data;
  const own = nameOf(entity.data);
  const isPlaced = files.has(own);
  const placedFormats = isObject(formats) ? Object.entries(formats).map(placedFormat(files)) : [];
  if (!isPlaced && !placedFormats.some(([, , moved]) => moved)) return entity;
  const data = {
    ...entity.data,
    provider: 'local',
    ...(isPlaced ? { url: addressOf(own) } : {}),
    ...(isObject(formats)
      ? { formats: Object.fromEntries(placedFormats.map(([name, value]) => [name, value])) }
      : {}),
  };
  return { ...entity, data };
}

const placedFormat =
  (files: ReadonlySet<string>) =>
  ([name, format]: [string, unknown]): readonly [string, unknown, boolean] => {
    const own = isObject(format) ? nameOf(format) : '';
    return files.has(own) ? [name, { ...Object(format), url: addressOf(own) }, true] : [name, format, false];
  };

const nameOf = ({ hash, ext }: Fields): string => `${hash}${ext ?? ''}`;

const addressOf = (name: string): string => `/uploads/${name}`;
