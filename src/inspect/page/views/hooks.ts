import { type RefObject, startTransition, useEffect, useRef, useState } from 'react';
import type { Entries } from '../model/entries.js';
import type { Timeline } from '../model/timeline.js';

/** A time line as it was painted last: another one whenever it has grown. */
export interface Shot {
  readonly timeline: Timeline;
  readonly version: number;
  readonly entries: Entries;
}

/** Records come in bursts; a page that paints each of them shows none of them. Milliseconds. */
const paintEvery = 200;

/**
 * Renders again when the time line has grown, at the pace of eyes, in slices that let keys and clicks through. One paint
 * follows the other and rests as long as it took: one that came sooner would break it off, and a page that is behind
 * would never show anything.
 */
export function useTimeline(timeline: Timeline): Shot {
  const [shot, setShot] = useState(() => shotOf(timeline));
  const asked = useRef(0);

  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const took = asked.current === 0 ? 0 : performance.now() - asked.current;
    const paint = () => {
      asked.current = performance.now();
      // Made here and not while rendering: a render that is broken off begins anew with what was kept for this shot.
      const next = shotOf(timeline);
      startTransition(() => setShot(next));
    };
    const look = () => {
      if (timeline.version !== shot.version) timer ??= setTimeout(paint, Math.max(paintEvery, took));
    };
    const end = timeline.subscribe(look);
    look();
    return () => {
      end();
      clearTimeout(timer);
    };
  }, [timeline, shot]);
  return shot;
}

const shotOf = (timeline: Timeline): Shot => ({
  timeline,
  version: timeline.version,
  entries: timeline.entries,
});

/** What is made of all entries, once for each shot, however often its render is broken off. */
export function perShot<T>(make: (entries: Entries) => T): (shot: Shot) => T {
  const kept = new WeakMap<Shot, { readonly made: T }>();
  return (shot) => {
    let one = kept.get(shot);
    if (one === undefined) {
      one = { made: make(shot.entries) };
      kept.set(shot, one);
    }
    return one.made;
  };
}

/** The list that it was, for as long as the same is in it. */
export function useSame<T>(list: readonly T[]): readonly T[] {
  const kept = useRef(list);
  const isSame =
    list.length === kept.current.length && list.every((one, index) => one === kept.current[index]);
  if (!isSame) kept.current = list;
  return kept.current;
}

/**
 * Keeps a row of a list in sight, the last one at its end. Rows have one height: what a virtualizer would measure for it,
 * many times over, is known.
 */
export function useRowInSight(
  list: RefObject<HTMLElement | null>,
  row: number,
  height: number,
  isLast: boolean,
): void {
  useEffect(() => {
    const element = list.current;
    if (element === null || row < 0) return;
    const { scrollTop, clientHeight } = element;
    const [top, bottom] = [row * height, (row + 1) * height];
    if (isLast || bottom > scrollTop + clientHeight) element.scrollTop = bottom - clientHeight;
    else if (top < scrollTop) element.scrollTop = top;
  }, [list, row, height, isLast]);
}

export function useMedia(query: string): boolean {
  const [matches, setMatches] = useState(() => matchMedia(query).matches);
  useEffect(() => {
    const list = matchMedia(query);
    const change = () => setMatches(list.matches);
    list.addEventListener('change', change);
    return () => list.removeEventListener('change', change);
  }, [query]);
  return matches;
}

/** Milliseconds since the epoch, moving while it is asked to. */
export function useNow(isMoving: boolean): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (!isMoving) return;
    // A clock that goes on has to break no other render off.
    const timer = setInterval(() => startTransition(() => setNow(Date.now())), 200);
    return () => clearInterval(timer);
  }, [isMoving]);
  return now;
}
