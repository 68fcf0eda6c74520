import { randomBytes } from 'node:crypto';
import { link, lstat, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { hasCode, openPlainFile, whereItExists } from './node-plain-file.js';

export interface OwnFileOptions {
  readonly path: string;
  /** Undefined where the system knows no users. */
  readonly uid: number | undefined;
  /** Bits of a mode that no other user may have, and what is said of a file that has them. */
  readonly denied: readonly [bits: number, fault: string];
  /** Bytes. */
  readonly longest: number;
  /** The error for a file or a folder that "is a link", or has another fault. */
  readonly refuse: (of: 'folder' | 'file', fault: string) => Error;
}

/** A file that one user reads and writes, in a folder of its own: input, since other users can have made either. */
export interface OwnFile {
  /** Null if there is no file. */
  read(): Promise<string | null>;
  /** Puts the file in place whole, or not at all. `keep`: a file that stands there stays. */
  put(text: string, keep?: boolean): Promise<void>;
}

export function ownFile({ path, uid, denied, longest, refuse }: OwnFileOptions): OwnFile {
  const folder = dirname(path);

  function check(of: 'folder' | 'file', found: { readonly uid: number; readonly mode: number }): void {
    if (uid === undefined) return;
    if (found.uid !== uid) throw refuse(of, `belongs to the user ${found.uid}`);
    if ((found.mode & denied[0]) !== 0) throw refuse(of, denied[1]);
  }

  async function isThere(): Promise<boolean> {
    const found = await lstat(folder).catch(() => null);
    if (found === null) return false;
    if (!found.isDirectory()) throw refuse('folder', 'is a link, or of another kind');
    check('folder', found);
    return true;
  }

  async function opened() {
    try {
      return await whereItExists(openPlainFile(path, { inside: folder }));
    } catch (error) {
      if (!hasCode(error, 'EFTYPE', 'EISDIR')) throw error;
      throw refuse('file', 'is a link, or of another kind');
    }
  }

  return {
    async read() {
      const file = (await isThere()) ? await opened() : undefined;
      if (file === undefined) return null;
      try {
        check('file', await file.handle.stat());
        if (file.size > longest) throw refuse('file', `has more than ${longest} bytes`);
        return await file.handle.readFile('utf8');
      } finally {
        await file.handle.close();
      }
    },
    async put(text, keep = false) {
      const draft = `${path}.${randomBytes(8).toString('hex')}`;
      await mkdir(folder, { recursive: true, mode: 0o700 });
      await isThere();
      try {
        await writeFile(draft, text, { mode: 0o600, flag: 'wx' });
        await (keep ? link(draft, path) : rename(draft, path));
      } catch (error) {
        if (!keep || !hasCode(error, 'EEXIST')) throw error;
      } finally {
        await rm(draft, { force: true });
      }
    },
  };
}
