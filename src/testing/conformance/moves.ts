import { handles } from '../../../machines/handles.js';
import type { Direction } from '../../../machines/lifecycle.machine.js';
import { mustNameTransfer } from '../../../machines/names-transfer.js';
import { refusalOf } from '../../../machines/refusals.js';
import type { ErrorCode } from '../../protocol/errors.js';
import type { SessionRequest } from '../../protocol/requests.js';
import { accept, type Position } from './walk.js';

/** How a request is sent otherwise than once, as it should be. */
type How =
  /** The same message once more after its answer, as if that was lost. */
  | 'again'
  /** The same message twice at once. */
  | 'twice'
  /** The message of that name that was sent before, once more. */
  | 'late'
  | 'another transferID'
  | 'no transferID'
  /** `init` without checksums and encoding. */
  | 'offers nothing'
  | 'offers nonsense'
  | 'wrong checksum'
  | 'no checksum';

/** One request of a path. Its uuid is its name: `init`, `start links`. */
export interface Move {
  readonly request: SessionRequest;
  /** Absent: once, as it should be. */
  readonly how?: How;
}

/** What a server must answer: `accepted`, or the code of the refusal. */
export type Expected = 'accepted' | ErrorCode;

/** `start links`, `start links (twice)`; a message that comes again to be answered again is the same. */
export const nameOf = ({ request, how }: Move) =>
  how === undefined || how === 'again' ? request.uuid : `${request.uuid} (${how})`;

/** What the charts expect of a move; null where it says nothing here. */
export function expectationOf(position: Position, { request, how }: Move): Expected | null {
  const isTaken = handles(position, request);
  switch (how) {
    case 'late':
      return 'accepted';
    case 'another transferID':
    case 'no transferID':
      return isTaken && isBegun(position) && mustNameTransfer(request) ? 'BAD_TRANSFER_ID' : null;
    case 'wrong checksum':
    case 'no checksum':
      return isTaken && request.uuid === 'stream assets' ? 'CHECKSUM_MISMATCH' : null;
    case 'offers nothing':
    case 'offers nonsense':
      return isTaken && request.type === 'request.init' ? 'accepted' : null;
    case 'again':
    case 'twice':
      return isTaken ? 'accepted' : null;
    default:
      return isTaken ? 'accepted' : refusalOf(position, request);
  }
}

/** Where the chart stands once the move was answered as expected. */
export function after(position: Position, move: Move): Position {
  const { request, how } = move;
  const leads = how !== 'late' && expectationOf(position, move) === 'accepted';
  return leads && request.type !== 'request.invalid' ? accept(position, request) : position;
}

/** A transfer stands on this connection, so its id counts. */
export const isBegun = (position: Position) => !position.hasTag('unbegun') && !position.hasTag('ended');

/** Messages that say no request, by their names, without uuid and transferID. */
const messages: Readonly<Record<string, { readonly code: ErrorCode; readonly body: object }>> = {
  'an unknown command': { code: 'INVALID_COMMAND', body: { type: 'command', command: 'dream' } },
  'an unknown action': {
    code: 'INVALID_ACTION',
    body: { type: 'transfer', kind: 'action', action: 'dream' },
  },
  'an unknown step action': {
    code: 'BAD_REQUEST',
    body: { type: 'transfer', kind: 'step', action: 'dream', step: 'links' },
  },
  'an unknown kind': { code: 'BAD_REQUEST', body: { type: 'transfer', kind: 'dream', action: 'bootstrap' } },
  'an unknown type': { code: 'BAD_REQUEST', body: { type: 'dream' } },
};
const streamOfPull = 'stream links';

/** A move for each message that says no request of this direction. */
export function nonsenseOf(direction: Direction): readonly Move[] {
  const known = Object.entries(messages).map(([name, { code }]) => [name, code] as const);
  const ofPull = direction === 'pull' ? [[streamOfPull, 'BAD_REQUEST'] as const] : [];
  return [...known, ...ofPull].map(([uuid, code]) => ({ request: { type: 'request.invalid', uuid, code } }));
}

/** The message of such a move, without uuid and transferID. */
export const nonsenseMessage = (name: string): object =>
  messages[name]?.body ?? { type: 'transfer', kind: 'step', action: 'stream', step: 'links', data: [] };
