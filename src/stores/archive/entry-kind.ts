import { stages } from '../../protocol/content.js';
import { isSafeFilename } from '../asset-filename.js';
import { isFileManagerFile } from '../export/file-manager-files.js';
import { descriptionsFolder, type LineStage, metadataFile, uploadsFolder } from '../export/layout.js';
import type { TarEntry } from './tar-entries.js';

export type EntryKind =
  | { readonly kind: 'metadata' | 'other' | 'stray' }
  | { readonly kind: 'lines'; readonly stage: LineStage }
  | { readonly kind: 'upload' | 'description'; readonly filename: string };

export class Unsafe extends Error {}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused.
const unsafeCharacters = /[\\\u0000-\u001f\u007f]/;

/** `./a//b` is `a/b`, and so is `a\b` of Windows unless it also has a `/`, as for Strapi. Throws {@link Unsafe}. */
export function entryPath({ name: given, type }: Pick<TarEntry, 'name' | 'type'>): string {
  if (type !== 'file' && type !== 'directory') throw new Unsafe('it is neither a file nor a folder');
  const name = given.includes('/') ? given : given.replaceAll('\\', '/');
  if (unsafeCharacters.test(name)) throw new Unsafe('its name holds a backslash or a control character');
  if (name.startsWith('/') || /^[a-z]:/i.test(name)) throw new Unsafe('its name is an absolute path');
  const parts = name.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.includes('..')) throw new Unsafe('its name leads out of the archive');
  return parts.join('/');
}

/** Strapi's reader takes every file in the folder of a stage for rows, under any name. Throws {@link Unsafe}. */
export function kindOfFile(path: string): EntryKind {
  if (path === metadataFile) return { kind: 'metadata' };
  const at = path.lastIndexOf('/');
  const [folder, filename] = [path.slice(0, at), path.slice(at + 1)];
  if (isFileManagerFile(filename)) return { kind: 'other' };
  if (folder === uploadsFolder) return { kind: 'upload', filename: safe(filename) };
  if (folder === descriptionsFolder && filename.endsWith('.json'))
    return { kind: 'description', filename: safe(filename.slice(0, -'.json'.length)) };
  const stage = stages.find((each) => path.startsWith(`${each}/`));
  if (stage === undefined) return { kind: 'other' };
  return stage === 'assets' || folder !== stage ? { kind: 'stray' } : { kind: 'lines', stage };
}

function safe(filename: string): string {
  if (!isSafeFilename(filename)) throw new Unsafe('its name cannot be that of a file');
  return filename;
}
