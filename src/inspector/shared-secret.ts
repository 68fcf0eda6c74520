import { randomBytes } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';
import { ownFile } from '../ports/own-file.js';

/** A secret that all processes of one user know, and no other user. */
export type SharedSecret = () => Promise<string>;

export interface SecretPlace {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly temporary: string;
  /** Undefined on Windows, where a user's temporary folder is closed to others. */
  readonly uid: number | undefined;
}

const here = (): SecretPlace => ({ env: process.env, temporary: tmpdir(), uid: process.getuid?.() });

const form = /^[0-9a-f]{64}$/;

/**
 * The secret of this user, from a file that only this user can read; the first call makes it.
 * @throws Error that says what is wrong with the file or its folder, and what to do
 */
export async function userSecret(place: SecretPlace = here()): Promise<string> {
  const path = join(await folderOf(place), 'inspector-secret');
  const file = ownFile({
    ...{ path, uid: place.uid, denied: [0o077, 'is open to other users'], longest: 4096 },
    refuse: (of, fault) => unusable(of === 'folder' ? dirname(path) : path, fault),
  });
  let secret = await file.read();
  if (secret === null) {
    await file.put(randomBytes(32).toString('hex'), true);
    secret = await file.read();
  }
  if (secret === null) throw unusable(path, 'was removed while it was made');
  if (!form.test(secret)) throw unusable(path, 'holds no secret');
  return secret;
}

/** Under `sudo`, `XDG_RUNTIME_DIR` may be the folder of the user who called it. */
async function folderOf({ env, temporary, uid }: SecretPlace): Promise<string> {
  const runtime = env['XDG_RUNTIME_DIR'] ?? '';
  const owner = isAbsolute(runtime) ? (await stat(runtime).catch(() => null))?.uid : undefined;
  if (owner !== undefined && owner === uid) return join(runtime, 'strapi-ferry');
  return join(temporary, uid === undefined ? 'strapi-ferry' : `strapi-ferry-${uid}`);
}

const unusable = (path: string, fault: string) =>
  new Error(`${path} ${fault}: remove it, or set XDG_RUNTIME_DIR to a folder of yours`);
