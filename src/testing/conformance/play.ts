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
export interface PlayOptions extends ConversationOptions {
  readonly connect: (about: { readonly direction: Direction }) => SocketLike | Promise<SocketLike>;
}

/** A path while it is played, on a connection of its own. */
export interface Playing {
  /** Plays the next move. Resolves with false once an answer has differed from the charts: then nothing more is played. */
  next(move: Move): Promise<boolean>;
  /** Takes leave of the server; resolves with the first answer that differed, or null. */
  end(): Promise<ServerDifference | null>;
}

export async function begin(options: PlayOptions): Promise<Playing> {
  const { direction } = options;
  const conversation = converse(await options.connect({ direction }), options);
  const before: string[] = [];
  let difference: ServerDifference | null = null;
  const closed = await conversation.opened;
  if (closed !== null)
    difference = { direction, before, request: 'the handshake', expected: 'accepted', came: closed };
  return {
    async next(move) {
      if (difference !== null) return false;
      const expected = expectationOf(conversation.position, move) ?? 'accepted';
      const came = await conversation.say(move);
      if (came !== null)
        difference = { direction, before: [...before], request: nameOf(move), expected, came };
      else before.push(nameOf(move));
      return difference === null;
    },
    async end() {
      const came = await conversation.leave();
      const request = before.pop();
      if (difference !== null || came === null || request === undefined) return difference;
      return { direction, before, request, expected: 'accepted', came };
    },
  };
}

/** Plays one path; resolves with the first answer that differs from the charts, or null. */
export async function play(options: PlayOptions, moves: readonly Move[]): Promise<ServerDifference | null> {
  const playing = await begin(options);
  for (const move of moves) if (!(await playing.next(move))) break;
  return playing.end();
}
