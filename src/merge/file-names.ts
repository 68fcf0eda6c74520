import type { Entity } from '../protocol/content.js';
import { isObject } from '../protocol/plain-object.js';

/** What a row of the media library, or the description of a file, tells of the file. */
export type FileFacts = Readonly<Record<string, unknown>>;

/** The file of a row of the media library and those of its formats: the format, empty for the file itself, and what the row tells of each. */
export function filesOf({ data }: Pick<Entity, 'data'>): readonly (readonly [format: string, FileFacts])[] {
  const { formats } = data;
  const all = [['', data], ...(isObject(formats) ? Object.entries(formats) : [])] as const;
  return all.flatMap(([format, file]) =>
    isObject(file) && typeof file['hash'] === 'string' ? [[format, file]] : [],
  );
}

/** The name under which a file lies. */
export const fileNameOf = ({ hash, ext }: FileFacts): string =>
  `${String(hash)}${typeof ext === 'string' ? ext : ''}`;

/** The names under which a file of the media library and its formats lie. */
export const fileNamesOf = (row: Pick<Entity, 'data'>): readonly string[] =>
  filesOf(row).map(([, file]) => fileNameOf(file));

/** What is told of the bytes of a file. */
export const byteFields = ['hash', 'ext', 'mime', 'size', 'width', 'height'] as const;
