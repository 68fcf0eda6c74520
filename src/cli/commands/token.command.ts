import { resolve } from 'node:path';
import { nodeFiles } from '../../ports/node-files.js';
import { TransferError, toTransferError } from '../../protocol/errors.js';
import { createTokenFile } from '../../server/token-file.js';
import {
  createTokens,
  type TokenRecord,
  type TokenScope,
  type Tokens,
  tokenScopes,
} from '../../server/tokens.js';
import { reasonOf } from '../../stores/store-error.js';
import { messageAsTyped } from '../better-words.js';
import type { Host } from '../host.js';
import { cleanerOf } from '../report/clean.js';
import { tokensOutside } from '../tokens-outside.js';

type TokenHost = Pick<Host, 'stdout' | 'stderr'>;
type Flags = Readonly<Record<string, unknown>>;

const invalid = (option: string, value: unknown, reason: string) =>
  new TransferError('INVALID_OPTION', { option, value, reason });

const text = (flags: Flags, name: string): string | undefined =>
  typeof flags[name] === 'string' ? flags[name] : undefined;

/** `push,pull` */
function readScopes(value: string): readonly TokenScope[] {
  const words = value.split(',').map((word) => word.trim());
  return words.map((word) => {
    const scope = tokenScopes.find((known) => known === word);
    if (scope === undefined) throw invalid('--scope', value, 'use push, pull or push,pull');
    return scope;
  });
}

const units = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const;

/** `30d`, `12h`: milliseconds. */
export function readLifespan(value: string): number {
  const [, count, unit] = /^(\d{1,9})([mhdw])$/.exec(value) ?? [];
  const ms = Number(count) * (units[unit as keyof typeof units] ?? Number.NaN);
  if (ms > 0) return ms;
  throw invalid('--lifespan', value, 'give a number and m, h, d or w, such as 30d');
}

async function openTokens(flags: Flags): Promise<Tokens> {
  const folder = text(flags, 'store') ?? '';
  if (folder === '') throw invalid('--store', '""', 'give the folder that is served');
  // A folder that does not exist yet is an empty store.
  const found = await nodeFiles.stat(resolve(folder));
  if (found !== undefined && found.kind !== 'directory') throw invalid('--store', folder, 'it is no folder');
  const store = createTokenFile({ folder });
  return createTokens({ store, salt: store.salt });
}

/** Resolves with why the line could not be written; null where it was. */
type Say = (line: string) => Promise<Error | null>;

async function run(
  flags: Flags,
  { stdout, stderr }: TokenHost,
  work: (tokens: Tokens, say: Say, note: (line: string) => void) => Promise<void>,
): Promise<number> {
  const isJson = flags['json'] === true;
  try {
    await work(
      await openTokens(flags),
      (line) =>
        new Promise((done) => {
          stdout.write(`${line}\n`, (fault) => done(fault ?? null));
        }),
      // Notes for people go to stderr, so that a script can read stdout.
      (line) => isJson || stderr.write(`${line}\n`),
    );
    return 0;
  } catch (thrown) {
    const error = toTransferError(thrown);
    const { code, row } = error;
    const message = cleanerOf([])(messageAsTyped(error));
    if (isJson) stdout.write(`${JSON.stringify({ error: { code, message } })}\n`);
    else stderr.write(`${code}: ${message}\n`);
    return row.exit;
  }
}

const shown = ({ hash: _, ...record }: TokenRecord) => record;

const expiry = ({ expiresAt }: TokenRecord) =>
  expiresAt === null ? 'never expires' : `expires ${expiresAt.slice(0, 16).replace('T', ' ')} UTC`;

export function runTokenCreate(flags: Flags, host: TokenHost): Promise<number> {
  return run(flags, host, async (tokens, say, note) => {
    const name = text(flags, 'name');
    const lifespan = text(flags, 'lifespan');
    const { record, accessKey } = await tokens.create({
      scopes: readScopes(text(flags, 'scope') ?? ''),
      name,
      lifespanMs: lifespan === undefined ? undefined : readLifespan(lifespan),
    });
    const outside = await tokensOutside(text(flags, 'store') ?? '', nodeFiles);
    if (outside !== null) note(outside);
    note(`Token ${record.name} (${record.id}) for ${record.scopes.join(' and ')}, ${expiry(record)}.`);
    note('This is its key, shown only this once:');
    const fault = await say(
      flags['json'] === true ? JSON.stringify({ accessKey, ...shown(record) }) : accessKey,
    );
    if (fault === null) return;
    await tokens.revoke(record.id);
    throw new TransferError('KEY_NOT_WRITTEN', { name: record.name, reason: reasonOf(fault) }, fault);
  });
}

export function runTokenList(flags: Flags, host: TokenHost): Promise<number> {
  return run(flags, host, async (tokens, say, note) => {
    const records = await tokens.list();
    if (flags['json'] === true) {
      await say(JSON.stringify(records.map(shown)));
      return;
    }
    if (records.length === 0) note('No tokens yet; strapi-ferry token create makes one.');
    // Names in a token file are input: other users may be able to write beside the folder.
    const clean = cleanerOf([]);
    const width = Math.max(...records.map(({ name }) => name.length));
    for (const record of records) {
      const used = record.lastUsedAt === null ? 'never used' : `used ${record.lastUsedAt.slice(0, 10)}`;
      const scopes = record.scopes.join(',').padEnd(9);
      await say(clean([record.id, record.name.padEnd(width), scopes, expiry(record), used].join('  ')));
    }
  });
}

export function runTokenRevoke(flags: Flags, host: TokenHost): Promise<number> {
  return run(flags, host, async (tokens, say, note) => {
    const token = text(flags, 'token') ?? '';
    const record = await tokens.revoke(token);
    if (record === null) throw invalid('<token>', token, 'no token has that id or name');
    if (flags['json'] === true) await say(JSON.stringify(shown(record)));
    else note(`Token ${record.name} (${record.id}) is revoked: it stops with its next message.`);
  });
}
