import { dirname, join, resolve, sep } from 'node:path';
import type { FileSystem } from '../../ports/files.js';
import type { StreamOptions } from '../../protocol/content.js';
import type { Strapi, UploadProvider } from '../strapi.js';
import { liesWith, localProvider, uploadProvider } from '../upload-provider.js';

/** What a row of the media library, a format of it or a logo says of its file. */
export interface FileRow {
  readonly url?: unknown;
  readonly provider?: unknown;
  readonly [key: string]: unknown;
}

export interface StoredFile {
  /** Bytes; null where they come from elsewhere and are not announced. */
  readonly size: number | null;
  stream(options?: StreamOptions): AsyncIterable<Uint8Array>;
  /** Lets go of what was not streamed. */
  close(): Promise<void>;
}

/** The file of a row is not there. Everything else that fails is an error of another kind. */
export class FileGone extends Error {}

export interface FileReading {
  /** @throws FileGone, or Error: why it cannot be read */
  open(file: FileRow): Promise<StoredFile>;
}

/** What a system says of a path that no file can have: a NUL, a name that is too long, a file as a folder, links in a circle. */
const unnameable: readonly unknown[] = ['ERR_INVALID_ARG_VALUE', 'ENAMETOOLONG', 'ENOTDIR', 'ELOOP'];

/** What says of a file elsewhere that it is not there. */
const goneStatus = [404, 410];

/** Files that lie in `public` are read from the disk; those of another upload provider are fetched by their URL. */
export function createFileReading(strapi: Strapi, files: FileSystem, signal: AbortSignal): FileReading {
  const folder = resolve(strapi.dirs.static.public);
  const uploads = join(folder, 'uploads');
  const configured = uploadProvider(strapi);

  async function openLocal(url: string): Promise<StoredFile> {
    // A row is content: what came with a transfer may say anything.
    const named = join(folder, url);
    const within = [uploads, folder].find((each) => named.startsWith(`${each}${sep}`));
    if (within === undefined) throw new FileGone('its URL leads out of the public folder');
    const { path, size } = await plainFile(named, within);
    return {
      size,
      // By its names alone, from where it was looked for: a link in its place is not followed.
      stream: (options) => files.stream(path, { ...options, inside: dirname(path) }),
      close: async () => {},
    };
  }

  /** The folder itself may be a link, such as to a volume; what lies in it leads nowhere else. */
  async function plainFile(named: string, within: string): Promise<{ path: string; size: number }> {
    try {
      const path = await files.realPath(named);
      const found = await files.look(path);
      if (found?.kind !== 'file') throw new FileGone(`there is no file ${named}`);
      if (!path.startsWith(`${await files.realPath(within)}${sep}`))
        throw new FileGone(`a link leads from ${named} out of ${within}`);
      return { path, size: found.size };
    } catch (error) {
      if (unnameable.includes(Object(error).code)) throw new FileGone(`there is no file ${named}`);
      throw error;
    }
  }

  async function openElsewhere(file: FileRow): Promise<StoredFile> {
    const response = await strapi.fetch(await urlOf(file), { signal });
    const { status, body, headers } = response;
    if (status !== 200 || body === null) {
      await body?.cancel();
      if (goneStatus.includes(status)) throw new FileGone(`its provider answers ${status}`);
      throw new Error(`its provider answers ${status}`);
    }
    const length = Number(headers.get('content-length') ?? Number.NaN);
    // Of what comes compressed the length is another one.
    const isWhole = Number.isInteger(length) && headers.get('content-encoding') === null;
    return {
      size: isWhole ? length : null,
      stream: () => body,
      close: async () => {
        if (!body.locked) await body.cancel();
      },
    };
  }

  /** A provider whose files are private signs their URLs. */
  async function urlOf(file: FileRow): Promise<string> {
    const provider = strapi.plugin('upload').provider as UploadProvider;
    if (!liesWith(configured, file) || (await provider.isPrivate?.()) !== true) return String(file.url);
    const signed = await provider.getSignedUrl?.(file);
    return signed?.url ?? String(file.url);
  }

  return {
    async open(file) {
      const { url } = file;
      if (typeof url !== 'string' || url === '') throw new FileGone('its row names no URL');
      return liesWith(localProvider, file) ? openLocal(url) : openElsewhere(file);
    },
  };
}
