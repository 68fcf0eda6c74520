import { handles } from '../../../machines/handles.js';
import type { Direction } from '../../../machines/lifecycle.machine.js';
import type { Step } from '../../protocol/content.js';
import { after, type Expected, expectationOf, type Move } from './moves.js';
import { findingOf, type ServerDifference } from './play.js';
import { begin, requestsOf } from './walk.js';

/** A path that fails: the moves up to the one whose answer differed. */
export interface FailedPath {
  readonly difference: ServerDifference;
  readonly moves: readonly Move[];
}

interface Shortening {
  readonly steps: readonly Step[];
  readonly run: (direction: Direction, moves: readonly Move[]) => Promise<ServerDifference | null>;
  readonly isAllowed: (direction: Direction, moves: readonly Move[]) => boolean;
}

/**
 * Finds the shortest path that still fails in the same way: it leaves out one move after another, or puts one request
 * in the place of two, as long as the chart expects the same at the end. Does so once for each finding, however many
 * cases meet it.
 */
export function createShortening({ steps, run, isAllowed }: Shortening) {
  const known = new Map<string, Promise<ServerDifference>>();

  async function shorten({ difference, moves }: FailedPath): Promise<ServerDifference> {
    const { direction, expected } = difference;
    const finding = findingOf(difference);
    for (const shorter of pathsShorterThan(moves, direction, steps)) {
      if (lastExpectation(direction, shorter) !== expected || !isAllowed(direction, shorter)) continue;
      const still = await run(direction, shorter);
      if (still !== null && findingOf(still) === finding)
        return shorten({ difference: still, moves: shorter.slice(0, still.before.length + 1) });
    }
    return difference;
  }

  return (difference: ServerDifference, beginWith: () => Promise<FailedPath>): Promise<ServerDifference> => {
    const key = `${difference.direction} ${findingOf(difference)}`;
    const shortest = known.get(key) ?? beginWith().then(shorten);
    known.set(key, shortest);
    return shortest;
  };
}

/** Without one of the moves, the last one excepted; then with one request in the place of two moves. */
function* pathsShorterThan(path: readonly Move[], direction: Direction, steps: readonly Step[]) {
  for (const index of path.slice(0, -1).keys()) yield path.toSpliced(index, 1);
  const requests = requestsOf(direction, steps);
  let position = begin(direction);
  for (const index of path.slice(0, -2).keys()) {
    for (const request of requests)
      if (handles(position, request)) yield path.toSpliced(index, 2, { request });
    position = after(position, path[index] as Move);
  }
}

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
