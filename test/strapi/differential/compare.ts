import { isDeepStrictEqual } from 'node:util';
import { type Case, type Deviation, deviations } from './deviations.js';
import type { Message, Sequence } from './messages.js';
import type { Outcome } from './outcome.js';
import type { Played } from './play.js';

interface Difference {
  readonly sequence: readonly string[];
  readonly message: string;
  readonly strapi: Outcome | undefined;
  readonly ours: Outcome | undefined;
}

export interface Comparison {
  /** Answers that are the same, of how many that were compared. */
  readonly agreed: number;
  readonly compared: number;
  /** Messages after a deviation that leaves the two servers in different states. */
  readonly incomparable: number;
  readonly fired: readonly Deviation[];
  readonly difference: Difference | null;
}

/** Holds the two against each other, message by message, until a deviation parts them. */
export function compare({ direction, messages }: Sequence, strapi: Played, ours: Played): Comparison {
  const fired: Deviation[] = [];
  let agreed = 0;
  for (const [index, message] of messages.entries()) {
    const [theirs, mine] = [strapi.outcomes[index], ours.outcomes[index]];
    const isEnd = theirs === undefined && mine === undefined;
    if (isEnd) return { agreed, compared: index, incomparable: 0, fired, difference: null };
    if (isDeepStrictEqual(theirs, mine)) {
      agreed += 1;
      continue;
    }
    const before = messages.slice(0, index);
    const heard = strapi.outcomes.slice(0, index);
    const about = { direction, message, before, heard, strapi: theirs, ours: mine };
    const rule = theirs && mine && deviations.find(({ fits }) => fits(about as Case));
    if (!rule) {
      const difference = { sequence: wordsOf(before), message: message.says, strapi: theirs, ours: mine };
      return { agreed, compared: index + 1, incomparable: messages.length - index - 1, fired, difference };
    }
    fired.push(rule);
    if (rule.parts?.(about as Case) ?? false) {
      const incomparable = messages.length - index - 1;
      return { agreed, compared: index + 1, incomparable, fired, difference: null };
    }
  }
  return { agreed, compared: messages.length, incomparable: 0, fired, difference: null };
}

export const wordsOf = (messages: readonly Message[]) => messages.map(({ says }) => says);
