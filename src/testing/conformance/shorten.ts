import type { Direction } from '../../../machines/lifecycle.machine.js';
import { after, type Expected, expectationOf, type Move } from './moves.js';
import { findingOf, type ServerDifference } from './play.js';
import { begin } from './walk.js';

type Run = (direction: Direction, moves: readonly Move[]) => Promise<ServerDifference | null>;

/**
 * Finds the shortest path that still fails in the same way: it leaves out one move after another, as long as the chart
 * expects the same at the end. Does so once for each finding, however many cases meet it.
 */
export function createShortening(
  run: Run,
  isAllowed: (direction: Direction, moves: readonly Move[]) => boolean,
): (difference: ServerDifference, path: readonly Move[]) => Promise<ServerDifference> {
  const known = new Map<string, Promise<ServerDifference>>();

  async function shorten(difference: ServerDifference, path: readonly Move[]): Promise<ServerDifference> {
    const { direction, expected } = difference;
    const finding = findingOf(difference);
    for (const shorter of pathsShorterThan(path)) {
      if (lastExpectation(direction, shorter) !== expected || !isAllowed(direction, shorter)) continue;
      const still = await run(direction, shorter);
      if (still !== null && findingOf(still) === finding)
        return shorten(still, shorter.slice(0, still.before.length + 1));
    }
    return difference;
  }

  return (difference, path) => {
    const key = `${difference.direction} ${findingOf(difference)}`;
    const shortest = known.get(key) ?? shorten(difference, path);
    known.set(key, shortest);
    return shortest;
  };
}

/** Without one of the moves, the last one excepted. */
const pathsShorterThan = (path: readonly Move[]) =>
  path.slice(0, -1).map((_, index) => path.toSpliced(index, 1));

/** What the chart expects of the last move; null where it says nothing of one of them. */
function lastExpectation(direction: Direction, path: readonly Move[]): Expected | null {
  let position = begin(direction);
  let expected: Expected | null = null;
  for (const move of path) {
    expected = expectationOf(position, move);
    if (expected === null) return null;
    position = after(position, move);
  }
  return expected;
}
