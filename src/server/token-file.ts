import { randomBytes as nodeRandomBytes } from 'node:crypto';
import { join, resolve } from 'node:path';
import * as v from 'valibot';
import type { FileSystem } from '../ports/files.js';
import { nodeFiles } from '../ports/node-files.js';
import { TransferError } from '../protocol/errors.js';
import { leaveToTheNext, retryIfTidied } from '../stores/place/place.js';
import { assertIsOurs } from '../stores/place/sidecar.js';
import { asStoreError, systemCode } from '../stores/store-error.js';
import { type StoredToken, type TokenRecord, type TokenStore, tokenScopes } from './tokens.js';

/*
 * Beside the folder, where the directory store keeps what is not content:
 *
 *     <folder>.ferry/tokens/
 *       salt                  made once, with the directory
 *       <id>.json             a token; written once, never changed
 *       <id>.used-<ms>        when it was last used; empty
 *
 * A file for each token, since several processes work on them at the same time: a server that notes a use must never
 * bring back what `token revoke` takes away. As nothing is read, changed and written again, there is nothing to lock.
 */

/** Tokens that are kept beside the folder that is served. */
export interface TokenFile extends TokenStore {
  /** The salt of these tokens; made, with the directory, where there is none yet. */
  salt(): Promise<string>;
}

/** Where the tokens lie, and how they are kept. */
export interface TokenFileOptions {
  /** The folder that is served. It need not exist. */
  readonly folder: string;
  /** @default the real disk */
  readonly files?: FileSystem | undefined;
  /** Must not be predictable. @default that of node:crypto */
  readonly randomBytes?: ((size: number) => Uint8Array) | undefined;
  /** The least time between two notes of the use of one token. Milliseconds. @default 60000 */
  readonly touchEvery?: number | undefined;
}

/** Only its owner may read or write it. */
const mode = 0o600;
const saltBytes = 64;
/** Files that are read at one time where many are new: each is several calls of the system. */
const readAtOnce = 32;
const safeId = /^[\w-]{1,64}$/;

const time = v.pipe(
  v.string(),
  v.check((text) => !Number.isNaN(Date.parse(text))),
);
const storedToken: v.GenericSchema<unknown, StoredToken> = v.object({
  id: v.pipe(v.string(), v.regex(safeId)),
  name: v.string(),
  hash: v.pipe(v.string(), v.regex(/^[0-9a-f]{128}$/)),
  scopes: v.array(v.picklist(tokenScopes)),
  createdAt: time,
  expiresAt: v.nullable(time),
});

/** Tokens and their salt in `<folder>.ferry/tokens/`. The files on the disk count, whichever process wrote them. */
export function createTokenFile(options: TokenFileOptions): TokenFile {
  const { files = nodeFiles, randomBytes = nodeRandomBytes, touchEvery = 60_000 } = options;
  const hex = (size: number) => Buffer.from(randomBytes(size)).toString('hex');
  /** By file name. Never out of date: a file does not change, and no two tokens ever have one name. */
  const known = new Map<string, StoredToken>();
  const touched = new Map<string, number>();

  const folderNow = () => files.realPath(resolve(options.folder));

  /** A user who can write a token there can open the folder: a directory that others may write is `UNSAFE_STATE`. */
  const inPlace = <T>(work: (root: string, directory: string) => Promise<T>): Promise<T> =>
    asStoreError(`${options.folder}.ferry`, async () => {
      const folder = await folderNow();
      const root = `${folder}.ferry`;
      const directory = join(root, 'tokens');
      for (const path of [root, directory]) await assertIsOurs({ files, folder }, path, 'directory');
      return work(root, directory);
    });

  async function readText(path: string): Promise<string | undefined> {
    await assertIsOurs({ files, folder: await folderNow() }, path, 'secret');
    try {
      return new TextDecoder().decode(await files.read(path));
    } catch (error) {
      if (systemCode(error) === 'ENOENT') return undefined;
      throw error;
    }
  }

  async function readToken(directory: string, name: string): Promise<StoredToken | undefined> {
    const path = join(directory, name);
    const text = await readText(path);
    if (text === undefined) return undefined;
    try {
      const token = v.parse(storedToken, JSON.parse(text));
      if (`${token.id}.json` === name) return token;
    } catch {
      // Reported below: the remedy is the same for every fault.
    }
    throw new TransferError('STORE_FAILED', { path, reason: 'it is no token; remove that file' });
  }

  /** The token of a file, as long as the file is there. */
  async function tokenIn(directory: string, name: string): Promise<StoredToken | null> {
    const token = known.get(name);
    if (token === undefined) {
      const read = await readToken(directory, name);
      if (read !== undefined) known.set(name, read);
      return read ?? null;
    }
    if ((await files.stat(join(directory, name))) !== undefined) return token;
    known.delete(name);
    return null;
  }

  /** Brings what is known up to date with the names in the directory. */
  async function readNew(directory: string, names: readonly string[]): Promise<void> {
    const there = new Set(names);
    for (const name of known.keys()) if (!there.has(name)) known.delete(name);
    const fresh = names.filter((name) => !known.has(name));
    for (let at = 0; at < fresh.length; at += readAtOnce)
      await Promise.all(fresh.slice(at, at + readAtOnce).map((name) => tokenIn(directory, name)));
  }

  const nameByHash = (hash: string) => [...known].find(([, token]) => token.hash === hash)?.[0];

  async function readSalt(directory: string): Promise<string | undefined> {
    return (await readText(join(directory, 'salt')))?.trim() || undefined;
  }

  /**
   * If several processes start at once, one of them makes the salt: a directory cannot be renamed over one that holds
   * something, and this one holds its salt from the beginning.
   */
  async function makeSalt(root: string, directory: string): Promise<string> {
    const made = `${directory}-${hex(6)}`;
    await retryIfTidied(async () => {
      await files.makeDirectory(made);
      await files.write(join(made, 'salt'), `${hex(saltBytes)}\n`, { mode });
    });
    try {
      await files.syncDirectory(made);
      await files.rename(made, directory);
      await files.syncDirectory(root);
    } catch (error) {
      await leaveToTheNext(() => files.remove(made));
      if ((await readSalt(directory)) === undefined) throw error;
    }
    const salt = await readSalt(directory);
    if (salt !== undefined) return salt;
    throw new TransferError('STORE_FAILED', { path: join(directory, 'salt'), reason: 'it is empty' });
  }

  /**
   * Removes what a killed process left unfinished. Another process may just be making it: it needs its salt no more,
   * since there is one, and makes its token again (`beside`).
   */
  async function sweep(root: string, directory: string): Promise<void> {
    for (const name of (await files.list(root)) ?? [])
      if (name.startsWith('tokens-')) await files.remove(join(root, name));
    for (const name of (await files.list(directory)) ?? [])
      if (name.endsWith('.new')) await files.remove(join(directory, name));
  }

  const saltIn = async (root: string, directory: string) =>
    (await readSalt(directory)) ?? makeSalt(root, directory);

  async function namesIn(directory: string) {
    const tokens: string[] = [];
    const uses = new Map<string, { name: string; at: number }[]>();
    for (const name of (await files.list(directory)) ?? []) {
      const use = /^([\w-]+)\.used-(\d{1,15})$/.exec(name);
      if (name.endsWith('.json')) tokens.push(name);
      else if (use?.[1] !== undefined)
        uses.set(use[1], [...(uses.get(use[1]) ?? []), { name, at: Number(use[2]) }]);
    }
    return { tokens, uses };
  }

  async function removeUses(directory: string, id: string, before: number): Promise<void> {
    for (const { name, at } of (await namesIn(directory)).uses.get(id) ?? [])
      if (at < before) await files.remove(join(directory, name));
  }

  return {
    salt: () => inPlace(saltIn),

    findByHash: (hash) =>
      inPlace(async (_, directory) => {
        const name = nameByHash(hash);
        if (name !== undefined) return tokenIn(directory, name);
        await readNew(directory, (await namesIn(directory)).tokens);
        return known.get(nameByHash(hash) ?? '') ?? null;
      }),

    async get(id) {
      if (!safeId.test(id)) return null;
      return inPlace((_, directory) => tokenIn(directory, `${id}.json`));
    },

    list: () =>
      inPlace(async (_, directory) => {
        const { tokens, uses } = await namesIn(directory);
        await readNew(directory, tokens);
        const records = [...known.values()].map((token): TokenRecord => {
          const last = Math.max(0, ...(uses.get(token.id) ?? []).map(({ at }) => at));
          return { ...token, lastUsedAt: last === 0 ? null : new Date(last).toISOString() };
        });
        return records.sort((a, b) => Date.parse(a.createdAt) - Date.parse(b.createdAt));
      }),

    add: ({ lastUsedAt: _, ...token }) =>
      inPlace(async (root, directory) => {
        await saltIn(root, directory);
        const file = join(directory, `${v.parse(storedToken, token).id}.json`);
        const made = `${file}.new`;
        await leaveToTheNext(() => sweep(root, directory));
        try {
          await retryIfTidied(async () => {
            await files.write(made, `${JSON.stringify(token, null, 2)}\n`, { exclusive: true, mode });
            await files.rename(made, file);
          });
          await files.syncDirectory(directory);
        } catch (error) {
          await leaveToTheNext(() => files.remove(made));
          throw error;
        }
      }),

    remove: (id) =>
      inPlace(async (_, directory) => {
        const file = join(directory, `${id}.json`);
        if (!safeId.test(id) || (await files.stat(file)) === undefined) return false;
        await files.remove(file);
        await files.syncDirectory(directory);
        touched.delete(id);
        await leaveToTheNext(() => removeUses(directory, id, Number.POSITIVE_INFINITY));
        return true;
      }),

    async touch(id, at) {
      const ms = Date.parse(at);
      if (!safeId.test(id) || Math.abs(ms - (touched.get(id) ?? Number.NEGATIVE_INFINITY)) < touchEvery)
        return;
      // Note the time first: if the disk cannot be written, do not try again with every message.
      touched.set(id, ms);
      await inPlace(async (_, directory) => {
        await files.write(join(directory, `${id}.used-${ms}`), '', { mode, exclusive: true });
        await removeUses(directory, id, ms);
      });
    },
  };
}
