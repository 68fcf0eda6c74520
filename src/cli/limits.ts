import type { Command } from 'commander';
import { TransferError } from '../protocol/errors.js';
import type { Limits } from '../protocol/limits.js';
import type { ServerLimits } from '../server/transfer-server.js';

export type LimitWords<Name extends string> = Readonly<Record<Name, string>>;

const values = 'values and keys of one message, row or file of JSON (1000000)';
const depth = 'how deep lists and objects lie in one another there (1000)';
const lineBytes = 'bytes of one row (128MiB)';

export const contentLimitWords: LimitWords<keyof Limits> = {
  frameSize: 'bytes of one message of a server (64MiB)',
  values,
  depth,
  lineBytes,
  heldBytes: 'bytes of all schemas, and of each other file of JSON (128MiB)',
  entries: 'entries of an archive; an asset has two (2000000)',
  unpackedBytes: 'bytes that an archive unpacks to (1TiB)',
  ageWorkFactor: 'cost of the password of an .age archive, as a power of two (18)',
};

export const serverLimitWords: LimitWords<keyof ServerLimits | 'lineBytes' | 'heldBytes'> = {
  sessions: 'transfers at once (64)',
  frameSize: 'bytes of one message of a push (64MiB)',
  requestSize: 'bytes of one message before a push has begun, and in a pull (64KiB)',
  values,
  depth,
  tokenlessConnections: 'connections at once that have shown no token; for one more the first is cut (64)',
  tokenTimeout: 'ms that a connection may take to show a token (10000)',
  hookTimeout: 'ms that looking up a token may take (10000)',
  initTimeout: 'ms until a client has to begin (60000)',
  idleTimeout: 'ms that a client may say nothing (300000)',
  queue: 'messages that wait for their turn (64)',
  queueBytes: 'bytes of messages that wait for their turn (64MiB)',
  batchItems: 'rows or pieces of assets in one message (20000)',
  assetSize: 'bytes of one asset (16GiB)',
  lineBytes,
  heldBytes: 'bytes of all schemas of the folder, and of its metadata (128MiB)',
};

export function addLimitFlag(command: Command): Command {
  const collect = (text: string, before: readonly string[] | undefined) => [...(before ?? []), text];
  return command.option(
    '--limit <name=value>',
    'change one of the limits below; may be given again for another',
    collect,
  );
}

const units: Readonly<Record<string, number>> = {
  '': 1,
  KiB: 1024,
  MiB: 1024 ** 2,
  GiB: 1024 ** 3,
  TiB: 1024 ** 4,
};

/** @throws TransferError INVALID_OPTION */
export function readLimits<Name extends string>(
  given: unknown,
  words: LimitWords<Name>,
): Partial<Record<Name, number>> {
  const limits: Partial<Record<Name, number>> = {};
  for (const text of Array.isArray(given) ? given.map(String) : []) {
    const [, name = '', digits = '', unit = ''] = /^(\w+)=(\d+)(|KiB|MiB|GiB|TiB)$/.exec(text) ?? [];
    const value = Number(digits) * (units[unit] ?? 1);
    if (name === '' || !Number.isSafeInteger(value))
      throw invalid(text, 'write name=value, the value a whole number, or one with KiB, MiB, GiB or TiB');
    if (!isName(name, words)) throw invalid(text, `its names are ${Object.keys(words).join(', ')}`);
    limits[name] = value;
  }
  return limits;
}

const isName = <Name extends string>(name: string, words: LimitWords<Name>): name is Name =>
  Object.hasOwn(words, name);

const invalid = (value: string, reason: string) =>
  new TransferError('INVALID_OPTION', { option: '--limit', value, reason });
