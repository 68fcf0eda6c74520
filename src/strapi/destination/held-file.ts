import { parseJson } from '../../protocol/json.js';
import { defaultLimits } from '../../protocol/limits.js';
import { isObject } from '../../protocol/plain-object.js';

type Fields = Readonly<Record<string, unknown>>;

/** A file that an upload provider holds: what its methods are told of it. The provider makes its key of `hash` and `ext`. */
export interface HeldFile extends Fields {
  /** By the name that its row has for it. */
  readonly provider: string;
  readonly hash: string;
}

/** Of what a row says, the fields by which the providers find the file again. */
const kept = ['name', 'hash', 'ext', 'mime', 'size', 'path', 'url', 'provider_metadata', 'provider'] as const;

/** Undefined where the row names no file. */
export function heldFileOf(file: Fields, provider: string): HeldFile | undefined {
  const { hash } = file;
  if (typeof hash !== 'string' || hash === '') return undefined;
  const fields = kept.flatMap((name) => (Object.hasOwn(file, name) ? [[name, file[name]]] : []));
  return { ...Object.fromEntries(fields), provider, hash };
}

/** `hash` and `ext`: the name of the file on a disk, and the last part of its key in a bucket. */
export const fileNameOf = ({ hash, ext }: { readonly hash?: unknown; readonly ext?: unknown }): string =>
  `${hash}${typeof ext === 'string' ? ext : ''}`;

/** One line. */
export const textOfHeld = (file: HeldFile): string => JSON.stringify(file);

/** Undefined for a line that is none. */
export function heldFromText(text: string): HeldFile | undefined {
  const file = objectIn(text);
  return file !== undefined && typeof file['provider'] === 'string'
    ? heldFileOf(file, file['provider'])
    : undefined;
}

function objectIn(text: string): Fields | undefined {
  try {
    const value = parseJson(text, defaultLimits);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
