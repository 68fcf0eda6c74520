import { type RefObject, startTransition, useEffect, useRef, useState } from 'react';
import type { Entries } from '../model/entries.js';
import type { Timeline } from '../model/timeline.js';

/** A time line as last painted; a new object whenever it has grown. */
export interface Shot {
  readonly timeline: Timeline;
  readonly version: number;
  readonly entries: Entries;
  /** What it held then: the time line grows while it is rendered, and a count that runs ahead of its view misleads. */
  readonly records: number;
  readonly dropped: number;
  readonly processes: number;
}

/** Records come in bursts; a page that painted for each record would show none. Milliseconds. */
const paintEvery = 200;
/** Records that come together are painted together, also the first ones after a silence. Milliseconds. */
const gathering = 30;

/**
 * Renders again when the time line has grown, at a pace that eyes can follow, in slices that let input through. After a
 * paint it rests as long as the paint took: an earlier one would interrupt it, and a slow page would show nothing.
 */
export function useTimeline(timeline: Timeline): Shot {
  const [shot, setShot] = useState(() => shotOf(timeline));
  const asked = useRef(0);

  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const painted = performance.now();
    const rest = asked.current === 0 ? 0 : Math.max(paintEvery, painted - asked.current);
    const paint = () => {
      asked.current = performance.now();
      // Made here and not while rendering: an interrupted render starts over with the values kept for this shot.
      const next = shotOf(timeline);
      startTransition(() => setShot(next));
    };
    const look = () => {
      if (timeline.version === shot.version) return;
      timer ??= setTimeout(paint, Math.max(gathering, painted + rest - performance.now()));
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
  records: timeline.entries.size,
  dropped: timeline.dropped,
  processes: timeline.histories.length,
});

/** Computes a value from all entries once for each shot, even if its render is interrupted. */
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

/** The previous list as long as it has the same items. */
export function useSame<T>(list: readonly T[]): readonly T[] {
  const kept = useRef(list);
  const isSame =
    list.length === kept.current.length && list.every((one, index) => one === kept.current[index]);
  if (!isSame) kept.current = list;
  return kept.current;
}

/** Keeps a row of a list in sight, the last one at the list's end. Rows have one height, so nothing is measured. */
export function useRowInSight(
  list: RefObject<HTMLElement | null>,
  row: number,
  height: number,
  isLast: boolean,
): void {
  useEffect(() => {
    const element = list.current;
    if (element === null || row < 0) return;
    // The list becomes smaller where the news above it grow.
    const look = () => {
      const { scrollTop, clientHeight } = element;
      const [top, bottom] = [row * height, (row + 1) * height];
      if (isLast || bottom > scrollTop + clientHeight) element.scrollTop = bottom - clientHeight;
      else if (top < scrollTop) element.scrollTop = top;
    };
    look();
    const observer = new ResizeObserver(look);
    observer.observe(element);
    return () => observer.disconnect();
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

/** Milliseconds since the epoch, which go on while the caller asks for it. */
export function useNow(isMoving: boolean): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (!isMoving) return;
    // The clock must not interrupt another render.
    const timer = setInterval(() => startTransition(() => setNow(Date.now())), 200);
    return () => clearInterval(timer);
  }, [isMoving]);
  return now;
}
