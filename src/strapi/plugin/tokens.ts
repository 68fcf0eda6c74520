import { TransferError } from '../../protocol/errors.js';
import { type StoredToken, type TokenScope, type TokenStore, tokenScopes } from '../../server/tokens.js';
import type { Strapi } from '../strapi.js';
import { createGate } from './gate.js';
import { createTokenRows, type TokenRow, tokenType } from './token-rows.js';

/** The transfer tokens of the running Strapi: as Strapi's settings show, make and revoke them. */
export interface StrapiTokens {
  readonly store: TokenStore;
  /**
   * Keeps checks of tokens away from the database until what it answers is called. With SQLite a transaction holds the one
   * connection that there is: a check would wait for it, and what waits for the check would never end.
   */
  pauseRechecks(): () => void;
}

/** As rarely as Strapi means to note it. Milliseconds. */
const touchInterval = 60 * 60 * 1000;

/** Strapi's own rows, read at each check: a token that is revoked in its settings stops working at once. */
export function createStrapiTokens(strapi: Strapi, rows = createTokenRows(strapi)): StrapiTokens {
  const gate = createGate();
  /** When each token that was checked was last used, as its row said. */
  const lastUsed = new Map<string, number>();

  async function find(by: 'id' | 'hash', value: string | number): Promise<StoredToken | null> {
    await gate.passed();
    const row = await rows.find(by, value);
    if (row === null) return null;
    const id = String(row.id);
    lastUsed.set(id, millisecondsOf(row.lastUsedAt) ?? 0);
    return tokenOf(id, row);
  }

  return {
    pauseRechecks: () => gate.close(),
    store: {
      findByHash: (hash) => find('hash', hash),
      get: (id) => find('id', Number(id)),
      async touch(id, at) {
        const time = Date.parse(at);
        if (time - (lastUsed.get(id) ?? 0) < touchInterval) return;
        lastUsed.set(id, time);
        await gate.passed();
        await strapi.db
          .query(tokenType)
          .update({ where: { id: Number(id) }, data: { lastUsedAt: new Date(time) } });
      },
      list: () => refuse(),
      add: () => refuse(),
      remove: () => refuse(),
    },
  };
}

/** A server asks none of them. */
async function refuse(): Promise<never> {
  throw new TransferError('UNEXPECTED', { reason: 'Strapi itself makes, lists and revokes its tokens' });
}

function tokenOf(id: string, { name, hash, actions, createdAt, expiresAt }: TokenRow): StoredToken {
  const expires = millisecondsOf(expiresAt);
  return {
    id,
    name: String(name),
    hash: String(hash),
    scopes: tokenScopes.filter((scope: TokenScope) => actions.includes(scope)),
    createdAt: new Date(millisecondsOf(createdAt) ?? 0).toISOString(),
    expiresAt: expires === null ? null : new Date(expires).toISOString(),
  };
}

/** A time as the database's driver gives it: a Date, a text or a number. Null where there is none; NaN where none can be read. */
function millisecondsOf(value: unknown): number | null {
  if (value === null || value === undefined) return null;
  return new Date(value as string | number | Date).getTime();
}
