import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { FileSystem } from '../../../src/ports/files.js';
import type { UploadProvider } from '../../../src/strapi/strapi.js';

export interface Call {
  readonly method: 'upload' | 'delete';
  /** Of the file. */
  readonly name: string;
}

export interface FolderProviderOptions {
  readonly files: FileSystem;
  /** Where its objects lie. */
  readonly folder: string;
  /** Called before each. Throwing fails it, and what it answers is waited for. */
  readonly before?: (call: Call) => void | Promise<void>;
}

interface Given {
  readonly hash: string;
  readonly ext?: string;
  readonly stream?: Readable;
  url?: string;
  provider_metadata?: object;
}

/** An upload provider as others write them: its objects lie in a folder, and it finds them again by what it said of them itself. */
export function folderProvider({ files, folder, before = () => {} }: FolderProviderOptions): UploadProvider {
  const nameOf = ({ hash, ext = '' }: Given) => `${hash}${ext}`;
  return {
    async uploadStream(file: Given) {
      const name = nameOf(file);
      await before({ method: 'upload', name });
      if (file.stream === undefined) throw new Error('There is no stream');
      await files.write(`${folder}/${name}`, (await buffer(file.stream)).toString());
      await files.syncDirectory(folder);
      file.url = `https://bucket.test/${name}`;
      file.provider_metadata = { object: name };
    },
    async delete(file: Given) {
      await before({ method: 'delete', name: nameOf(file) });
      await files.remove(`${folder}/${nameOf(file)}`);
      await files.syncDirectory(folder);
    },
  };
}
