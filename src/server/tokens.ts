import { createHmac, randomBytes as nodeRandomBytes, timingSafeEqual } from 'node:crypto';
import { TransferError } from '../protocol/errors.js';

/** What a token can permit. */
export const tokenScopes = ['push', 'pull'] as const;

/** What a token permits: to push to this server, to pull from it. */
export type TokenScope = (typeof tokenScopes)[number];

/** A transfer token as a check needs it, with its key hashed: a reader of it cannot use it. Times are ISO 8601. */
export interface StoredToken {
  readonly id: string;
  readonly name: string;
  /** HMAC-SHA512 of the access key under the salt, hex. */
  readonly hash: string;
  readonly scopes: readonly TokenScope[];
  readonly createdAt: string;
  /** null: never. */
  readonly expiresAt: string | null;
}

/** A transfer token, and when it was last used. */
export interface TokenRecord extends StoredToken {
  /** null: never. */
  readonly lastUsedAt: string | null;
}

/**
 * Where tokens are kept. Each check asks it for one token, so a token that it removes stops working at once, and its size
 * does not matter. It is not asked for all of them while clients are served.
 */
export interface TokenStore {
  /** The token of that hash, expired or not; null where there is none. Asked once for each upgrade. */
  findByHash(hash: string): Promise<StoredToken | null>;
  /** The token of that id, expired or not; null where there is none. Asked for each message and each batch. */
  get(id: string): Promise<StoredToken | null>;
  /** All of them, expired ones too. Asked when a token is created, listed or revoked. */
  list(): Promise<readonly TokenRecord[]>;
  /** Keeps one more. */
  add(record: TokenRecord): Promise<void>;
  /** Whether there was such a token. */
  remove(id: string): Promise<boolean>;
  /** The token was used at that time. A store may skip some of these. */
  touch(id: string, at: string): Promise<void>;
}

/** A salt that is known, or that is made where the tokens are kept. Undefined or empty: there is none. */
export type TokenSalt = string | undefined | (() => Promise<string | undefined>);

/** What tokens are made of, and where they are kept. */
export interface TokensOptions {
  /** Where the tokens are kept. */
  readonly store: TokenStore;
  /** What access keys are hashed with. */
  readonly salt: TokenSalt;
  /** Milliseconds since the epoch. @default Date.now */
  readonly now?: (() => number) | undefined;
  /** Must not be predictable. @default that of node:crypto */
  readonly randomBytes?: ((size: number) => Uint8Array) | undefined;
}

/** A token that is to be made. */
export interface NewToken {
  /** @default 'token-' and its id */
  readonly name?: string | undefined;
  /** What it permits: one at least. */
  readonly scopes: readonly TokenScope[];
  /** Milliseconds. @default unlimited */
  readonly lifespanMs?: number | undefined;
}

/** What a later check of a token found: the token, or why it counts no longer. */
export type TokenRecheck =
  | { readonly ok: true; readonly record: StoredToken }
  | {
      readonly ok: false;
      readonly code: 'UNAUTHORIZED' | 'FORBIDDEN';
      /** The token is one of ours, and its time is over. */
      readonly expired?: true;
    };

/** What a check found: the token, or why it does not count. */
export type TokenCheck = TokenRecheck | { readonly ok: false; readonly code: 'NO_TOKEN_SALT' };

/** Transfer tokens: made, checked and revoked. */
export interface Tokens {
  /** Resolves with the record and the access key, which is not stored. @throws TransferError INVALID_OPTION */
  create(token: NewToken): Promise<{ readonly record: TokenRecord; readonly accessKey: string }>;
  /** The token of this access key, expired or not. */
  find(accessKey: string): Promise<StoredToken | null>;
  /** Whether this access key permits `scope` now. */
  check(accessKey: string, scope: TokenScope): Promise<TokenCheck>;
  /** The same check later in a session, which need not keep the access key for it. */
  recheck(record: Pick<StoredToken, 'id' | 'hash'>, scope: TokenScope): Promise<TokenRecheck>;
  /** All of them, expired ones too. */
  list(): Promise<readonly TokenRecord[]>;
  /** By id or by name; null where there is none. @throws TransferError INVALID_OPTION where several have that name */
  revoke(idOrName: string): Promise<TokenRecord | null>;
}

/** As many as Strapi's, which shows them as hex. */
const accessKeyBytes = 128;
const hashBytes = 64;
/** The last millisecond that a date can name. */
const endOfTime = 8.64e15;

const unauthorized = { ok: false, code: 'UNAUTHORIZED' } as const;
const expired = { ok: false, code: 'UNAUTHORIZED', expired: true } as const;
const forbidden = { ok: false, code: 'FORBIDDEN' } as const;
const noSalt = { ok: false, code: 'NO_TOKEN_SALT' } as const;

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

const invalid = (option: string, value: unknown, reason: string) =>
  new TransferError('INVALID_OPTION', { option, value, reason });

/** Transfer tokens over a store of them. */
export function createTokens(options: TokensOptions): Tokens {
  const { store, salt, now = Date.now, randomBytes = nodeRandomBytes } = options;
  const saltNow = async () => (typeof salt === 'function' ? await salt() : salt) || undefined;
  const hashOf = (accessKey: string, key: string) => createHmac('sha512', key).update(accessKey).digest();

  /**
   * Looking a hash up may take longer for some hashes than for others. That tells nothing of a key: without the salt no
   * client knows the hash of what it sends, and a key that is nearly right has a hash like any other's.
   */
  async function findUnder(key: string, accessKey: string): Promise<StoredToken | null> {
    const hash = hashOf(accessKey, key);
    // A store in JavaScript may answer undefined where there is none.
    const found = (await store.findByHash(hex(hash))) ?? null;
    if (found === null) return null;
    // A database may answer with a hash that is only alike: by its collation, or by a bug.
    const stored = Buffer.from(found.hash, 'hex');
    return stored.length === hashBytes && timingSafeEqual(hash, stored) ? found : null;
  }

  async function judge(record: StoredToken, scope: TokenScope): Promise<TokenRecheck> {
    if (record.expiresAt !== null && !(Date.parse(record.expiresAt) > now())) return expired;
    if (!record.scopes.includes(scope)) return forbidden;
    try {
      await store.touch(record.id, new Date(now()).toISOString());
    } catch {
      // Accept the token even if its use cannot be noted on the disk.
    }
    return { ok: true, record };
  }

  return {
    async create({ name, scopes, lifespanMs }) {
      const key = await saltNow();
      if (key === undefined) throw invalid('tokenSalt', 'empty', 'without a salt no token can be kept');
      if (scopes.length === 0) throw invalid('scopes', 'empty', 'give push, pull or both');
      const createdAt = now();
      const ends = lifespanMs === undefined ? null : createdAt + lifespanMs;
      if (ends !== null && !(ends > createdAt && ends <= endOfTime))
        throw invalid('lifespan', lifespanMs, 'it must be more than nothing, and end some day');
      const id = hex(randomBytes(6));
      const chosen = name ?? `token-${id}`;
      if (chosen.trim() === '') throw invalid('name', '""', 'it must not be empty');
      const others = await store.list();
      if (others.some((other) => other.name === chosen || other.id === chosen))
        throw invalid('name', chosen, 'another token has that name; revoke it first, or choose another name');

      const accessKey = hex(randomBytes(accessKeyBytes));
      const record: TokenRecord = {
        id,
        name: chosen,
        hash: hex(hashOf(accessKey, key)),
        scopes: tokenScopes.filter((scope) => scopes.includes(scope)),
        createdAt: new Date(createdAt).toISOString(),
        expiresAt: ends === null ? null : new Date(ends).toISOString(),
        lastUsedAt: null,
      };
      await store.add(record);
      return { record, accessKey };
    },

    async find(accessKey) {
      const key = await saltNow();
      return key === undefined ? null : findUnder(key, accessKey);
    },

    async check(accessKey, scope) {
      const key = await saltNow();
      if (key === undefined) return noSalt;
      const record = await findUnder(key, accessKey);
      return record === null ? unauthorized : judge(record, scope);
    },

    async recheck({ id, hash }, scope) {
      const record = await store.get(id);
      return record?.id === id && record.hash === hash ? judge(record, scope) : unauthorized;
    },

    list: () => store.list(),

    async revoke(idOrName) {
      const records = await store.list();
      const byName = records.filter(({ name }) => name === idOrName);
      if (byName.length > 1) throw invalid('token', idOrName, 'several tokens have that name; give the id');
      const record = records.find(({ id }) => id === idOrName) ?? byName[0];
      return record !== undefined && (await store.remove(record.id)) ? record : null;
    },
  };
}

/** Tokens that are forgotten with the process. */
export function createMemoryTokenStore(): TokenStore {
  const records = new Map<string, TokenRecord>();
  return {
    findByHash: async (hash) => [...records.values()].find((record) => record.hash === hash) ?? null,
    get: async (id) => records.get(id) ?? null,
    list: async () => [...records.values()],
    async add(record) {
      records.set(record.id, record);
    },
    remove: async (id) => records.delete(id),
    async touch(id, at) {
      const record = records.get(id);
      if (record !== undefined) records.set(id, { ...record, lastUsedAt: at });
    },
  };
}
