import type { Direction } from '../../../machines/lifecycle.machine.js';
import type { SocketLike } from '../../transport/socket.js';
import { type ConversationOptions, converse } from './conversation.js';
import { type Expected, expectationOf, type Move, nameOf } from './moves.js';

/** An answer other than the chart expects. */
export interface ServerDifference {
  readonly direction: Direction;
  /** The requests before it, oldest first: `init`, `bootstrap (twice)`, `start links`, … */
  readonly before: readonly string[];
  /** The request that was answered. */
  readonly request: string;
  /** The chart's expectation: `accepted`, or the code of the refusal. */
  readonly expected: Expected;
  /** The server's answer, in words. */
  readonly came: string;
}

/** What is the same on every path to a difference of one cause. */
export function findingOf({ request, expected, came }: ServerDifference): string {
  const [, how] = / \((.+)\)$/.exec(request) ?? [];
  const wanted = expected === 'accepted' ? 'accepted' : `refused with ${expected}`;
  return `${how === undefined ? '' : `${how}: `}expected ${wanted}, came ${came}`;
}

/** How paths are played to a server. */
export interface Play extends ConversationOptions {
  readonly connect: (about: { readonly direction: Direction }) => SocketLike | Promise<SocketLike>;
}

/** Plays one path on a connection of its own; resolves with the first answer that differs from the charts, or null. */
export async function play(options: Play, moves: readonly Move[]): Promise<ServerDifference | null> {
  const { direction } = options;
  const conversation = converse(await options.connect({ direction }), options);
  const before: string[] = [];
  let difference: ServerDifference | null = null;
  const closed = await conversation.opened;
  if (closed !== null)
    difference = { direction, before, request: 'the handshake', expected: 'accepted', came: closed };
  for (const move of difference === null ? moves : []) {
    const expected = expectationOf(conversation.position, move) ?? 'accepted';
    const came = await conversation.say(move);
    if (came !== null) difference = { direction, before: [...before], request: nameOf(move), expected, came };
    if (difference !== null) break;
    before.push(nameOf(move));
  }
  const came = await conversation.leave();
  const request = before.pop();
  if (difference !== null || came === null || request === undefined) return difference;
  return { direction, before, request, expected: 'accepted', came };
}
