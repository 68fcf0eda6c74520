import { randomBytes } from 'node:crypto';
import { constants, type Stats } from 'node:fs';
import { link, lstat, mkdir, open, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { isAbsolute, join } from 'node:path';

/** A secret that all processes of one user know, and no other user. */
export type SharedSecret = () => Promise<string>;

/** The user and the environment of a process. */
export interface SecretPlace {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The system's folder for temporary files. */
  readonly temporary: string;
  /** Undefined on Windows, where a user's temporary folder is closed to others. */
  readonly uid: number | undefined;
}

const here = (): SecretPlace => ({ env: process.env, temporary: tmpdir(), uid: process.getuid?.() });

const fileName = 'inspector-secret';
const form = /^[0-9a-f]{64}$/;
/** Bits of a mode that give access to other users. */
const others = 0o077;

/**
 * The secret of this user, from a file that only this user can read; the first call makes it.
 * @throws Error that says what is wrong with the file or its folder, and what to do
 */
export async function userSecret(place: SecretPlace = here()): Promise<string> {
  const folder = await folderOf(place);
  await mkdir(folder, { mode: 0o700 }).catch(unless('EEXIST'));
  check(folder, await lstat(folder), place, (found) => found.isDirectory());
  const path = join(folder, fileName);
  return (await read(path, place)) ?? (await make(path, place));
}

/** Under `sudo`, `XDG_RUNTIME_DIR` may be the folder of the user who called it. */
async function folderOf({ env, temporary, uid }: SecretPlace): Promise<string> {
  const runtime = env['XDG_RUNTIME_DIR'] ?? '';
  const owner = isAbsolute(runtime) ? (await stat(runtime).catch(() => null))?.uid : undefined;
  if (owner !== undefined && owner === uid) return join(runtime, 'strapi-ferry');
  return join(temporary, uid === undefined ? 'strapi-ferry' : `strapi-ferry-${uid}`);
}

function check(path: string, found: Stats, { uid }: SecretPlace, isOfKind: (found: Stats) => boolean): void {
  if (!isOfKind(found)) throw unusable(path, 'is a link, or of another kind');
  if (uid === undefined) return;
  if (found.uid !== uid) throw unusable(path, `belongs to the user ${found.uid}`);
  if ((found.mode & others) !== 0) throw unusable(path, 'is open to other users');
}

const unusable = (path: string, fault: string) =>
  new Error(`${path} ${fault}: remove it, or set XDG_RUNTIME_DIR to a folder of yours`);

/** Null if there is no file. A FIFO in its place must not block the process. */
async function read(path: string, place: SecretPlace): Promise<string | null> {
  // Windows lacks both flags.
  const flags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);
  const file = await open(path, flags).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ELOOP') throw unusable(path, 'is a link');
    return unless('ENOENT')(error);
  });
  if (file === undefined) return null;
  try {
    check(path, await file.stat(), place, (found) => found.isFile());
    const { buffer, bytesRead } = await file.read(Buffer.alloc(65), 0, 65, 0);
    const text = buffer.toString('latin1', 0, bytesRead);
    if (!form.test(text)) throw unusable(path, 'holds no secret');
    return text;
  } finally {
    await file.close();
  }
}

/** Makes the file whole at once, and never replaces that of another process. */
async function make(path: string, place: SecretPlace): Promise<string> {
  const draft = `${path}.${randomBytes(8).toString('hex')}`;
  await writeFile(draft, randomBytes(32).toString('hex'), { mode: 0o600, flag: 'wx' });
  try {
    await link(draft, path).catch(unless('EEXIST'));
  } finally {
    await rm(draft, { force: true });
  }
  const made = await read(path, place);
  if (made === null) throw unusable(path, 'was removed while it was made');
  return made;
}

function unless(code: string): (error: NodeJS.ErrnoException) => undefined {
  return (error) => {
    if (error.code !== code) throw error;
  };
}
