import type { Entity } from '../protocol/content.js';
import { isObject } from '../protocol/plain-object.js';

/** The names under which a file of the media library and its formats lie. */
export function fileNamesOf({ data }: Entity): readonly string[] {
  const { formats } = data;
  const named = [data, ...(isObject(formats) ? Object.values(formats) : [])];
  return named.flatMap((file) => {
    if (!isObject(file) || typeof file['hash'] !== 'string') return [];
    const { hash, ext } = file;
    return [`${hash}${typeof ext === 'string' ? ext : ''}`];
  });
}
