import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { lstat, mkdir, open, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';
import { TransferError } from '../../protocol/errors.js';
import type { Environment } from '../host.js';

/** The servers, by scheme, host and port, to which this user lets a `ferry.json` lead. */
export interface TrustedHosts {
  /** @throws TransferError TRUST_UNUSABLE */
  has(origin: string): Promise<boolean>;
  /** @throws TransferError TRUST_UNUSABLE */
  add(origin: string): Promise<void>;
}

const fileName = 'trusted-hosts';
/** Bytes. */
const longest = 1_048_576;
/** Bits of a mode that let other users write. */
const writable = 0o022;

/** Kept in `$XDG_STATE_HOME/strapi-ferry/trusted-hosts` (`~/.local/state/…`), an origin a line, for this user alone. */
export function trustedHosts(env: Environment, uid = process.getuid?.()): TrustedHosts {
  const path = join(stateFolder(env), 'strapi-ferry', fileName);
  return {
    has: async (origin) => (await read(path, origin, uid)).includes(origin),
    async add(origin) {
      const known = await read(path, origin, uid);
      if (!known.includes(origin)) await replace(path, [...known, origin], origin);
    },
  };
}

function stateFolder(env: Environment): string {
  const [state = '', home = ''] = [env['XDG_STATE_HOME'], env['HOME']];
  if (isAbsolute(state)) return state;
  return join(isAbsolute(home) ? home : homedir(), '.local', 'state');
}

async function read(path: string, origin: string, uid: number | undefined): Promise<readonly string[]> {
  const folder = await lstat(dirname(path)).catch(() => null);
  if (folder === null) return [];
  if (!folder.isDirectory()) throw unusable(path, 'its folder is a link, or of another kind', origin);
  check(folder, 'its folder');
  // Windows lacks both flags.
  const flags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);
  const file = await open(path, flags).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw unusable(path, error.code === 'ELOOP' ? 'it is a link' : `${error.code}`, origin);
  });
  if (file === null) return [];
  try {
    const found = await file.stat();
    if (!found.isFile()) throw unusable(path, 'it is no file', origin);
    check(found, 'it');
    if (found.size > longest) throw unusable(path, `it has more than ${longest} bytes`, origin);
    return (await file.readFile('utf8')).split('\n').filter((line) => line !== '');
  } finally {
    await file.close();
  }

  function check(found: { readonly uid: number; readonly mode: number }, what: string): void {
    if (uid === undefined) return;
    if (found.uid !== uid) throw unusable(path, `${what} belongs to the user ${found.uid}`, origin);
    if ((found.mode & writable) !== 0) throw unusable(path, `other users may write ${what}`, origin);
  }
}

/** Puts the new list in place whole, or not at all. */
async function replace(path: string, origins: readonly string[], origin: string): Promise<void> {
  const draft = `${path}.${randomBytes(8).toString('hex')}`;
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await writeFile(draft, `${origins.join('\n')}\n`, { mode: 0o600, flag: 'wx' });
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw unusable(path, String(Object(error).code ?? error), origin);
  }
}

const unusable = (file: string, reason: string, origin: string) =>
  new TransferError('TRUST_UNUSABLE', { file, reason, origin });
