import type { Direction } from '../../../machines/lifecycle.machine.js';
import type { StageStats } from '../../protocol/content.js';
import { TransferError } from '../../protocol/errors.js';
import { isObject } from '../../protocol/plain-object.js';
import type { SessionRequest } from '../../protocol/requests.js';
import { parseMetadata, parseSchemas } from '../../protocol/validate.js';

/** What an answer is held against. */
export interface AnswerContext {
  readonly direction: Direction;
  /** The params of `init`. */
  readonly offered: Readonly<Record<string, unknown>>;
  /** Ids that this connection gave before: of transfers, and of stages. */
  readonly ids: ReadonlySet<string>;
  /** Items of the stage that its messages have brought since its start. */
  readonly pushed: number;
  /** A transfer stands on this connection. */
  readonly isBegun: boolean;
}

type Data = Readonly<Record<string, unknown>>;
type Fault = string | null;

/** What is wrong with the data of an answer that accepts a request, in words; null where nothing is. */
export function faultOfAnswer({ type }: SessionRequest, data: unknown, about: AnswerContext): Fault {
  const fields: Data = isObject(data) ? data : {};
  switch (type) {
    case 'request.init':
      return freshId('a transferID', fields['transferID'], about) ?? faultOfEchoes(fields, about);
    case 'request.getMetadata':
      return faultOf(() => parseMetadata(data)) ?? versionFault(data);
    case 'request.getSchemas':
      return faultOf(() => parseSchemas(data));
    case 'request.status':
      return faultOfStatus(fields, about);
    case 'request.stepStart':
      return faultOfStart(fields, about);
    case 'request.stepEnd':
      return okFault(fields) ?? (about.direction === 'push' ? faultOfStats(fields, about) : null);
    case 'request.end':
      return okFault(fields);
    // A client reads nothing of the other answers.
    default:
      return null;
  }
}

const shown = (value: unknown) => JSON.stringify(value) ?? 'nothing';
const okFault = ({ ok }: Data): Fault => (ok === true ? null : 'without ok: true');

function freshId(what: string, id: unknown, { ids }: AnswerContext): Fault {
  if (typeof id !== 'string' || id === '') return `without ${what}`;
  return ids.has(id) ? `with ${what} that was there before` : null;
}

/** A server echoes what it understood of the offer, and nothing else. */
function faultOfEchoes(
  { checksums, assetEncoding, ferry }: Data,
  { direction, offered }: AnswerContext,
): Fault {
  // A Strapi that knows checksums says so, offered or not.
  if (checksums !== undefined && checksums !== true) return `with the echo checksums: ${shown(checksums)}`;
  const isOffered = direction === 'push' && offered['assetEncoding'] === 'base64';
  if (assetEncoding !== undefined && !(isOffered && assetEncoding === 'base64'))
    return `with the echo assetEncoding: ${shown(assetEncoding)}, offered was ${shown(offered['assetEncoding'])}`;
  if (ferry !== undefined && offered['ferry'] === undefined)
    return 'with the echo ferry, which was not offered';
  return null;
}

/** Clients decide by the version how to send, and how to take leave. */
function versionFault(data: unknown): Fault {
  if (data === null || data === undefined) return null;
  const { strapi } = data as { strapi?: unknown };
  const { version } = Object(strapi) as { version?: unknown };
  return typeof version === 'string' ? null : 'without strapi.version';
}

function faultOfStatus({ active, kind }: Data, { isBegun, direction }: AnswerContext): Fault {
  if (typeof active !== 'boolean') return 'without active: true or false';
  if (active !== isBegun) return `with active: ${active}`;
  return active && kind !== direction ? `with kind: ${shown(kind)}` : null;
}

function faultOfStart(fields: Data, about: AnswerContext): Fault {
  const fault = okFault(fields);
  if (fault !== null || about.direction === 'push') return fault;
  const { totals } = fields;
  if (totals !== undefined) {
    const { totalBytes, totalCount } = Object(totals) as Data;
    if (!isCount(totalBytes) || !isCount(totalCount)) return `with totals: ${shown(totals)}`;
  }
  return freshId('an id', fields['id'], about);
}

function faultOfStats({ stats }: Data, { pushed }: AnswerContext): Fault {
  const { started, finished } = Object(stats) as Partial<StageStats>;
  if (!isCount(started) || !isCount(finished)) return 'without stats of what was taken';
  if (started === pushed && finished === pushed) return null;
  return `with stats other than those of what was sent: ${shown({ started, finished })}, sent were ${pushed}`;
}

const isCount = (value: unknown) => Number.isSafeInteger(value) && Number(value) >= 0;

/** The fault that a parser finds. */
export function faultOf(parse: () => unknown): Fault {
  try {
    parse();
    return null;
  } catch (error) {
    if (!(error instanceof TransferError)) throw error;
    return `with ${String(error.details['reason'] ?? error.message)}`;
  }
}
